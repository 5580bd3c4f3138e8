"""Cases about use that nobody had allowed, against Postgres (G30, C12)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from governance.testing import BOSS, DANA, OFFICER, OWNER, STEWARD, Organisation

CASE = (
    "case { id kind name status alerts people reason tool { id code } incident { id source status }"
    " handledBy { id } couldMean { tool { code } peopleWithAccess } intake { code name } }"
)
LIST = (
    "query($s: UngovernedCaseStatus, $d: ID) { ungovernedCases(status: $s, departmentId: $d) { nodes {"
    " id kind name status alerts people departments { nodes { department { id } alerts people } } } } }"
)


class Told:
    """Tells what metrics found."""

    def __init__(self, o: Organisation) -> None:
        self.o = o
        self.ids: list[str] = []

    async def __call__(
        self, who: str | None, tool: str = "Chat Desktop", kind: str = "unknown_tool", days_ago: int = 0, **more: Any
    ) -> str:
        id = str(uuid4())
        day = (self.o.clock.now - timedelta(days=days_ago)).date().isoformat()
        said = {
            "detection_id": id, "employee_id": who, "department_id": "sales", "tool": tool, "tool_id": None, "day": day,
            "kind": kind, "people": None, **more,
        }  # fmt: skip
        await self.o.deliver("metrics.usage-ungoverned-detected.v1", said, subject=id, sequence=1)
        return id

    async def cleared(self, id: str) -> None:
        await self.o.deliver("metrics.usage-ungoverned-cleared.v1", {"detection_id": id}, subject=id, sequence=2)


async def listed(o: Organisation, who: str = STEWARD, **variables: Any) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = (await o.ask(who, LIST, **variables))["ungovernedCases"]["nodes"]
    return nodes


async def settled(o: Organisation) -> list[tuple[str, str | None, str | None]]:
    return [(data["outcome"], data["name"], data["tool_id"]) for _, data in await o.events("ungoverned-case-settled")]


async def test_every_use_is_counted_into_one_case_of_the_tool_C12(organisation: Organisation) -> None:
    o = organisation
    told = Told(o)
    for who in (DANA, DANA, OWNER, None):
        await told(who)
    await told(DANA, "Other")
    other, chat = await listed(o)
    assert (chat["name"], chat["kind"], chat["status"], chat["alerts"], chat["people"]) == (
        "Chat Desktop", "UNKNOWN_TOOL", "DETECTED", 4, 2,
    )  # fmt: skip
    assert (other["name"], other["alerts"]) == ("Other", 1)
    assert chat["departments"]["nodes"] == [{"department": {"id": "sales"}, "alerts": None, "people": None}]
    assert len(await o.events("ungoverned-case-opened")) == 2
    assert await listed(o, s="DISMISSED") == []


async def test_a_name_is_linked_to_the_tool_it_means_G30(organisation: Organisation) -> None:
    o = organisation
    tool = await o.propose("chat-desk", name="Chat Desk")
    await o.approve(tool)
    await o.request(tool)
    told = Told(o)
    await told(DANA)
    (case,) = await listed(o)
    taken = await o.do(STEWARD, "takeUpUngovernedCase", CASE, caseId=case["id"])
    assert (taken["status"], taken["handledBy"]["id"]) == ("UNDER_REVIEW", STEWARD)
    assert taken["couldMean"] == [{"tool": {"code": "chat-desk"}, "peopleWithAccess": 1}]
    linked = await o.do(OFFICER, "linkUngovernedUse", CASE, caseId=case["id"], toolId=tool)
    assert (linked["status"], linked["tool"]["id"]) == ("LINKED", tool)
    assert await settled(o) == [("linked", "Chat Desktop", tool)]
    refused = await o.refusal(STEWARD, "dismissUngovernedCase", CASE, caseId=case["id"], reason="no")
    assert refused["code"] == "CASE_SETTLED"


async def test_intake_is_filled_from_the_case_and_later_use_belongs_to_it_G30(organisation: Organisation) -> None:
    o = organisation
    told = Told(o)
    await told(DANA)
    (case,) = await listed(o)
    proposed = await o.do(STEWARD, "proposeUngovernedTool", CASE, caseId=case["id"], vendor="Acme")
    assert proposed["intake"] == {"code": "chat-desktop", "name": "Chat Desktop"}
    assert (proposed["status"], proposed["tool"]["code"]) == ("INTAKE", "chat-desktop")
    tool = proposed["tool"]["id"]
    assert await settled(o) == [("intake", "Chat Desktop", tool)]
    o.clock.advance(timedelta(days=2))
    await told(OWNER, tool, "not_approved", tool_id=tool)
    await told(OWNER)
    assert [(case["status"], case["alerts"]) for case in await listed(o)] == [("INTAKE", 3)]


async def test_access_is_requested_for_those_who_use_without_a_grant_G30(organisation: Organisation) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool, credentials=("client-work",))
    told = Told(o)
    await told(DANA, tool, "no_grant", tool_id=tool)
    (case,) = await listed(o)
    asks = {"caseId": case["id"], "dataClass": "INTERNAL", "context": "INTERNAL"}
    refused = await o.refusal(STEWARD, "requestUngovernedAccess", CASE, employeeIds=[BOSS], **asks)
    assert refused["code"] == "NOT_IN_CASE"
    refused = await o.refusal(STEWARD, "linkUngovernedUse", CASE, caseId=case["id"], toolId=tool)
    assert refused["code"] == "WRONG_FOR_CASE"
    assert (await o.do(STEWARD, "requestUngovernedAccess", CASE, employeeIds=[DANA], **asks))["status"] == "INTAKE"
    (request,) = await o.requests(DANA)
    assert (request["status"], request["missing"][0]["id"]) == ("PENDING_PREREQUISITES", "client-work")
    o.clock.advance(timedelta(days=2))
    await told(OWNER, tool, "no_grant", tool_id=tool)
    assert [(case["status"], case["alerts"]) for case in await listed(o)] == [("DETECTED", 1), ("INTAKE", 1)]


async def test_restricted_use_is_an_incident_at_once_and_one_until_it_is_closed_C12(organisation: Organisation) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool)
    told = Told(o)
    await told(DANA, tool, "restricted", tool_id=tool)
    o.clock.advance(timedelta(days=3))
    await told(DANA, tool, "restricted", tool_id=tool)
    (case,) = await listed(o)
    assert (case["status"], case["alerts"]) == ("INCIDENT", 2)
    incidents = (await o.ask(STEWARD, "{ incidents { nodes { id source title accountable { id } } } }"))["incidents"]
    (incident,) = incidents["nodes"]
    assert (incident["source"], incident["accountable"]["id"]) == ("METRICS", OWNER)
    id = incident["id"]
    select = "incident { status }"
    await o.do(OFFICER, "triageIncident", select, incidentId=id, severity="LOW")
    await o.do(OFFICER, "containIncident", select, incidentId=id, containment="told them")
    await o.do(OFFICER, "correctIncident", select, incidentId=id, noneBecause="they know now")
    await o.do(OFFICER, "closeIncident", select, incidentId=id)
    o.clock.advance(timedelta(days=3))
    await told(DANA, tool, "restricted", tool_id=tool)
    assert len(await listed(o)) == 2


async def test_an_officer_makes_any_case_an_incident_G30(organisation: Organisation) -> None:
    o = organisation
    await Told(o)(DANA)
    (case,) = await listed(o)
    raised = await o.do(OFFICER, "raiseUngovernedIncident", CASE, caseId=case["id"], harms=["CONFIDENTIALITY"])
    assert (raised["status"], raised["incident"]["source"]) == ("INCIDENT", "METRICS")


async def test_a_dismissed_tool_is_counted_and_does_not_alert_again_C12(organisation: Organisation) -> None:
    o = organisation
    told = Told(o)
    await told(DANA)
    (case,) = await listed(o)
    refused = await o.refusal(STEWARD, "dismissUngovernedCase", CASE, caseId=case["id"], reason=" ")
    assert refused["code"] == "DISMISSAL_UNEXPLAINED"
    await o.do(STEWARD, "dismissUngovernedCase", CASE, caseId=case["id"], reason="a spelling checker")
    o.clock.advance(timedelta(days=100))
    await told(OWNER)
    assert [(case["status"], case["alerts"]) for case in await listed(o)] == [("DISMISSED", 2)]
    assert len(await o.events("ungoverned-case-opened")) == 1


async def test_use_that_was_allowed_after_all_is_taken_out_and_an_empty_case_ends_C12(
    organisation: Organisation,
) -> None:
    o = organisation
    told = Told(o)
    first, second = await told(DANA), await told(DANA)
    await told.cleared(first)
    assert [(case["alerts"], case["people"]) for case in await listed(o)] == [(1, 1)]
    await told.cleared(second)
    assert [(case["status"], case["alerts"], case["people"]) for case in await listed(o)] == [("CLEARED", 0, 0)]
    await told(DANA)
    assert [case["status"] for case in await listed(o)] == ["DETECTED", "CLEARED"]


async def test_individuals_are_shown_to_those_who_may_act_and_leaders_see_their_department_M18(
    organisation: Organisation,
) -> None:
    o = organisation
    await o.hire("E0050", department="legal")
    told = Told(o)
    for who in (DANA, OWNER):
        await told(who)
    await told("E0050", "Only Legal", department_id="legal")
    query = (
        "query($i: ID!) { ungovernedCase(id: $i) { alerts people individuals { nodes { employee { id } alerts } } } }"
    )
    chat = (await listed(o))[1]
    seen = (await o.ask(STEWARD, query, i=chat["id"]))["ungovernedCase"]
    assert seen["individuals"]["nodes"] == [
        {"employee": {"id": OWNER}, "alerts": 1}, {"employee": {"id": DANA}, "alerts": 1},
    ]  # fmt: skip
    o.roles[BOSS] = "department_leader"
    (own,) = await listed(o, BOSS)
    assert (own["name"], own["alerts"], own["people"]) == ("Chat Desktop", None, None)
    answer = await o.graph(query, {"i": chat["id"]}, caller=o.caller(BOSS))
    assert answer["errors"][0]["extensions"]["code"] == "NOT_ENTITLED"
    answer = await o.graph(LIST, {"d": "legal"}, caller=o.caller(BOSS))
    assert answer["errors"][0]["extensions"]["code"] == "NOT_ENTITLED"
    answer = await o.graph(LIST, {}, caller=o.caller(DANA))
    assert "AI steward" in answer["errors"][0]["message"]
    refused = await o.refusal(BOSS, "takeUpUngovernedCase", CASE, caseId=chat["id"])
    assert refused["code"] == "NOT_ENTITLED"
