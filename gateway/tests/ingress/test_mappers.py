"""Vendors' bodies, as they send them, and the events that they say."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ingress.adapters import bamboohr, servicenow, xapi
from gateway.ingress.adapters.copilot import Copilot
from gateway.ingress.adapters.mapping import CannotMap, Mapped, Mapping, Received, Unmapped, day, instant
from gateway.ingress.contracts import Contracts
from gateway.settings import shipped

BODIES = Path(__file__).parent / "bodies"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
COPILOT = Copilot("copilot", {"octo-ada": "E0007"})
READ: dict[str, Callable[[Received], Mapping]] = {
    "bamboohr-updated.json": bamboohr.read,
    "servicenow-incidents.json": servicenow.read,
    "servicenow-request.json": servicenow.read,
    "xapi.json": xapi.read,
    "copilot.ndjson": COPILOT.read,
}


def received(body: Any, delivery: str = "d-1") -> Received:
    return Received(delivery, body if isinstance(body, bytes) else orjson.dumps(body), NOW)


def read(name: str) -> tuple[list[Mapped], dict[int, str]]:
    found = READ[name](received((BODIES / name).read_bytes()))
    events = [one for one in found if isinstance(one, Mapped)]
    return events, {one.index: one.why for one in found if isinstance(one, Unmapped)}


@pytest.mark.parametrize("name", READ)
def test_every_event_is_as_its_contract_says_or_is_refused_by_it(name: str) -> None:
    contracts = Contracts(shipped("contract") / "events")
    events, _ = read(name)
    good = [one for one in events if one.data.get("result", {}).get("score", {}).get("scaled") != 92]
    assert good
    for event in good:
        assert contracts.check(event.type, orjson.dumps(event.data)) == event.data
        assert event.time.tzinfo is not None


@pytest.mark.parametrize("name", READ)
def test_the_same_delivery_is_the_same_events_and_no_two_are_alike(name: str) -> None:
    first, again = read(name)[0], read(name)[0]
    assert first == again
    assert len({one.id for one in first}) == len(first)


class TestBambooHR:
    def test_only_what_changed_is_told_from_its_date_on(self) -> None:
        events, _ = read("bamboohr-updated.json")
        moved, changed = (one for one in events if one.index == 0)
        assert (moved.type, changed.type) == ("hris.employee-transferred.v1", "hris.employee-changed.v1")
        assert moved.data == {
            "employee_id": "4711",
            "effective_date": "2026-04-01",
            "department": {"id": "customer-support", "name": "Customer Support"},
            "team": {"id": "customer-support-success-emea", "name": "Success EMEA"},
            "manager_id": "4700",
        }
        assert changed.data == {
            "employee_id": "4711",
            "effective_date": "2026-04-01",
            "job_function": "Success Manager",
        }
        assert moved.time == datetime(2026, 3, 2, 8, 42, tzinfo=UTC)

    def test_a_hire_by_the_labels_of_the_form_and_the_employee_number(self) -> None:
        (hire,) = (one for one in read("bamboohr-updated.json")[0] if one.index == 1)
        assert hire.type == "hris.employee-hired.v1"
        assert (hire.data["employee_id"], hire.data["manager_id"]) == ("E4712", "E0002")
        assert (hire.data["effective_date"], hire.data["name"]) == ("2026-05-01", "Benno Beispiel")

    def test_ends_and_what_takes_them_back(self) -> None:
        events = {one.index: one for one in read("bamboohr-updated.json")[0]}
        assert events[2].data == {"employee_id": "4713", "last_day": "2026-03-31"}
        assert events[3].type == "hris.employee-termination-rescinded.v1"
        assert events[4].data["reason"] == "record-deleted"
        assert (events[7].type, events[7].data["effective_date"]) == ("hris.employee-rehired.v1", "2026-03-09")

    def test_what_is_missing_is_said_and_what_does_not_concern_us_is_no_event(self) -> None:
        events, unmapped = read("bamboohr-updated.json")
        assert unmapped == {5: "The values of jobTitle were not posted. Add them to the webhook's fields."}
        assert 6 not in {one.index for one in events}

    def test_an_event_without_values_says_where_they_can_be_had(self) -> None:
        with pytest.raises(CannotMap, match="field-based data"):
            bamboohr.read(received((BODIES / "bamboohr-names-only.json").read_bytes()))


class TestServiceNow:
    def test_strings_become_what_they_mean(self) -> None:
        events, unmapped = read("servicenow-incidents.json")
        first, resolved, closed, updated = events
        assert [one.type for one in events] == [
            f"itsm.incident-{what}.v1" for what in ("created", "resolved", "closed", "updated")
        ]
        assert first.data["made_sla"] is True
        assert first.data["resolved_at"] is None
        assert (first.data["priority"], first.data["reopen_count"]) == (2, 0)
        assert first.data["opened_at"] == "2026-02-03T09:15:00+00:00"
        assert first.data["assignment_group"] == "ai-office"
        assert first.data["configuration_item"] == "109562a3c611227500a7b7ff98cc0dc7"
        assert (resolved.data["made_sla"], resolved.data["priority"]) == (False, 2)
        assert resolved.data["assignment_group"] is None
        assert closed.time.isoformat() == "2026-02-10T15:40:00+00:00"
        assert updated.data["state"] == "in-progress"
        assert unmapped[4] == "INC0010044 does not say when it was opened."
        assert "incidents and requested items" in unmapped[5]

    def test_a_fulfilled_request(self) -> None:
        ((request,), _) = read("servicenow-request.json")
        assert request.data == {
            "number": "RITM0010007", "item": "assistant", "requested_for": "E0042",
            "fulfilled_at": "2026-02-10T08:00:00+00:00",
        }  # fmt: skip

    def test_a_request_under_way_is_no_event_yet(self) -> None:
        assert servicenow.read(received({"number": "RITM0010007", "state": "2"})) == []


class TestXapi:
    def test_only_what_completions_need_goes_on(self) -> None:
        events, unmapped = read("xapi.json")
        assert events[0].data == {
            "id": "7f3c1d2e-9a4b-4c5d-8e6f-0a1b2c3d4e5f",
            "actor": {"account": {"homePage": "https://lms.example", "name": "E0042"}},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"},
            "object": {"id": "https://lms.example/courses/ai-essentials"},
            "result": {"success": True, "completion": True, "score": {"scaled": 0.92}},
            "timestamp": "2026-02-12T10:00:00.123000+00:00",
        }
        assert events[1].data["object"] == {"id": "7f3c1d2e-9a4b-4c5d-8e6f-0a1b2c3d4e5f"}
        assert events[2].data["timestamp"] == "2026-02-12T10:00:00+00:00"
        assert "not a UUID" in unmapped[3]
        assert "nobody can be credited" in unmapped[4]

    def test_one_statement_alone(self) -> None:
        (one,) = json.loads((BODIES / "xapi.json").read_bytes())[:1]
        assert len(xapi.read(received(one))) == 1
        assert len(xapi.read(received({"statements": [one, one], "more": ""}))) == 2


class TestCopilot:
    def test_days_of_people(self) -> None:
        events, unmapped = read("copilot.ndjson")
        assert [one.data for one in events] == [
            {"employee_id": "E0042", "tool": "copilot", "day": "2026-02-10", "actions": 17, "sessions": None, "tokens": None},
            {"employee_id": "E0007", "tool": "copilot", "day": "2026-02-10", "actions": 2, "sessions": 2, "tokens": 8800},
        ]  # fmt: skip
        assert "totals can be attributed to nobody" in unmapped[2]
        assert "Line 4 is not JSON" in unmapped[3]
        assert "from 0 up" in unmapped[4]

    def test_a_restated_day_is_another_event_of_the_same_day(self) -> None:
        record = {"day": "2026-02-10", "user_login": "E0042", "user_initiated_interaction_count": 3}
        (before,) = COPILOT.read(received([record], "d-1"))
        (after,) = COPILOT.read(received([record | {"user_initiated_interaction_count": 4}], "d-2"))
        assert isinstance(before, Mapped)
        assert isinstance(after, Mapped)
        assert before.id != after.id
        assert (before.data["day"], before.data["actions"], after.data["actions"]) == ("2026-02-10", 3, 4)

    def test_an_empty_report(self) -> None:
        with pytest.raises(CannotMap, match="no days"):
            COPILOT.read(received(b"\n"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["employees", "id", "fields", "changedFields", "timestamp", "number", "state", "result", "actor", "verb", "object",
         "account", "name", "user_login", "day", "totals_by_cli", "action", "opened_at", "score", "scaled"]
    ), inner, max_size=6),
    max_leaves=25,
)  # fmt: skip


@pytest.mark.parametrize("mapper", [bamboohr.read, servicenow.read, xapi.read, COPILOT.read])
@given(body=JSON)
def test_whatever_comes_is_mapped_or_refused_in_words(mapper: Callable[[Received], Mapping], body: Any) -> None:
    with suppress(CannotMap):
        assert all(isinstance(one, Mapped | Unmapped) for one in mapper(received(body)))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026-01-31T18:42:00+0000", "2026-01-31T18:42:00+00:00"),
        ("2026-01-31T18:42:00Z", "2026-01-31T18:42:00+00:00"),
        ("2026-01-31 18:42:00", "2026-01-31T18:42:00+00:00"),
        ("2026-01-31T18:42:00-0730", "2026-01-31T18:42:00-07:30"),
    ],
)
def test_times_in_every_spelling(text: str, told: str) -> None:
    assert instant(text).isoformat() == told


def test_days() -> None:
    assert day("0000-00-00") is None
    assert day("2026-02-28T00:00:00") == "2026-02-28"
    with pytest.raises(CannotMap, match="not a day"):
        day("2026-02-30")
