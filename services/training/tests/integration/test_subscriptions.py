"""Watching one's own assignments: the present state, then each change (T02)."""

from chassis.testing import a_caller, a_hire
from training.assignments.graphql import CHANGES
from training.service import publishes

MINE = "subscription { myAssignmentsChanged { id trainingAssignments { state } } }"


async def test_a_learner_sees_an_assignment_arrive_and_progress_T02(universal, deliver, passes, watch):
    await deliver("hris.employee-hired.v1", a_hire("E0002"))
    async with watch(MINE, caller=a_caller("E0001")) as payload:
        assert await payload() == {"data": {"myAssignmentsChanged": {"id": "E0001", "trainingAssignments": []}}}
        await passes("E0002", "UF-2")
        await deliver("hris.employee-hired.v1", a_hire("E0001"))
        assert (await payload())["data"]["myAssignmentsChanged"]["trainingAssignments"] == [{"state": "ASSIGNED"}]
        await passes("E0001", "UF-2")
        assert (await payload())["data"]["myAssignmentsChanged"]["trainingAssignments"] == [{"state": "IN_PROGRESS"}]


async def test_a_service_has_no_assignments_of_its_own(watch):
    async with watch(MINE, caller=a_caller("lms", "lms")) as payload:
        assert await payload() == {"data": {"myAssignmentsChanged": None}}


def test_every_event_of_an_assignment_is_followed():
    assert {event for event in publishes if event.__name__.startswith("Assignment")} == set(CHANGES)
