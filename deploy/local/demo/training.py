"""What is taught: three curricula, their courses and credentials, and who must hold them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5

from deploy.local.demo import usage
from deploy.local.demo.clients import Clients, event
from deploy.local.demo.organisation import Employee, employees

OWNER = "curriculum-owner"
_STATEMENTS = UUID("8d5ad1f6-9c2b-5d7e-8b1f-3f5d9a0c4e21")


@dataclass(frozen=True, slots=True)
class Course:
    """A course and how long it takes."""

    code: str
    title: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Path:
    """A curriculum, the credential it leads to, and whom the enterprise requires it of."""

    tier: str
    credential: str
    name: str
    depth: str
    courses: tuple[Course, ...]
    validity_days: int
    required_of: dict[str, Any] | None


PATHS = (
    Path(
        "UNIVERSAL",
        "universal-fluency",
        "Universal AI fluency",
        "AWARENESS",
        (
            Course("what-ai-can-do", "What AI can and cannot do", 35),
            Course("working-with-ai", "Working with AI: asking, checking, improving", 45),
            Course("our-ai-policies", "Our policies: data, clients, accountability", 20),
        ),
        365,
        {},
    ),
    Path(
        "ROLE",
        "engineering-proficiency",
        "AI proficiency for engineers",
        "WORKING",
        (
            Course("ai-assisted-coding", "Writing and reviewing code with AI", 90),
            Course("testing-ai-output", "Testing what AI wrote", 60),
        ),
        365,
        {"jobFunction": "engineer", "dueDays": 60},
    ),
    Path(
        "LEADERSHIP",
        "ai-leadership",
        "Leading with AI",
        "WORKING",
        (
            Course("finding-opportunities", "Finding and judging opportunities", 60),
            Course("governing-and-measuring", "Governing, measuring and leading change", 75),
        ),
        730,
        {"peopleManagersOnly": True, "dueDays": 90},
    ),
)


async def define(clients: Clients) -> None:
    """Define and publish everything that is taught."""
    for path in PATHS:
        for course in path.courses:
            content = {
                "code": course.code,
                "title": course.title,
                "tier": path.tier,
                "depth": path.depth,
                "durationMinutes": course.minutes,
                "passMark": 0.7,
            }
            await clients.change(OWNER, "defineCourse", content, "course { id }", course.code)
            await clients.change(OWNER, "publishCourse", {"code": course.code}, "course { id }", course.code)
        curriculum = {
            "code": f"{path.credential}-path",
            "name": path.name,
            "tier": path.tier,
            "steps": [{"course": course.code} for course in path.courses],
        }
        await clients.change(OWNER, "defineCurriculum", curriculum, "curriculum { id }", path.credential)
        credential = {
            "code": path.credential,
            "name": path.name,
            "tier": path.tier,
            "curriculum": f"{path.credential}-path",
            "validityDays": path.validity_days,
            "recertWindowDays": 60,
            "graceDays": 14,
        }
        await clients.change(OWNER, "defineCredentialType", credential, "credentialType { id }", path.credential)
        if path.required_of is not None:
            requirement = {"credentialType": path.credential, "dueDays": 30} | path.required_of
            await clients.change(OWNER, "declareRequirement", requirement, "requirement { id }", path.credential)


async def required(clients: Clients) -> int:
    """How many people training knows, told by how many must be fluent."""
    query = 'query { trainingCoverage(credentialType: "universal-fluency") { total { required } } }'
    answer = await clients.ask(OWNER, query)
    return int(answer["trainingCoverage"]["total"]["required"] or 0)


def holds(employee: Employee, path: Path) -> bool:
    """Whether somebody has passed all courses of a path: who uses AI has what its tools ask for, of the others some have."""
    if path.tier == "UNIVERSAL":
        return usage.uses_ai(employee) or _chance(employee.id, path.credential) < 40
    if path.tier == "LEADERSHIP":
        return employee.is_people_manager and _chance(employee.id, path.credential) < 60
    uses_code_companion = usage.uses_ai(employee) and "code-companion" in usage.tools_of(employee)
    return uses_code_companion or (employee.job_function == "engineer" and _chance(employee.id, path.credential) < 25)


def statements(anchor: date) -> Iterator[dict[str, Any]]:
    """What the learning system tells: who passed what in the weeks before the anchor day."""
    for employee in employees():
        for path in PATHS:
            if not holds(employee, path):
                continue
            first_day = anchor - timedelta(days=usage.WEEKS * 7 + 14 - _chance(employee.id, path.tier) // 8)
            for place, course in enumerate(path.courses):
                passed_at = datetime.combine(first_day + timedelta(days=place), time(10), UTC)
                yield _passed(employee, course, passed_at)


def _passed(employee: Employee, course: Course, at: datetime) -> dict[str, Any]:
    statement = {
        "id": str(uuid5(_STATEMENTS, f"{employee.id}/{course.code}/{at.isoformat()}")),
        "actor": {"account": {"homePage": "https://lms.demo.example", "name": employee.id}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"},
        "object": {"id": f"https://lms.demo.example/courses/{course.code}"},
        "result": {"success": True, "score": {"scaled": 0.7 + _chance(employee.id, course.code) % 30 / 100}},
        "timestamp": at.isoformat(),
    }
    return event("lms.statement-recorded.v1", employee.id, statement, at)


def _chance(*words: str) -> int:
    digest = hashlib.blake2b("/".join(words).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % 100
