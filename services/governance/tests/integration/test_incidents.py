"""Incidents against Postgres: from people and from the service desk, contained, corrected, closed (G27, G28, C9)."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from chassis.clock import FixedClock
from chassis.database import Database
from chassis.testing import Published
from governance.testing import BOSS, DANA, OFFICER, OWNER, SPONSOR, STEWARD, Organisation

PROCESS = "0190f5fe-7d1e-7b5a-9c55-0d3c1f7a2b10"
SELECT = (
    "incident { id status severity source ticket accountable { id } accountableBecause correctiveActions"
    " circumstances { toolVersion toolStatus sopVersion author { id } authorHadAccess authorLacked } tool { code } }"
)


async def a_process(o: Organisation, owner: str = BOSS, tools: tuple[str, ...] = (), **standard: Any) -> None:
    await o.deliver(
        "process.process-registered.v1",
        {"process_id": PROCESS, "code": "replies", "name": "Replies", "department_id": "sales", "owner_id": owner},
    )
    await o.deliver(
        "process.sop-effective.v1",
        {"sop_id": str(UUID(int=5)), "process_id": PROCESS, "version": 3, "change_class": "major", "roles": [],
         "tools": list(tools), **standard},
    )  # fmt: skip


async def told(o: Organisation, number: str, what: str = "created", **differently: Any) -> None:
    await o.deliver(
        f"itsm.incident-{what}.v1",
        {"number": number, "state": "new", "opened_at": o.clock.now.isoformat(), "reopen_count": 0, **differently},
        subject=number,
    )


async def test_an_incident_is_contained_with_the_tool_corrected_and_closed_G28(organisation: Organisation) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool)
    await o.request(tool)
    reported = await o.do(
        DANA, "reportIncident", SELECT, title="It quoted a contract", toolId=tool, harms=["CONFIDENTIALITY"]
    )
    assert (reported["status"], reported["accountable"]["id"], reported["accountableBecause"]) == (
        "REPORTED", OWNER, "TOOL_OWNER",
    )  # fmt: skip
    id = reported["id"]
    refused = await o.refusal(DANA, "triageIncident", SELECT, incidentId=id, severity="HIGH")
    assert refused["code"] == "NOT_ENTITLED"
    await o.do(OWNER, "triageIncident", SELECT, incidentId=id, severity="HIGH")
    refused = await o.refusal(OWNER, "containIncident", SELECT, incidentId=id, containment="off", suspendTool=True)
    assert (refused["code"], "compliance officer" in refused["message"]) == ("NOT_ENTITLED", True)
    contained = await o.do(OFFICER, "containIncident", SELECT, incidentId=id, containment="off", suspendTool=True)
    assert contained["status"] == "CONTAINED"
    assert (await o.grants())[0]["suspendedFor"] == ["TOOL_SUSPENDED"]
    refused = await o.refusal(OFFICER, "closeIncident", SELECT, incidentId=id)
    assert refused["code"] == "INCIDENT_IN_WRONG_STATE"
    await o.do(OWNER, "correctIncident", SELECT, incidentId=id, actions=["mask names"])
    closed = await o.do(STEWARD, "closeIncident", SELECT, incidentId=id)
    assert (closed["status"], closed["correctiveActions"]) == ("CLOSED", ["mask names"])
    events = await o.events("incident-opened", "incident-contained", "incident-closed", "tool-suspended")
    assert [kind for kind, _ in events] == [
        "incident-opened", "tool-suspended", "incident-contained", "incident-closed",
    ]  # fmt: skip
    assert events[2][1]["tool_suspended"] is True
    again = await o.do(OFFICER, "reopenIncident", SELECT, incidentId=id, reason="it happened again")
    assert again["status"] == "REPORTED"


async def test_the_owner_of_the_process_answers_and_how_things_stood_is_kept_C9(organisation: Organisation) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool, credentials=("client-work",))
    await a_process(o, tools=(tool,))
    await o.hire("E0098")
    reported = await o.do(
        DANA, "reportIncident", SELECT, title="Wrong price", toolId=tool, processId=PROCESS, authorId="E0098"
    )
    assert (reported["accountable"]["id"], reported["accountableBecause"]) == (BOSS, "PROCESS_OWNER")
    assert reported["circumstances"] == {
        "toolVersion": "1",
        "toolStatus": "approved",
        "sopVersion": 3,
        "author": {"id": "E0098"},
        "authorHadAccess": False,
        "authorLacked": ["client-work"],
    }
    chain = (
        await o.ask(
            DANA,
            "query($t: ID!, $p: ID!) { accountability(toolId: $t, processId: $p) {"
            " basis employee { id } worksHere answers } }",
            t=tool,
            p=PROCESS,
        )
    )["accountability"]
    assert [(each["basis"], each["employee"]["id"], each["answers"]) for each in chain] == [
        ("PROCESS_OWNER", BOSS, True), ("TOOL_OWNER", OWNER, False), ("EXECUTIVE_SPONSOR", SPONSOR, False),
    ]  # fmt: skip


async def test_a_step_is_one_that_the_procedure_has_where_its_steps_are_known_C9(organisation: Organisation) -> None:
    o = organisation
    tool, select = await o.propose("reply-drafts"), "incident { circumstances { step sopVersion } }"
    await a_process(o)
    old = await o.do(DANA, "reportIncident", select, title="Wrong", processId=PROCESS, step=9)
    assert old["circumstances"] == {"step": 9, "sopVersion": 3}
    await a_process(o, version=4, steps=[1, 2, 3])
    refused = await o.refusal(DANA, "reportIncident", select, title="Wrong", processId=PROCESS, step=4)
    assert refused["code"] == "STEP_UNKNOWN"
    assert refused["message"] == (
        "Version 4 of the procedure has no step 4; it has 1, 2, 3. Name one of them, or none."
    )
    await told(o, "INC9", short_description="Odd answer", category="ai")
    match = {"number": "INC9", "toolId": tool, "processId": PROCESS}
    assert (await o.refusal(OFFICER, "matchTicket", select, **match, step=0))["code"] == "STEP_UNKNOWN"
    matched = await o.do(OFFICER, "matchTicket", select, **match, step=3)
    assert matched["circumstances"] == {"step": 3, "sopVersion": 4}
    reported = await o.do(DANA, "reportIncident", select, title="Wrong", processId=PROCESS)
    assert reported["circumstances"] == {"step": None, "sopVersion": 4}


async def test_when_somebody_leaves_the_next_one_answers_G27(organisation: Organisation) -> None:
    o = organisation
    tool = await o.propose()
    await a_process(o, owner=BOSS)
    id = (await o.do(DANA, "reportIncident", SELECT, title="Wrong", toolId=tool, processId=PROCESS))["id"]
    await o.leave(BOSS)
    seen = await o.ask(STEWARD, "query($i: ID!) { incident(id: $i) { accountable { id } accountableBecause } }", i=id)
    assert seen["incident"] == {"accountable": {"id": OWNER}, "accountableBecause": "TOOL_OWNER"}
    moved = await o.events("incident-accountability-moved")
    assert [(data["accountable_id"], data["previous_id"]) for _, data in moved] == [(OWNER, BOSS)]


async def test_a_ticket_that_names_a_tool_opens_one_incident_C9(organisation: Organisation, clock: FixedClock) -> None:
    o = organisation
    await o.propose("reply-drafts")
    await told(o, "INC7", short_description="Quotes a contract", configuration_item="Reply-Drafts")
    await told(o, "INC7", "updated", configuration_item="Reply-Drafts", state="in-progress")
    page = (await o.ask(STEWARD, "{ incidents { nodes { id title source ticket status accountable { id } } } }"))[
        "incidents"
    ]
    (incident,) = page["nodes"]
    assert (incident["title"], incident["source"], incident["ticket"], incident["accountable"]["id"]) == (
        "Quotes a contract", "ITSM", "INC7", OWNER,
    )  # fmt: skip
    id = incident["id"]
    await o.do(OFFICER, "triageIncident", SELECT, incidentId=id, severity="LOW")
    await o.do(OFFICER, "containIncident", SELECT, incidentId=id, containment="held back")
    await o.do(OFFICER, "correctIncident", SELECT, incidentId=id, noneBecause="a user's mistake")
    await o.do(OFFICER, "closeIncident", SELECT, incidentId=id)
    clock.advance(timedelta(hours=1))
    await told(o, "INC7", "updated", state="in-progress", reopen_count=1, configuration_item="Reply-Drafts")
    seen = await o.ask(STEWARD, "query($i: ID!) { incident(id: $i) { status timesReopened } }", i=id)
    assert seen["incident"] == {"status": "REPORTED", "timesReopened": 1}


async def test_a_ticket_that_names_none_waits_for_an_officer_C9(organisation: Organisation) -> None:
    o = organisation
    tool = await o.propose("reply-drafts")
    await told(o, "INC8", short_description="Printer", category="hardware")
    await told(o, "INC9", short_description="Odd answer", category="ai")
    waiting = "{ ticketsToMatch { nodes { number summary } } }"
    assert [t["number"] for t in (await o.ask(OFFICER, waiting))["ticketsToMatch"]["nodes"]] == ["INC8", "INC9"]
    answer = await o.graph(waiting, {}, caller=o.caller(DANA))
    assert answer["errors"][0]["extensions"]["code"] == "NOT_ENTITLED"
    assert (await o.ask(STEWARD, "{ incidents { nodes { id } } }"))["incidents"]["nodes"] == []
    await o.do(OFFICER, "dismissTicket", "ticket { number dismissedBecause }", number="INC8", reason="a printer")
    matched = await o.do(OFFICER, "matchTicket", SELECT, number="INC9", toolId=tool)
    assert (matched["ticket"], matched["tool"]["code"]) == ("INC9", "reply-drafts")
    assert (await o.ask(OFFICER, waiting))["ticketsToMatch"]["nodes"] == []
    refused = await o.refusal(OFFICER, "matchTicket", SELECT, number="INC8", toolId=tool)
    assert refused["code"] == "TICKET_SETTLED"


async def test_an_incident_is_shown_to_those_whom_it_concerns_X11(organisation: Organisation) -> None:
    o = organisation
    tool = await o.propose()
    id = (await o.do(DANA, "reportIncident", SELECT, title="Wrong", toolId=tool))["id"]
    query = "query($i: ID!) { incident(id: $i) { id } incidents { nodes { id } } }"
    seen = {}
    for who in (DANA, OWNER, SPONSOR, STEWARD, BOSS):
        data = await o.ask(who, query, i=id)
        assert bool(data["incident"]) == bool(data["incidents"]["nodes"])
        seen[who] = bool(data["incident"])
    assert seen == {DANA: True, OWNER: True, SPONSOR: True, STEWARD: True, BOSS: False}


async def test_what_changes_is_a_task_of_its_pillar_and_closing_waits_for_it_C9(organisation: Organisation) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool, credentials=("client-work",))
    await a_process(o, tools=(tool,))
    await o.hire("E0097", "E0098")
    reported = await o.do(
        DANA, "reportIncident", "incident { id circumstances { step author { id } authorLacked reviewer { id }"
        " reviewerHadAccess reviewerLacked } }",
        title="Wrong price", toolId=tool, processId=PROCESS, authorId="E0097", reviewerId="E0098", step=2,
    )  # fmt: skip
    assert reported["circumstances"] == {
        "step": 2, "author": {"id": "E0097"}, "authorLacked": ["client-work"], "reviewer": {"id": "E0098"},
        "reviewerHadAccess": False, "reviewerLacked": ["client-work"],
    }  # fmt: skip
    id, select = reported["id"], "incident { status correctiveActions openActionsBecause }"
    await o.do(OFFICER, "triageIncident", select, incidentId=id, severity="HIGH")
    await o.do(OFFICER, "containIncident", select, incidentId=id, containment="held back")
    due = (o.clock.now + timedelta(days=14)).date().isoformat()
    wanted = [
        {"description": f"Change {pillar}", "pillar": pillar, "ownerId": OWNER, "dueOn": due}
        for pillar in ("PROCESS", "TRAINING", "GOVERNANCE")
    ]
    late = [{**wanted[0], "dueOn": (o.clock.now - timedelta(days=1)).date().isoformat()}]
    refused = await o.refusal(OFFICER, "correctIncident", select, incidentId=id, assigned=late)
    assert refused["code"] == "ACTION_DUE_IN_THE_PAST"
    corrected = await o.do(OFFICER, "correctIncident", select, incidentId=id, assigned=wanted)
    assert corrected["correctiveActions"] == ["Change PROCESS", "Change TRAINING", "Change GOVERNANCE"]
    assigned = [data for _, data in await o.events("corrective-action-assigned")]
    assert [(each["pillar"], each["owner_id"], each["department_id"]) for each in assigned] == [
        (pillar, OWNER, "sales") for pillar in ("process", "training", "governance")
    ]
    refused = await o.refusal(OFFICER, "closeIncident", select, incidentId=id)
    assert (refused["code"], refused["message"][:2]) == ("CORRECTIVE_ACTIONS_OPEN", "3 ")
    for action in assigned[:2]:
        said = {
            "action_id": action["action_id"], "incident_id": id, "completed_by": OWNER, "outcome": "done",
            "completed_at": o.clock.now.isoformat(),
        }  # fmt: skip
        for _ in range(2):
            await o.deliver(f"{action['pillar']}.corrective-task-completed.v1", said)
    done = "action { outcome completedBy { id } }"
    elsewhere = await o.refusal(
        OWNER, "completeCorrectiveAction", done, actionId=assigned[0]["action_id"], outcome="done"
    )
    assert elsewhere["code"] == "ACTION_IS_ELSEWHERE"
    refused = await o.refusal(DANA, "completeCorrectiveAction", done, actionId=assigned[2]["action_id"], outcome="done")
    assert refused["code"] == "NOT_ENTITLED"
    refused = await o.refusal(OFFICER, "closeIncident", select, incidentId=id)
    assert refused["message"][:2] == "1 "
    closed = await o.do(OFFICER, "closeIncident", select, incidentId=id, openActionsBecause="the policy follows in May")
    assert (closed["status"], closed["openActionsBecause"]) == ("CLOSED", "the policy follows in May")
    action = await o.do(OWNER, "completeCorrectiveAction", done, actionId=assigned[2]["action_id"], outcome="policy v2")
    assert action == {"outcome": "policy v2", "completedBy": {"id": OWNER}}
    seen = await o.ask(OFFICER, "query($i: ID!) { incident(id: $i) { corrections { pillar outcome } } }", i=id)
    assert [each["outcome"] for each in seen["incident"]["corrections"]] == ["done", "done", "policy v2"]


async def test_an_incident_is_reported_without_a_name_and_nothing_leads_back_G28(
    organisation: Organisation, published: Published, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    o = organisation
    tool = await o.propose()
    await o.hire("E0098", department="support")
    unnamed = "incident { id reportedBy { id } anonymous reporterDepartment { id } accountable { id } }"
    report = {"title": "It quoted a contract", "toolId": tool, "anonymous": True}
    with_key = await o.refusal(DANA, "reportIncident", unnamed, **report, idempotencyKey="mine")
    assert with_key["code"] == "ANONYMOUS_WITH_KEY"
    before = len(await published())
    with caplog.at_level(logging.DEBUG):
        made = await o.do(DANA, "reportIncident", unnamed, **report)
    assert DANA not in caplog.text
    assert (made["reportedBy"], made["anonymous"], made["reporterDepartment"]) == (None, True, {"id": "sales"})
    assert made["accountable"] == {"id": OWNER}
    small = await o.do("E0098", "reportIncident", unnamed, **report)
    assert (small["anonymous"], small["reporterDepartment"]) == (True, None)
    told = (await published())[before:]
    assert [each["type"] for each in told] == ["governance.incident-opened.v1"] * 2
    async with database.read() as connection:
        kept = await connection.fetch("SELECT i::text AS kept FROM incidents i")
        kept += await connection.fetch("SELECT e::text AS kept FROM events e WHERE type LIKE 'governance.incident%'")
        kept += await connection.fetch("SELECT k::text AS kept FROM idempotency_keys k")
    assert len(kept) == 4
    assert not any(who in row["kept"] for row in kept for who in (DANA, "E0098"))
    assert (await o.ask(DANA, "query($id: ID!) { incident(id: $id) { id } }", id=made["id"]))["incident"] is None
    await o.do(OWNER, "triageIncident", SELECT, incidentId=made["id"], severity="HIGH")
    await o.do(OWNER, "containIncident", SELECT, incidentId=made["id"], containment="off")
    await o.do(OWNER, "correctIncident", SELECT, incidentId=made["id"], actions=["mask names"])
    own = await o.refusal(OWNER, "closeIncident", SELECT, incidentId=made["id"])
    assert own["code"] == "NOT_ENTITLED"
    assert (await o.do(OFFICER, "closeIncident", SELECT, incidentId=made["id"]))["status"] == "CLOSED"
