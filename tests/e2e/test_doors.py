"""What comes in from outside: events by HTTP and by any Kafka client, and mistakes, which are answered and change nothing."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from chassis.testing import eventually

STEWARD = {"who": "ai-steward", "sub": "A1", "roles": ["ai_steward", "employee"]}
# One question that all four services answer a part of.
PERSON = """query($id: ID!) { employee(id: $id) {
    name department { name processes { edges { node { name } } } }
    trainingStatus { assigned overdue }
    workflows { edges { node { name } } }
    reportingGroup { counted since department { name } } } }"""


def a_hire(employee_id: str) -> dict[str, Any]:
    return {
        "employee_id": employee_id, "effective_date": "2025-03-03", "name": f"Person {employee_id}",
        "department": {"id": "sales", "name": "Sales"}, "job_function": "seller", "level": "3", "is_people_manager": False,
    }  # fmt: skip


@pytest.mark.parametrize("mode", ["binary", "structured"])
async def test_a_person_published_by_any_kafka_client_is_seen_across_all_services_X01_X03(platform, ask, mode: str):
    employee = f"K-{mode}"
    producer = AIOKafkaProducer(bootstrap_servers=platform.broker)
    await producer.start()
    attributes = {
        "specversion": "1.0",
        "id": f"kafka-{mode}",
        "type": "hris.employee-hired.v1",
        "source": "/any/client",
    }
    if mode == "binary":
        headers = [(f"ce_{name}", value.encode()) for name, value in attributes.items()]
        value = json.dumps(a_hire(employee)).encode()
    else:
        headers = [("content-type", b"application/cloudevents+json")]
        value = json.dumps({**attributes, "data": a_hire(employee)}).encode()
    await producer.send_and_wait("hris.events", value, key=employee.encode(), headers=headers)
    await producer.stop()

    async def seen() -> None:
        answer = await ask(PERSON, {"id": employee}, **STEWARD)
        person = answer["data"]["employee"]
        assert person, answer
        assert person["department"]["name"] == "Sales"
        assert person["trainingStatus"] is not None
        assert person["workflows"] is not None
        assert person["reportingGroup"] == {"counted": True, "since": "2025-03-03", "department": {"name": "Sales"}}

    await eventually(seen, within=10)


async def post(platform, http, event: Any, *, who: str | None = "hris", type: str = "application/cloudevents+json"):
    headers = {"content-type": type}
    if who:
        headers["authorization"] = f"Bearer {platform.token(who)}"
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    return await http.post(platform.events_url, content=body, headers=headers)


def an_event(**attributes: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": "mistake", "type": "hris.employee-hired.v1", "source": "/test", "subject": "X1",
        "data": a_hire("X1"), **attributes,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("event", "who", "status", "says"),
    [
        (b"{not json", "hris", 400, "JSON"),
        (an_event(specversion="0.3"), "hris", 400, "specversion"),
        (an_event(id=""), "hris", 400, "id"),
        (an_event(type="hris.employee-promoted.v1"), "hris", 400, "hris.employee-promoted.v1"),
        (an_event(data={"employee_id": "X1"}), "hris", 400, "effective_date"),
        (an_event(time="yesterday"), "hris", 400, "time"),
        (an_event(type="itsm.incident-created.v1"), "hris", 403, "hris."),
        (an_event(), "employee", 403, ""),
        (an_event(), None, 401, "token"),
    ],
)
async def test_an_event_that_is_wrong_is_refused_by_name_and_changes_nothing_X03(
    platform, http, ask, event: Any, who: str | None, status: int, says: str
):
    answer = await post(platform, http, event, who=who)
    assert answer.status_code == status, answer.text
    assert says in answer.text
    found = await ask('{ employee(id: "X1") { name } }', **STEWARD)
    assert found["data"]["employee"] is None


async def test_of_a_batch_the_good_ones_are_taken_and_the_bad_ones_named_X03(platform, http, ask):
    batch = [an_event(id="b1", subject="B1", data=a_hire("B1")), an_event(id="b2", data={"employee_id": "B2"})]
    answer = await post(platform, http, batch, type="application/cloudevents-batch+json")
    assert answer.status_code == 202, answer.text
    assert answer.json()["accepted"] == 1
    assert answer.json()["rejected"][0]["index"] == 1

    async def taken() -> None:
        assert (await ask('{ employee(id: "B1") { name } }', **STEWARD))["data"]["employee"] == {"name": "Person B1"}

    await eventually(taken, within=10)


@pytest.mark.parametrize(("query", "says"), [("{ employee(", "Syntax"), ("{ me { shoeSize } }", "shoeSize"), ("", "")])
async def test_a_question_that_is_wrong_is_refused_by_name_X01(ask, query: str, says: str):
    answer = await ask(query, **STEWARD)
    assert answer.get("data") is None
    assert says in answer["errors"][0]["message"]


async def test_an_expired_token_is_told_what_to_do_X11(platform, http):
    token = platform.token("employee", ttl=timedelta(seconds=-120))
    answer = await http.post(
        platform.graphql_url, json={"query": "{ me { name } }"}, headers={"authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 401
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "TOKEN_EXPIRED"


async def test_nobody_without_a_token_learns_anything_X11(ask):
    answer = await ask('{ employee(id: "K-binary") { name } }', who=None)
    assert not (answer.get("data") or {}).get("employee")
    assert answer["errors"]


async def test_an_employee_who_approves_a_tool_is_told_which_tier_may_G02(ask):
    proposal = {"code": "mine", "name": "Mine", "vendor": "Me"}
    made = await ask(
        "mutation($input: ProposeToolInput!) { proposeTool(input: $input) { tool { id } errors { message } } }",
        {"input": proposal},
        who="employee", sub="K-binary", roles=["employee"],
    )  # fmt: skip
    tool = made["data"]["proposeTool"]["tool"]["id"]
    refused = await ask(
        """mutation($input: ApproveToolInput!) { approveTool(input: $input) {
            tool { status } errors { code message ... on NotEntitled { tier deciders } } } }""",
        {"input": {"toolId": tool, "motionId": tool, "scope": [{"dataClass": "PUBLIC", "context": "INTERNAL"}]}},
        who="employee", sub="K-binary", roles=["employee"],
    )  # fmt: skip
    (error,) = refused["data"]["approveTool"]["errors"]
    assert error["code"] == "NOT_ENTITLED"
    assert error["tier"].lower() == "enterprise"
    found = await ask("query($id: ID!) { tool(id: $id) { status } }", {"id": tool}, **STEWARD)
    assert found["data"]["tool"]["status"] == "PROPOSED"


async def test_a_procedure_without_a_quality_gate_is_told_which_step_lacks_what_P08(ask):
    async def act(mutation: str, input: dict[str, Any], select: str, **caller: Any) -> dict[str, Any]:
        kind = mutation[0].upper() + mutation[1:] + "Input"
        query = f"mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {select} errors {{ code message }} }} }}"
        answer = await ask(query, {"input": input}, **caller)
        assert not answer.get("errors"), answer
        return answer["data"][mutation]

    proposal = {"code": "ungated", "name": "Ungated", "vendor": "Vendor"}
    employee = {"who": "employee", "sub": "K-binary", "roles": ["employee"]}
    tool = (await act("proposeTool", proposal, "tool { id }", **employee))["tool"]["id"]
    process = {
        "code": "ungated", "name": "Ungated", "departmentId": "sales", "ownerId": "K-structured", "volumePerMonth": 1,
        "minutesPerUnit": 1,
    }  # fmt: skip
    made = await act("registerProcess", process, "process { id }", **STEWARD)
    draft = {
        "processId": made["process"]["id"], "code": "ungated", "title": "Ungated",
        "steps": [{"n": 1, "title": "Draft", "actor": "AI", "aiRole": "DRAFT", "toolId": tool, "dataClass": "INTERNAL"}],
        "handoffs": [
            {"step": 1, "from": "HUMAN", "to": "AI", "trigger": "asked"},
            {"step": 1, "from": "AI", "to": "HUMAN", "trigger": "drafted", "acceptanceRule": "read"},
        ],
        "escalationPaths": [{"step": 1, "trigger": "wrong", "levels": [{"role": "team_lead", "withinMinutes": 60}]}],
    }  # fmt: skip
    drafted = await act("draftSopVersion", draft, "sop { id }", **STEWARD)
    assert drafted["errors"] == []
    sop = drafted["sop"]
    refused = await act("submitSopVersion", {"sopId": sop["id"], "version": 1}, "sop { id }", **STEWARD)
    assert [error["code"] for error in refused["errors"]] == ["SOP_INCOMPLETE"], refused
    assert "step 1" in refused["errors"][0]["message"].lower()
    assert "quality" in refused["errors"][0]["message"].lower()
