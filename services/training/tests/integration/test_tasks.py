"""Tasks out of incidents against Postgres (C9)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from chassis.testing import Asks, Delivers, Published, a_caller, a_hire

DANA, LEADER, OTHER = a_caller("E0101"), a_caller("E0102", "department_leader"), a_caller("E0103")
ABOVE = a_caller("E0104", "curriculum_owner")
LIST = "query($d: Boolean) { trainingTasks(done: $d) { nodes { id description owner { id } outcome completedBy { id } } } }"
COMPLETE = (
    "mutation($input: CompleteTrainingTaskInput!) { completeTrainingTask(input: $input) {"
    " task { outcome completedBy { id } } errors { code message } } }"
)


async def assigned(deliver: Delivers, today: date, **differently: Any) -> str:
    """Governance assigns an action."""
    id = str(uuid4())
    said = {
        "action_id": id, "incident_id": str(uuid4()), "pillar": "training", "description": "Mask the names",
        "owner_id": "E0101", "department_id": None, "due_on": today + timedelta(days=14), **differently,
    }  # fmt: skip
    await deliver("governance.corrective-action-assigned.v1", said, subject=id, sequence=1)
    return id


async def listed(graph: Asks, caller: Any, done: bool | None = None) -> list[str]:
    answer = await graph(LIST, {"d": done}, caller=caller)
    assert answer["errors"] is None, answer["errors"]
    return [node["id"] for node in answer["data"]["trainingTasks"]["nodes"]]


async def completed(graph: Asks, caller: Any, id: str, outcome: str = "done in v4") -> dict[str, Any]:
    answer = await graph(COMPLETE, {"input": {"taskId": id, "outcome": outcome}}, caller=caller)
    assert answer["errors"] is None, answer["errors"]
    payload: dict[str, Any] = answer["data"]["completeTrainingTask"]
    return payload


async def test_a_corrective_action_is_a_task_of_its_owner_and_its_completion_is_told_C9(
    graph: Asks, deliver: Delivers, published: Published, today: date
) -> None:
    for id in ("E0101", "E0102", "E0103"):
        await deliver("hris.employee-hired.v1", a_hire(id))
    later = await assigned(deliver, today, due_on=today + timedelta(days=30))
    first = await assigned(deliver, today)
    await assigned(deliver, today, pillar="governance")
    assert [await listed(graph, who) for who in (DANA, LEADER, ABOVE)] == [[first, later]] * 3
    assert await listed(graph, OTHER) == []
    refused = await completed(graph, OTHER, first)
    assert (refused["task"], refused["errors"][0]["code"]) == (None, "NOT_ENTITLED")
    assert (await completed(graph, DANA, first, " "))["errors"][0]["code"] == "OUTCOME_MISSING"
    done = await completed(graph, DANA, first)
    assert done["task"] == {"outcome": "done in v4", "completedBy": {"id": "E0101"}}
    assert (await completed(graph, LEADER, first))["errors"][0]["code"] == "CORRECTIVE_TASK_DONE"
    assert (await listed(graph, DANA, True), await listed(graph, DANA, False)) == ([first], [later])
    told = [event["data"] for event in await published() if event["type"] == "training.corrective-task-completed.v1"]
    assert [(each["action_id"], each["completed_by"], each["outcome"]) for each in told] == [
        (first, "E0101", "done in v4")
    ]


async def test_the_leader_of_the_owners_department_completes_it_too_C9(
    graph: Asks, deliver: Delivers, today: date
) -> None:
    await deliver("hris.employee-hired.v1", a_hire("E0101"))
    await deliver("hris.employee-hired.v1", a_hire("E0102", department="legal"))
    id = await assigned(deliver, today)
    assert (await completed(graph, LEADER, id))["errors"][0]["code"] == "NOT_ENTITLED"
    assert (await completed(graph, ABOVE, id))["errors"] == []
