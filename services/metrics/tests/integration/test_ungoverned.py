"""Use without leave against Postgres: told once, by what is wrong with it, taken back when it was allowed (G30, C12)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from .conftest import TODAY, ago


@pytest.fixture
def told(published, run_due, clock):
    """What was told of use without leave once every day until today is judged: (what, person, kind) in order."""

    async def read():
        clock.advance(timedelta(days=1))
        await run_due()
        events = [event for event in await published() if ".usage-ungoverned-" in event["type"]]
        return [
            (event["type"].split("-")[-1].split(".")[0], event["data"]["employee_id"], event["data"]["kind"])
            for event in events
        ]

    return read


async def test_what_is_wrong_with_a_use_is_told_by_its_first_reason_G30(world, told, published):
    people = await world.hire("sales", 6)
    await world.tool_event("approved")
    await world.grant(people[:3], ago(300))
    await world.change_grant("suspended", people[1], "credential_lapsed")
    await world.change_grant("suspended", people[2], "dept_restricted")
    world.clock.advance(timedelta(days=2))
    await world.use(people[:4], TODAY + timedelta(days=2))
    proposed = uuid4()
    await world.tool_event("proposed", tool=proposed, code="other")
    await world.use(people[4], TODAY, tool="other")
    await world.use(people[5], TODAY, tool="Chat Desktop")
    await world.use(people[0], TODAY, tool="Chat Desktop", actions=0)

    assert sorted(await told()) == [
        ("detected", "sales-1", "suspended"),
        ("detected", "sales-2", "restricted"),
        ("detected", "sales-3", "no_grant"),
        ("detected", "sales-4", "not_approved"),
        ("detected", "sales-5", "unknown_tool"),
    ]
    (chat,) = [event for event in await published() if event["data"].get("tool") == "Chat Desktop"]
    assert chat["type"] == "metrics.usage-ungoverned-detected.v1"
    assert chat["data"] == {
        "detection_id": chat["subject"],
        "employee_id": "sales-5",
        "department_id": "sales",
        "tool": "Chat Desktop",
        "tool_id": None,
        "day": "2026-03-02",
        "kind": "unknown_tool",
        "people": None,
    }


async def test_a_grant_covers_the_days_next_to_it_and_no_others_G30(world, told):
    """The day of use is where the person is, the day of a grant is UTC's."""
    people = await world.hire("sales", 6)
    await world.tool_event("approved")
    await world.grant(people[:1], TODAY)
    await world.use(people[0], ago(3), ago(2), ago(1), TODAY, TODAY + timedelta(days=1))

    assert await told() == [("detected", "sales-0", "not_approved")] * 2


async def test_a_day_is_told_once_however_often_it_is_stated_C12(world, told):
    people = await world.hire("sales", 6)
    await world.use(people[0], ago(3), tool="chat", actions=2)
    assert await told() == [("detected", "sales-0", "unknown_tool")]
    await world.use(people[0], ago(3), tool="chat", actions=9)
    await world.use(people[0], ago(3), tool="chat", actions=9)
    assert len(await told()) == 1
    await world.use(people[0], ago(3), tool="chat", actions=0)
    assert (await told())[1:] == [("cleared", "sales-0", "unknown_tool")]
    await world.use(people[0], ago(3), tool="chat", actions=1)
    assert (await told())[2:] == [("detected", "sales-0", "unknown_tool")]


async def test_a_grant_that_is_told_late_takes_it_back_C12(world, told):
    people = await world.hire("sales", 6)
    await world.tool_event("approved")
    await world.use(people[0], TODAY)
    assert await told() == [("detected", "sales-0", "no_grant")]
    await world.grant(people[:1], ago(5))
    assert await told() == [("detected", "sales-0", "no_grant"), ("cleared", "sales-0", "no_grant")]


async def test_a_revocation_that_is_told_late_is_found_C12(world, told):
    people = await world.hire("sales", 6)
    await world.tool_event("approved")
    await world.grant(people[:1], ago(300))
    revoked_at = world.clock.now
    world.clock.advance(timedelta(days=3))
    await world.use(people[0], TODAY + timedelta(days=3))
    assert await told() == []
    grant = world.grants[people[0]]
    await world.deliver(
        "governance.access-revoked.v1",
        {"grant_id": grant, "employee_id": people[0], "tool_id": world.tool, "reason": "moved"},
        subject=str(grant), sequence=2, time=revoked_at,
    )  # fmt: skip
    assert await told() == [("detected", "sales-0", "no_grant")]


async def test_in_a_small_department_nobody_is_named_and_every_use_counts_M18(world, told, published):
    await world.hire("sales", 6)
    small = await world.hire("legal", 4)
    await world.use(small, TODAY, tool="chat")

    assert await told() == [("detected", None, "unknown_tool")] * 4
    events = [event["data"] for event in await published() if "ungoverned" in event["type"]]
    assert {(data["department_id"], data["people"]) for data in events} == {("legal", None)}


async def test_how_many_did_the_same_is_told_from_five_on_M18(world, told, published):
    people = await world.hire("sales", 7)
    await world.use(people[:5], TODAY, tool="chat")
    await world.use(people[:4], TODAY, tool="other")
    await told()

    events = [event["data"] for event in await published() if "ungoverned" in event["type"]]
    assert {(data["tool"], data["people"]) for data in events} == {("chat", 5), ("other", None)}


async def test_a_name_that_is_linked_to_a_tool_is_the_tools_use_before_and_after_C12(world, told, deliver):
    people = await world.hire("sales", 6)
    await world.tool_event("approved")
    await world.grant(people[:1], ago(300))
    await world.use(people[:2], TODAY, tool="Copilot Desktop")
    assert sorted(await told()) == [("detected", f"sales-{n}", "unknown_tool") for n in (0, 1)]
    case = {"case_id": uuid4(), "outcome": "linked", "name": "Copilot Desktop", "tool_id": world.tool}
    await deliver("governance.ungoverned-case-settled.v1", case)
    after = (await told())[2:]
    assert sorted(after) == [
        ("cleared", "sales-0", "unknown_tool"),
        ("cleared", "sales-1", "unknown_tool"),
        ("detected", "sales-1", "no_grant"),
    ]
    await world.use(people[0], TODAY + timedelta(days=1), tool="Copilot Desktop")
    assert len(await told()) == 5


async def test_a_department_that_takes_a_tool_away_makes_its_use_restricted_C13(world, told, deliver):
    people = await world.hire("sales", 6)
    await world.hire("service", 6)
    await world.tool_event("approved")
    restriction = {
        "restriction_id": uuid4(), "department_id": "sales", "tool_id": world.tool, "removed": [], "remaining": [],
        "reason": "audit", "review_by": TODAY + timedelta(days=30),
    }  # fmt: skip
    await deliver("governance.department-restricted.v1", restriction, subject=str(restriction["restriction_id"]))
    await world.use([people[0], "service-0"], TODAY)

    assert sorted(await told()) == [("detected", "sales-0", "restricted"), ("detected", "service-0", "no_grant")]


async def test_a_tool_told_late_of_which_use_was_stated_by_its_id_C12(world, told, published):
    people = await world.hire("sales", 6)
    await world.use(people[0], TODAY)
    assert await told() == [("detected", "sales-0", "unknown_tool")]
    await world.tool_event("proposed")
    assert (await told())[1:] == [("cleared", "sales-0", "unknown_tool"), ("detected", "sales-0", "not_approved")]
    last = [event["data"] for event in await published() if "ungoverned" in event["type"]][-1]
    assert UUID(last["tool_id"]) == world.tool


async def test_a_day_of_more_than_a_batch_is_told_to_the_last_C12(world, told, monkeypatch):
    monkeypatch.setattr("metrics.ungoverned.commands._AT_ONCE", 4)
    people = await world.hire("sales", 10)
    await world.use(people, TODAY, tool="chat")

    assert [len(set(await told())) for _ in range(2)] == [4, 10]
