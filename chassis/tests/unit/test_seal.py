"""The hash chain over the event log: no byte of an event can change, move or go without being seen."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chassis import relay

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
times = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
rows = st.fixed_dictionaries(
    {
        "id": st.uuids(), "type": texts, "subject": texts, "sequence": st.integers(1, 10**12), "key": texts, "time": times,
        "data": texts, "actor_id": st.none() | texts, "correlation_id": st.none() | texts,
        "causation_id": st.none() | texts, "traceparent": st.none() | texts,
    }
)  # fmt: skip


@given(rows, rows, st.data())
def test_another_value_in_any_field_gives_another_hash(row: dict[str, Any], other: dict[str, Any], data: st.DataObject):
    name = data.draw(st.sampled_from(sorted(row)))
    changed = {**row, name: other[name]}
    same = relay.link(bytes(32), 1, changed) == relay.link(bytes(32), 1, row)
    assert same == (changed == row)


@given(rows)
def test_the_place_in_the_chain_counts(row: dict[str, Any]):
    assert len({relay.link(bytes(32), 1, row), relay.link(bytes(32), 2, row), relay.link(b"\1" * 32, 1, row)}) == 3


@given(rows, st.integers(0, 10**6), st.integers(0, 7))
def test_a_flipped_bit_of_the_data_gives_another_hash(row: dict[str, Any], place: int, bit: int):
    bytes_ = bytearray(row["data"].encode() or b"{}")
    bytes_[place % len(bytes_)] ^= 1 << bit
    changed = {**row, "data": bytes_.decode("latin-1")}
    original = {**row, "data": (row["data"].encode() or b"{}").decode("latin-1")}
    assert relay.link(bytes(32), 1, changed) != relay.link(bytes(32), 1, original)


@given(rows)
def test_what_the_first_releases_sealed_still_fits(row: dict[str, Any]):
    assert relay.link(bytes(32), 1, row, form=1) != relay.link(bytes(32), 1, row)
