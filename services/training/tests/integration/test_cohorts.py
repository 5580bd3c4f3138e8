"""The cohort of a pilot is trained before it starts (T21, C8)."""

from datetime import timedelta
from itertools import permutations

import pytest

from chassis.testing import a_hire

from .conftest import STEWARD, types

PILOT = "0190f5fe-7d1e-7b5a-9c55-0000000000c1"
PLANNED = (
    "process.pilot-planned.v1",
    {"pilot_id": PILOT, "name": "Drafted answers", "employee_ids": ["E0001", "E0002"],
     "credential_types": ["client-work"], "starts_at": "2026-03-20T09:00:00Z"},
)  # fmt: skip
HIRED = [("hris.employee-hired.v1", a_hire(id)) for id in ("E0001", "E0002")]


@pytest.fixture
def cohort(graph):
    """What the graph says of the cohort."""

    async def ask():
        result = await graph(
            """query($of: [_Any!]!) { _entities(representations: $of) { ... on Pilot {
                cohortTraining { ready trained required credentialTypes } } } }""",
            {"of": [{"__typename": "Pilot", "id": PILOT}]},
            caller=STEWARD,
        )
        assert result["errors"] is None, result["errors"]
        return result["data"]["_entities"][0]["cohortTraining"]

    return ask


@pytest.mark.parametrize("order", list(permutations([PLANNED, *HIRED])))
async def test_a_planned_pilot_assigns_its_cohort_whatever_comes_first_T21(order, deliver, learner):
    for name, data in order:
        await deliver(name, data)
    for id in ("E0001", "E0002"):
        (assignment,) = (await learner(id))["trainingAssignments"]
        assert [(one["origin"], one["ref"]) for one in assignment["reasons"]] == [("PILOT", PILOT)]
        assert assignment["dueAt"].startswith("2026-03-20")
        assert "Drafted answers" in assignment["reasons"][0]["explanation"]


async def test_a_cohort_is_ready_falls_short_and_is_ready_again_T21_C8(deliver, passes, mutate, published, cohort):
    for name, data in [*HIRED, PLANNED]:
        await deliver(name, data)
    await passes("E0001", "CW-1")
    assert await cohort() == {"ready": False, "trained": 1, "required": 2, "credentialTypes": ["client-work"]}
    await passes("E0002", "CW-1")
    assert (await cohort())["ready"] is True
    revoked = {"employeeId": "E0001", "credentialType": "client-work", "reason": "a breach"}
    assert not (await mutate("revokeCredential", revoked))["errors"]
    told = [event for event in await published() if event["type"].startswith("training.cohort-")]
    assert types(told, "cohort") == ["cohort-formed", "cohort-ready", "cohort-fell-short"]
    assert told[-1]["data"] == {"pilot_id": PILOT, "trained": 1, "required": 2}
    # The one who is not trained leaves: everybody who is still there is.
    await deliver("hris.employee-terminated.v1", {"employee_id": "E0001", "last_day": "2026-03-01"})
    assert await cohort() == {"ready": True, "trained": 1, "required": 1, "credentialTypes": ["client-work"]}


async def test_a_credential_that_ends_leaves_the_cohort_short_T21(deliver, passes, clock, run_due, published):
    fluent = {**PLANNED[1], "credential_types": ["universal-fluency"]}
    await deliver(*HIRED[0])
    await deliver(PLANNED[0], {**fluent, "employee_ids": ["E0001"]})
    await passes("E0001", "UF-1", "UF-2")
    clock.advance(timedelta(days=366))
    await run_due()
    assert types(await published(), "cohort") == ["cohort-formed", "cohort-ready", "cohort-fell-short"]


async def test_a_pilot_that_is_over_asks_nothing_of_anybody_T21(deliver, states, published):
    for name, data in [*HIRED, PLANNED, PLANNED]:
        await deliver(name, data)
    assert await states("E0001") == {"client-work": "ASSIGNED"}
    await deliver("process.pilot-aborted.v1", {"pilot_id": PILOT})
    assert await states("E0001") == {}
    assert types(await published(), "cohort") == ["cohort-formed", "cohort-dissolved"]


async def test_a_cohort_that_needs_nothing_is_ready_at_once_T21(deliver, cohort):
    await deliver(*HIRED[0])
    await deliver(PLANNED[0], {**PLANNED[1], "credential_types": [], "employee_ids": ["E0001"]})
    assert (await cohort())["ready"] is True
