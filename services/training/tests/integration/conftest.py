"""A small catalogue through the graph, and the questions the tests ask."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from chassis.caller import Caller
from chassis.clock import FixedClock
from chassis.database import Database
from chassis.graphql import Context
from chassis.service import Service
from chassis.testing import a_caller, database_url

Asks = Callable[..., Awaitable[dict[str, Any]]]
STEWARD = a_caller("E9000", "ai_steward")
OWNER = a_caller("E9001", "curriculum_owner")
LMS = a_caller("lms", "lms")
# universal-fluency (UF-1 and UF-2, UF-3 by choice; a year, renewed 30 days before, 14 days of grace) and
# client-work (CW-1; for ever).
CATALOGUE: list[tuple[str, dict[str, Any]]] = [
    ("defineCourse", {"code": "UF-1", "title": "Course UF-1", "tier": "UNIVERSAL"}),
    ("defineCourse", {"code": "UF-2", "title": "Course UF-2", "tier": "UNIVERSAL", "passMark": 0.7}),
    ("defineCourse", {"code": "UF-3", "title": "Course UF-3", "tier": "UNIVERSAL"}),
    ("defineCourse", {"code": "CW-1", "title": "Course CW-1", "tier": "ROLE"}),
    *(("publishCourse", {"code": code}) for code in ("UF-1", "UF-2", "UF-3", "CW-1")),
    (
        "defineCurriculum",
        {"code": "fluency", "name": "Fluency", "tier": "UNIVERSAL",
         "steps": [{"course": "UF-1"}, {"course": "UF-2"}, {"course": "UF-3", "mandatory": False}]},
    ),
    ("defineCurriculum", {"code": "client", "name": "Client work", "tier": "ROLE", "steps": [{"course": "CW-1"}]}),
    (
        "defineCredentialType",
        {"code": "universal-fluency", "name": "Universal AI fluency", "tier": "UNIVERSAL", "curriculum": "fluency",
         "validityDays": 365, "recertWindowDays": 30, "graceDays": 14},
    ),
    (
        "defineCredentialType",
        {"code": "client-work", "name": "AI for client work", "tier": "ROLE", "curriculum": "client"},
    ),
]  # fmt: skip


async def change(
    service: Service, database: Database, field: str, input: dict[str, Any], answer: str, caller: Caller
) -> Any:
    """Run one mutation and give its payload; refused ones give their errors."""
    name = field[0].upper() + field[1:]
    result = await service.schema.execute(
        f"mutation($input: {name}Input!) {{ {field}(input: $input) {{ {answer} errors {{ code message }} }} }}",
        {"input": input},
        context_value=Context(database=database, caller=caller),
    )
    assert result.errors is None, result.errors
    assert result.data is not None
    return result.data[field]


async def _load_catalogue(service: Service, url: str) -> None:
    clock = FixedClock(datetime(2026, 3, 2, 9, tzinfo=UTC))
    database = await Database.open(url, service=service.name, clock=clock)
    for field, input in CATALOGUE:
        payload = await change(service, database, field, input, "", STEWARD)
        assert not payload["errors"], payload
    await database.close()


@pytest.fixture(scope="session")
def template(template: str, postgres: str, service: Service) -> str:
    """The migrated database, with the catalogue in it."""
    asyncio.run(_load_catalogue(service, database_url(postgres, template)))
    return template


@pytest.fixture
def mutate(database: Database, service: Service) -> Asks:
    """Run one mutation and give its payload; refused ones give their errors."""

    async def ask(field: str, input: dict[str, Any], answer: str = "", caller: Any = STEWARD) -> dict[str, Any]:
        payload: dict[str, Any] = await change(service, database, field, input, answer, caller)
        return payload

    return ask


@pytest.fixture
async def universal(mutate: Asks) -> str:
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
