"""From a ticket to changed work, through the gateway and the bus only (G28, C9)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from chassis.testing import eventually
from tests.e2e.organisation import OFFICER, OWNER, STEWARD, Act, a_proposed_tool

_LEADER = {"who": "employee", "sub": "L1", "roles": ["employee"]}


async def test_a_ticket_becomes_an_incident_that_closes_when_its_tasks_are_done_C9_M19(
    act: Act, ask: Any, publish: Any, committee: str
) -> None:
    tool = await a_proposed_tool(act)
    code = (await ask("query($i: ID!) { tool(id: $i) { code } }", {"i": tool}, **STEWARD))["data"]["tool"]["code"]
    ticket = {
        "number": "INC4711", "state": "new", "opened_at": datetime.now(UTC).isoformat(), "reopen_count": 0,
        "short_description": "It quoted another client", "configuration_item": code,
    }  # fmt: skip
    await publish("itsm.incident-created.v1", ticket, subject="INC4711")
    found: dict[str, Any] = {}

    async def opened() -> None:
        query = "query($t: ID!) { incidents(toolId: $t) { nodes { id ticket accountable { id } } } }"
        incidents = (await ask(query, {"t": tool}, **OFFICER))["data"]["incidents"]["nodes"]
        assert [(each["ticket"], each["accountable"]["id"]) for each in incidents] == [("INC4711", "L1")]
        found.update(incidents[0])

    await eventually(opened, within=20)
    id = {"incidentId": found["id"]}
    await act("triageIncident", {**id, "severity": "HIGH", "harms": ["CONFIDENTIALITY"]}, **OFFICER)
    await act("containIncident", {**id, "containment": "drafts are held back"}, **OFFICER)
    due = (datetime.now(UTC) + timedelta(days=14)).date().isoformat()
    wanted = [
        {"description": f"Change in {pillar}", "pillar": pillar, "ownerId": "L1", "dueOn": due}
        for pillar in ("PROCESS", "TRAINING")
    ]
    await act("correctIncident", {**id, "assigned": wanted}, **OFFICER)
    close = (
        "mutation($input: CloseIncidentInput!) { closeIncident(input: $input) { incident { status } errors { code } } }"
    )
    refused = (await ask(close, {"input": id}, **OFFICER))["data"]["closeIncident"]
    assert refused == {"incident": None, "errors": [{"code": "CORRECTIVE_ACTIONS_OPEN"}]}

    tasks = "{ processTasks { nodes { id incidentId } } trainingTasks { nodes { id incidentId } } }"
    told: dict[str, str] = {}

    async def assigned() -> None:
        data = (await ask(tasks, **_LEADER))["data"]
        for field in ("processTasks", "trainingTasks"):
            tasks_of = [each["id"] for each in data[field]["nodes"] if each["incidentId"] == found["id"]]
            assert len(tasks_of) == 1
            told[field] = tasks_of[0]

    await eventually(assigned, within=20)
    await act("completeProcessTask", {"taskId": told["processTasks"], "outcome": "a gate before sending"}, **_LEADER)
    await act("completeTrainingTask", {"taskId": told["trainingTasks"], "outcome": "a lesson on clients"}, **OWNER)

    async def done() -> None:
        query = "query($i: ID!) { incident(id: $i) { corrections { pillar outcome } } }"
        actions = (await ask(query, {"i": found["id"]}, **OFFICER))["data"]["incident"]["corrections"]
        assert {each["pillar"]: each["outcome"] for each in actions} == {
            "PROCESS": "a gate before sending",
            "TRAINING": "a lesson on clients",
        }

    await eventually(done, within=20)
    closed = await act("closeIncident", id, "incident { status }", **OFFICER)
    assert closed["incident"]["status"] == "CLOSED"

    async def measured() -> None:
        found = (await ask("{ changeFailures { incidentsContained timeToContainHours } }", **OFFICER))["data"]
        assert found["changeFailures"]["incidentsContained"] >= 1
        assert 0 <= found["changeFailures"]["timeToContainHours"] < 1

    await eventually(measured, within=20)
