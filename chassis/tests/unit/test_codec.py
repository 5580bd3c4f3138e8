"""CloudEvents on Kafka: what we write the SDK reads, what the SDK writes we read, and nonsense is refused by name (X02)."""

from datetime import UTC, datetime

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from chassis import events
from chassis.events import Envelope, MalformedEvent

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20)
times = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def envelopes(draw: st.DrawFn) -> Envelope:
    maybe = st.none() | words
    return Envelope(
        id=draw(words), type="thing.thing-changed.v1", source="/opmodel/thing", subject=draw(words), time=draw(times),
        data=b'{"word": "one"}', key=draw(words), sequence=draw(st.none() | st.integers(1, 10**9)),
        correlation_id=draw(maybe), causation_id=draw(maybe), actor_id=draw(maybe), traceparent=draw(maybe),
    )  # fmt: skip


@given(envelopes())
def test_what_is_written_is_read_back_X02(event: Envelope):
    assert events.from_record(event.headers(), event.data, event.key.encode()) == event


@given(times)
def test_the_sdk_reads_what_we_write_X02(time: datetime):
    event = Envelope(
        id="1", type="thing.thing-changed.v1", source="/opmodel/thing", subject="a", time=time, data=b'{"word":"one"}',
        key="a", sequence=3,
    )  # fmt: skip
    message = KafkaMessage(headers=dict(event.headers()), key=b"a", value=event.data)
    read = from_binary(message, JSONFormat(), CloudEvent)
    assert (read.get_id(), read.get_type(), read.get_source()) == ("1", event.type, event.source)
    assert read.get_time() == time
    assert read.get_extension("sequence") == "3"
    assert read.get_data() == {"word": "one"}


@pytest.mark.parametrize("write", [to_binary, to_structured])
def test_we_read_what_the_sdk_writes_in_both_modes_X02(write):
    attributes = {
        "id": "1", "type": "hris.employee-hired.v1", "source": "/hris", "specversion": "1.0", "subject": "E1",
        "time": datetime(2026, 1, 31, 12, tzinfo=UTC), "partitionkey": "E1",
    }  # fmt: skip
    message = write(CloudEvent(attributes, {"employee_id": "E1"}), JSONFormat())
    event = events.from_record(list(message.headers.items()), message.value, None)
    assert (event.id, event.subject, event.key) == ("1", "E1", "E1")
    assert event.time == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert event.data.replace(b" ", b"") == b'{"employee_id":"E1"}'


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"specversion": "0.3"}, "specversion"),
        ({"id": ""}, "id is missing"),
        ({"source": ""}, "source is missing"),
        ({"time": "yesterday"}, "RFC 3339"),
        ({"time": "2026-01-31T12:00:00"}, "offset"),
        ({"sequence": "first"}, "integer"),
    ],
)
def test_what_is_wrong_is_named_X02(wrong: dict[str, str], why: str):
    attributes = {"specversion": "1.0", "id": "1", "type": "a.b-c.v1", "source": "/a", **wrong}
    with pytest.raises(MalformedEvent, match=why):
        events.envelope(attributes, b"{}")


def test_a_type_is_named_after_its_class_X02():
    class UseCaseRegistered:
        VERSION = 2

    assert events.type_of("governance", UseCaseRegistered) == "governance.use-case-registered.v2"
    assert events.topic_of("governance.use-case-registered.v2") == "governance.events"
