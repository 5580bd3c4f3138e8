"""Watching tools and one's own access: the present state, then each change (G04, G19, G20)."""

from __future__ import annotations

from chassis.testing import Watches, a_caller
from governance.access import graphql as access
from governance.service import service
from governance.testing import DANA, STEWARD, Organisation
from governance.tools import graphql as tools

TOOL_CHANGED = "subscription($id: ID!) { toolChanged(id: $id) { code status suspension { reason } } }"
MY_ACCESS = "subscription { myAccessChanged { id accessGrants { status suspendedFor } accessRequests { status } } }"


async def test_a_tool_is_shown_as_it_is_and_after_each_change_G04(organisation: Organisation, watch: Watches) -> None:
    o = organisation
    tool = await o.propose()
    async with watch(TOOL_CHANGED, {"id": tool}, caller=a_caller(DANA)) as payload:
        assert await payload() == {
            "data": {"toolChanged": {"code": "draft-assistant", "status": "UNDER_REVIEW", "suspension": None}}
        }
        await o.propose("another")
        await o.approve(tool)
        assert (await payload())["data"]["toolChanged"]["status"] == "APPROVED"
        await o.do(STEWARD, "suspendTool", "tool { id }", toolId=tool, reason="A leak")
        shown = (await payload())["data"]["toolChanged"]
        assert shown == {"code": "draft-assistant", "status": "SUSPENDED", "suspension": {"reason": "A leak"}}


async def test_a_tool_that_is_not_there_is_null_until_it_is(organisation: Organisation, watch: Watches) -> None:
    unknown = "0197a3c0-0000-7000-8000-000000000000"
    async with watch(TOOL_CHANGED, {"id": unknown}, caller=a_caller(DANA)) as payload:
        assert await payload() == {"data": {"toolChanged": None}}
    async with watch(TOOL_CHANGED, {"id": "nonsense"}, caller=a_caller(DANA)) as payload:
        assert (await payload())["errors"][0]["extensions"]["code"] == "INVALID_ID"


async def test_a_person_watches_their_own_access_and_nobody_elses_G19(
    organisation: Organisation, watch: Watches
) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool, credentials=("universal-fluency",))
    async with watch(MY_ACCESS, caller=a_caller(DANA)) as payload:
        assert (await payload())["data"]["myAccessChanged"] == {"id": DANA, "accessGrants": [], "accessRequests": []}
        await o.award("universal-fluency", who=STEWARD)
        await o.request(tool, who=STEWARD)
        await o.request(tool)
        assert (await payload())["data"]["myAccessChanged"]["accessRequests"][0]["status"] == "PENDING_PREREQUISITES"
        await o.award("universal-fluency")
        while (shown := (await payload())["data"]["myAccessChanged"])["accessGrants"] == []:
            pass
        assert shown["accessGrants"] == [{"status": "ACTIVE", "suspendedFor": []}]


async def test_nobody_watches_without_saying_who_they_are(organisation: Organisation, watch: Watches) -> None:
    async with watch(MY_ACCESS) as payload:
        assert (await payload())["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_every_event_of_a_tool_and_of_access_is_followed() -> None:
    for name, followed in (("tools", tools.CHANGES), ("access", access.CHANGES)):
        assert {event for event in service.publishes if event.__module__.split(".")[1] == name} == set(followed)
