"""Tools that demand credentials, in every order of events (T05, C1, C2, C4)."""

from datetime import timedelta
from itertools import permutations

import pytest

from chassis.testing import a_hire

from .conftest import STEWARD, types

TOOL = "0190f5fe-7d1e-7b5a-9c55-000000000001"
OTHER = "0190f5fe-7d1e-7b5a-9c55-000000000002"
REQUEST = "0190f5fe-7d1e-7b5a-9c55-0000000000a1"
GRANT = "0190f5fe-7d1e-7b5a-9c55-0000000000b1"

APPROVED = (
    "governance.tool-approved.v1",
    {"tool_id": TOOL, "code": "scribe", "name": "Scribe", "version": "1", "scope": [],
     "conditions": {"credential_types": ["client-work"], "policy_ids": [], "approval": "manager"}},
)  # fmt: skip
REQUESTED = (
    "governance.access-requested.v1",
    {"request_id": REQUEST, "employee_id": "E0001", "tool_id": TOOL, "data_class": "CLIENT", "context": "CLIENT_WORK",
     "missing_prerequisites": [{"kind": "credential", "id": "client-work"}, {"kind": "policy", "id": "aup"}],
     "expires_at": "2026-03-12T09:00:00Z"},
)  # fmt: skip
HIRED = ("hris.employee-hired.v1", a_hire("E0001"))
CLOSED = (
    "governance.access-request-closed.v1",
    {"request_id": REQUEST, "employee_id": "E0001", "tool_id": TOOL, "outcome": "expired"},
)


@pytest.mark.parametrize("order", list(permutations([APPROVED, REQUESTED, HIRED])))
async def test_a_request_assigns_what_it_lacks_whatever_comes_first_C1_C2(order, deliver, learner, published):
    for name, data in order:
        await deliver(name, data)
    (assignment,) = (await learner("E0001"))["trainingAssignments"]
    assert assignment["credentialType"]["id"] == "client-work"
    assert assignment["state"] == "ASSIGNED"
    assert assignment["dueAt"].startswith("2026-03-12")
    assert [(one["origin"], one["ref"]) for one in assignment["reasons"]] == [("TOOL_CONDITION", REQUEST)]
    assert "access" in assignment["reasons"][0]["explanation"]
    assert types(await published(), "assignment-created") == ["assignment-created"]
    assert types(await published(), "requirement") == ["requirement-activated"]


@pytest.mark.parametrize("order", list(permutations([APPROVED, REQUESTED, CLOSED])))
async def test_a_closed_request_is_no_reason_whatever_comes_first_C2(order, deliver, states):
    await deliver(*HIRED)
    for name, data in order:
        await deliver(name, data)
    assert await states("E0001") == {}


async def test_the_credential_may_be_defined_after_it_is_demanded_C1(mutate, deliver, states):
    name, data = REQUESTED
    await deliver(*HIRED)
    await deliver(name, {**data, "missing_prerequisites": [{"kind": "credential", "id": "later"}]})
    assert await states("E0001") == {}
    await mutate("defineCredentialType", {"code": "later", "name": "Later", "tier": "ROLE", "curriculum": "client"})
    assert await states("E0001") == {"later": "ASSIGNED"}


async def test_another_reason_keeps_the_assignment_and_the_last_one_cancels_it_T05_C2(
    mutate, deliver, learner, states, published
):
    await deliver(*HIRED)
    rule = await mutate(
        "declareRequirement", {"credentialType": "client-work", "jobFunction": "analyst", "dueDays": 60},
        "requirement { id origin }",
    )  # fmt: skip
    assert rule["requirement"]["origin"] == "COMMITTEE"
    await deliver(*REQUESTED)
    (assignment,) = (await learner("E0001"))["trainingAssignments"]
    assert sorted(one["origin"] for one in assignment["reasons"]) == ["COMMITTEE", "TOOL_CONDITION"]
    assert assignment["dueAt"].startswith("2026-03-12")
    await deliver(*CLOSED)
    (assignment,) = (await learner("E0001"))["trainingAssignments"]
    assert [one["origin"] for one in assignment["reasons"]] == ["COMMITTEE"]
    assert assignment["dueAt"].startswith("2026-05-01")
    await mutate("withdrawRequirement", {"id": rule["requirement"]["id"]})
    assert await states("E0001") == {}
    assert types(await published(), "assignment") == [
        "assignment-created", "assignment-revised", "assignment-revised", "assignment-cancelled",
    ]  # fmt: skip


async def test_a_credential_earned_before_the_tool_is_approved_counts_C1(deliver, passes, states, published):
    await deliver(*HIRED)
    await passes("E0001", "CW-1")
    await deliver(*REQUESTED)
    await deliver(*APPROVED)
    assert await states("E0001") == {"client-work": "SATISFIED"}
    assert types(await published(), "credential-awarded") == ["credential-awarded"]


async def test_access_keeps_the_reason_until_it_is_revoked_G20(deliver, passes, states):
    for event in (HIRED, APPROVED, REQUESTED):
        await deliver(*event)
    await passes("E0001", "CW-1")
    await deliver(
        "governance.access-granted.v1",
        {"grant_id": GRANT, "request_id": REQUEST, "employee_id": "E0001", "tool_id": TOOL},
    )
    assert await states("E0001") == {"client-work": "SATISFIED"}
    await deliver("governance.access-revoked.v1", {"grant_id": GRANT, "employee_id": "E0001", "tool_id": TOOL})
    assert await states("E0001") == {}


async def test_a_tool_approved_anew_without_the_condition_ends_the_requirement_C1(deliver, graph, published):
    async def required():
        result = await graph(
            "query($of: [_Any!]!) { _entities(representations: $of) { ... on Tool { requiredCredentials { id } } } }",
            {"of": [{"__typename": "Tool", "id": TOOL}]},
            caller=STEWARD,
        )
        return result["data"]["_entities"][0]["requiredCredentials"]

    await deliver(*APPROVED)
    assert await required() == [{"id": "client-work"}]
    name, data = APPROVED
    await deliver(name, {**data, "conditions": {"credential_types": [], "policy_ids": [], "approval": "auto"}})
    assert await required() == []
    assert types(await published(), "requirement") == ["requirement-activated", "requirement-withdrawn"]


async def test_a_suspended_tool_pauses_its_due_date_and_gives_the_time_back_C4(deliver, learner, clock):
    for event in (HIRED, APPROVED, REQUESTED):
        await deliver(*event)
    await deliver(
        "governance.tool-suspended.v1", {"tool_id": TOOL, "code": "scribe", "reason": "leak", "emergency": True}
    )
    clock.advance(timedelta(days=20))
    (assignment,) = (await learner("E0001"))["trainingAssignments"]
    assert (assignment["state"], assignment["dueAt"]) == ("PAUSED", None)
    await deliver("governance.tool-reinstated.v1", {"tool_id": TOOL, "code": "scribe", "decision_id": OTHER})
    (assignment,) = (await learner("E0001"))["trainingAssignments"]
    assert assignment["state"] == "ASSIGNED"
    assert assignment["dueAt"].startswith("2026-04-01")


async def test_a_retired_tool_requires_nothing_C1(deliver, published):
    await deliver(*APPROVED)
    await deliver("governance.tool-retired.v1", {"tool_id": TOOL, "code": "scribe"})
    assert types(await published(), "requirement") == ["requirement-activated", "requirement-withdrawn"]


async def test_what_a_request_lacks_may_change_C2(deliver, states):
    await deliver(*HIRED)
    await deliver(*REQUESTED)
    changed = {"request_id": REQUEST, "employee_id": "E0001", "missing_prerequisites": []}
    await deliver("governance.access-prerequisites-changed.v1", changed)
    assert await states("E0001") == {}
