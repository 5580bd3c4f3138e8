"""A small catalogue through the graph, and the questions the tests ask."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chassis.testing import a_caller

Asks = Callable[..., Awaitable[dict[str, Any]]]
STEWARD = a_caller("E9000", "ai_steward")
OWNER = a_caller("E9001", "curriculum_owner")
LMS = a_caller("lms", "lms")


@pytest.fixture
def mutate(graph: Asks) -> Asks:
    """Run one mutation and give its payload; refused ones give their errors."""

    async def change(field: str, input: dict[str, Any], answer: str = "", caller: Any = STEWARD) -> dict[str, Any]:
        name = field[0].upper() + field[1:]
        result = await graph(
            f"mutation($input: {name}Input!) {{ {field}(input: $input) {{ {answer} errors {{ code message }} }} }}",
            {"input": input},
            caller=caller,
        )
        assert result["errors"] is None, result["errors"]
        payload: dict[str, Any] = result["data"][field]
        return payload

    return change


@pytest.fixture
async def catalogue(mutate: Asks) -> None:
    """universal-fluency (UF-1 and UF-2, UF-3 by choice; a year, renewed 30 days before, 14 days of grace) and
    client-work (CW-1; for ever)."""
    for code, tier, mark in (
        ("UF-1", "UNIVERSAL", None), ("UF-2", "UNIVERSAL", 0.7), ("UF-3", "UNIVERSAL", None), ("CW-1", "ROLE", None),
    ):  # fmt: skip
        course = {"code": code, "title": f"Course {code}", "tier": tier, "passMark": mark}
        assert not (await mutate("defineCourse", course))["errors"]
        assert not (await mutate("publishCourse", {"code": code}))["errors"]
    steps = [{"course": "UF-1"}, {"course": "UF-2"}, {"course": "UF-3", "mandatory": False}]
    for curriculum in (
        {"code": "fluency", "name": "Fluency", "tier": "UNIVERSAL", "steps": steps},
        {"code": "client", "name": "Client work", "tier": "ROLE", "steps": [{"course": "CW-1"}]},
    ):
        assert not (await mutate("defineCurriculum", curriculum))["errors"]
    for kind in (
        {"code": "universal-fluency", "name": "Universal AI fluency", "tier": "UNIVERSAL", "curriculum": "fluency",
         "validityDays": 365, "recertWindowDays": 30, "graceDays": 14},
        {"code": "client-work", "name": "AI for client work", "tier": "ROLE", "curriculum": "client"},
    ):  # fmt: skip
        assert not (await mutate("defineCredentialType", kind))["errors"]


@pytest.fixture
async def universal(catalogue: None, mutate: Asks) -> str:
    """The requirement that binds everyone."""
    payload = await mutate(
        "declareRequirement", {"credentialType": "universal-fluency", "dueDays": 30}, "requirement { id origin tier }"
    )
    assert payload["requirement"]["origin"] == "UNIVERSAL"
    return str(payload["requirement"]["id"])


@pytest.fixture
def learner(graph: Asks) -> Asks:
    """What the graph says of one person's training."""

    async def ask(employee_id: str, caller: Any = STEWARD) -> dict[str, Any]:
        result = await graph(
            """
            query($of: [_Any!]!) { _entities(representations: $of) { ... on Employee {
                trainingAssignments { id state dueAt credentialStatus credentialType { id }
                    reasons { origin ref explanation paused } }
                credentials { status validFrom validUntil renewedUntil credentialType { id } }
                trainingStatus { upToDate assigned inProgress overdue paused satisfied nextDueAt }
            } } }
            """,
            {"of": [{"__typename": "Employee", "id": employee_id}]},
            caller=caller,
        )
        assert result["errors"] is None, result["errors"]
        found: dict[str, Any] = result["data"]["_entities"][0]
        return found

    return ask


@pytest.fixture
def states(learner: Asks) -> Callable[[str], Awaitable[dict[str, str]]]:
    """Credential type -> state of one person's open assignments."""

    async def ask(employee_id: str) -> dict[str, str]:
        found = await learner(employee_id)
        return {one["credentialType"]["id"]: one["state"] for one in found["trainingAssignments"]}

    return ask


@pytest.fixture
def passes(mutate: Asks) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Record that somebody passed courses."""

    async def record(employee_id: str, *courses: str) -> dict[str, Any]:
        payload: dict[str, Any] = {}
        for course in courses:
            payload = await mutate(
                "recordCompletion", {"employeeId": employee_id, "course": course, "score": 0.9},
                "completion { id passed score course { code } }", caller=LMS,
            )  # fmt: skip
            assert not payload["errors"], payload
        return payload

    return record


def types(events: list[dict[str, Any]], *prefixes: str) -> list[str]:
    """The names of the events of these nouns, in order."""
    return [
        name
        for event in events
        if (name := event["type"].removeprefix("training.").removesuffix(".v1")).startswith(prefixes)
    ]
