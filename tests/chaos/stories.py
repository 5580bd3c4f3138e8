"""What people and systems do meanwhile: tools are decided on, people come, learn, ask for access, move and go."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.chaos.bus import Bus
from tests.chaos.graph import Graph, Refused
from tests.chaos.ledger import Told
from tests.chaos.sources import Sources

STEWARD = {"who": "ai-steward", "sub": "A1", "roles": ["ai_steward", "employee"]}
SPONSOR = {"who": "executive-sponsor", "sub": "S1", "roles": ["executive_sponsor", "employee"]}
OFFICER = {"who": "compliance-officer", "sub": "C1", "roles": ["compliance_officer", "employee"]}
OWNER = {"who": "curriculum-owner", "sub": "K1", "roles": ["curriculum_owner", "employee"]}
LMS = {"who": "lms"}
_PEOPLE = ("S1", "A1", "C1", "M1", "M2", "K1", "L1")
_VOTERS = ("S1", "M1", "M2")
_CREDENTIALS = ("universal-fluency", "prompting", "client-data")
_SAFE = dict.fromkeys(
    (
        "manipulatesOrScoresPeople",
        "decidesAboutPeople",
        "actsWithoutReview",
        "processesPersonalData",
        "speaksToThePublic",
    ),
    False,
)
_USE = {"dataClass": "CLIENT", "context": "CLIENT_WORK"}


def person(employee: str) -> dict[str, Any]:
    """An employee as a caller."""
    return {"who": "employee", "sub": employee, "roles": ["employee"]}


class Stories:
    """Endless small stories, a few at the same time."""

    def __init__(self, graph: Graph, sources: Sources, bus: Bus, chance: random.Random, name: str) -> None:
        self._graph = graph
        self._sources = sources
        self._bus = bus
        self._chance = chance
        self._name = name
        self._numbers = itertools.count(1)
        self._committee = ""
        self._approved: dict[str, tuple[str, ...]] = {}
        self._employees: list[str] = []
        self.given_up = 0
        self.told = 0

    async def prepare(self) -> None:
        """People, a sponsor, a committee, a policy and what is taught."""
        for id in _PEOPLE:
            await self._hire(id, manager=None, is_people_manager=True)
        act = self._graph.act
        sponsor = {"employeeId": "S1"}
        await act("governance", "appointSponsor", sponsor, object="sponsorship", event="sponsor-appointed", who=STEWARD)
        seats = {"name": f"AI governance {self._name}", "members": [{"employeeId": "M1"}, {"employeeId": "M2"}]}
        self._committee = await act(
            "governance", "establishCommittee", seats, object="committee", event="committee-established", who=SPONSOR
        )
        for code in _CREDENTIALS:
            await self._teach(code, "UNIVERSAL" if code == "universal-fluency" else "ROLE")
        terms = {"credentialType": "universal-fluency", "dueDays": 30}
        await act(
            "training", "declareRequirement", terms, object="requirement", event="requirement-activated", who=OWNER
        )
        self._employees = list(_PEOPLE)

    async def run(self, stop: asyncio.Event, at_once: int) -> None:
        """Tell stories until told to stop; those that have begun are told to their end."""
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(self._tell(stop))

    async def _tell(self, stop: asyncio.Event) -> None:
        kinds = (
            (self._tool, 3), (self._newcomer, 5), (self._usage, 4), (self._leaver, 1), (self._move, 2),
            (self._hasty, 3), (self._process, 1), (self._suspension, 1), (self._bus.rumour, 2),
        )  # fmt: skip
        stories, weights = zip(*kinds, strict=True)
        while not stop.is_set():
            (story,) = self._chance.choices(stories, weights)
            try:
                await story()
                self.told += 1
            except Refused:
                self.given_up += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._chance.uniform(0.05, 0.5))

    async def _tool(self) -> None:
        """A tool from the proposal to the approval, with or without conditions."""
        tool = await self._proposal(self._next("tool"))
        await self._graph.act(
            "governance", "startToolReview", {"toolId": tool}, object="tool", event="tool-review-started", who=STEWARD
        )
        motion = await self._motion(tool, "APPROVE_TOOL")
        credentials = tuple(self._chance.sample(_CREDENTIALS, self._chance.randint(0, 2)))
        terms = {"toolId": tool, "motionId": motion, "scope": [_USE], "conditions": {"credentialTypes": credentials}}
        await self._graph.act("governance", "approveTool", terms, object="tool", event="tool-approved", who=STEWARD)
        self._approved[tool] = credentials

    async def _newcomer(self) -> None:
        """Somebody is hired, asks for a tool, learns what it needs and uses it."""
        employee = self._next("E")
        await self._hire(employee)
        if self._approved:
            tool = self._chance.choice(sorted(self._approved))
            await self._graph.act(
                "governance", "requestAccess", {"toolId": tool, **_USE}, object="accessRequest",
                event="access-requested", who=person(employee),
            )  # fmt: skip
            for code in self._approved.get(tool, ()):
                await self._learn(employee, code)
        self._employees.append(employee)

    async def _learn(self, employee: str, code: str) -> None:
        """By the learning system's statement or by a person's record."""
        course = f"{code}-course"
        if self._chance.random() < 0.5:
            statement = {
                "id": f"{self._chance.getrandbits(32):08x}-0000-4000-8000-{next(self._numbers):012d}",
                "actor": {"account": {"name": employee, "homePage": "https://lms.example"}},
                "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
                "object": {"id": f"https://lms.example/courses/{course}"},
                "result": {"success": True, "completion": True, "score": {"scaled": 0.9}},
                "timestamp": datetime.now(UTC).isoformat(),
            }
            await self._sources.tell("lms.statement-recorded.v1", statement, subject=employee)
        else:
            await self._graph.act(
                "training", "recordCompletion", {"employeeId": employee, "course": course}, object="completion",
                event="training-completed", who=LMS,
            )  # fmt: skip

    async def _usage(self) -> None:
        """Telemetry states a day, and sometimes states it again with other figures."""
        employee = self._chance.choice(self._employees)
        tool = self._chance.choice(sorted(self._approved) or [self._next("unheard-of")])
        day = (datetime.now(UTC) - timedelta(days=self._chance.randint(0, 20))).date().isoformat()
        for _ in range(self._chance.randint(1, 2)):
            stated = {"employee_id": employee, "tool": tool, "day": day, "actions": self._chance.randint(0, 99)}
            await self._sources.tell("usage.day-recorded.v1", stated, subject=employee)

    async def _leaver(self) -> None:
        """Somebody leaves."""
        leavers = [id for id in self._employees if id not in _PEOPLE]
        if leavers:
            employee = self._chance.choice(leavers)
            self._employees.remove(employee)
            day = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
            left = {"employee_id": employee, "last_day": day}
            await self._sources.tell("hris.employee-terminated.v1", left, subject=employee)

    async def _move(self) -> None:
        """Somebody changes the department."""
        employee = self._chance.choice([id for id in self._employees if id not in _PEOPLE] or ["M2"])
        place = self._chance.choice(("sales", "delivery", "operations"))
        moved = {
            "employee_id": employee, "effective_date": datetime.now(UTC).date().isoformat(),
            "department": {"id": place, "name": place.title()},
            "team": {"id": f"{place}-one", "name": f"{place.title()} One"},
        }  # fmt: skip
        await self._sources.tell("hris.employee-transferred.v1", moved, subject=employee)

    async def _hasty(self) -> None:
        """Somebody proposes a tool and does not wait for the answer."""
        await self._graph.try_once(
            "governance", "proposeTool", self._proposed(self._next("hasty")), object="tool", event="tool-proposed",
            who=STEWARD,
        )  # fmt: skip

    async def _process(self) -> None:
        """A process enters the inventory."""
        code = self._next("process")
        about = {"code": code, "name": code, "departmentId": "operations", "ownerId": "L1", "volumePerMonth": 10,
                 "minutesPerUnit": 5}  # fmt: skip
        await self._graph.act(
            "process", "registerProcess", about, object="process", event="process-registered", who=STEWARD
        )

    async def _suspension(self) -> None:
        """An approved tool is suspended with all its grants, and mostly comes back."""
        if len(self._approved) < 2:
            return
        tool = self._chance.choice(sorted(self._approved))
        credentials = self._approved.pop(tool)
        stop = {"toolId": tool, "reason": "it leaked a prompt"}
        await self._graph.act("governance", "suspendTool", stop, object="tool", event="tool-suspended", who=OFFICER)
        motion = await self._motion(tool, "REINSTATE_TOOL")
        terms = {"toolId": tool, "motionId": motion}
        await self._graph.act("governance", "reinstateTool", terms, object="tool", event="tool-reinstated", who=STEWARD)
        self._approved[tool] = credentials

    async def _proposal(self, code: str) -> str:
        return await self._graph.act(
            "governance", "proposeTool", self._proposed(code), object="tool", event="tool-proposed", who=STEWARD
        )

    @staticmethod
    def _proposed(code: str) -> dict[str, Any]:
        return {"code": code, "name": code, "vendor": "Vendor", "ownerId": "L1", "assessment": _SAFE}

    async def _motion(self, tool: str, decision: str) -> str:
        act = self._graph.act
        question = {"committeeId": self._committee, "decisionType": decision, "toolId": tool, "title": decision}
        motion = await act("governance", "openMotion", question, object="motion", event="motion-opened", who=STEWARD)
        for voter in _VOTERS:
            vote = {"motionId": motion, "choice": "YES"}
            await act("governance", "castVote", vote, object="motion", event="vote-cast", who=person(voter))
        await act(
            "governance", "closeMotion", {"motionId": motion}, object="motion", event="motion-closed", who=STEWARD
        )
        return motion

    async def _teach(self, code: str, tier: str) -> None:
        act = self._graph.act
        course = {"code": f"{code}-course", "title": code, "tier": tier}
        await act("training", "defineCourse", course, object="course", event="course-defined", who=OWNER)
        await act(
            "training",
            "publishCourse",
            {"code": f"{code}-course"},
            object="course",
            event="course-published",
            who=OWNER,
        )
        path = {"code": f"{code}-path", "name": code, "tier": tier, "steps": [{"course": f"{code}-course"}]}
        await act("training", "defineCurriculum", path, object="curriculum", event="curriculum-defined", who=OWNER)
        terms = {"code": code, "name": code, "tier": tier, "curriculum": f"{code}-path", "validityDays": 365}
        await act(
            "training",
            "defineCredentialType",
            terms,
            object="credentialType",
            event="credential-type-defined",
            who=OWNER,
        )

    async def _hire(self, employee: str, *, manager: str | None = "L1", is_people_manager: bool = False) -> None:
        hired = {
            "employee_id": employee, "effective_date": "2025-03-03", "name": f"Person {employee}",
            "email": f"{employee.lower()}@example.com", "department": {"id": "operations", "name": "Operations"},
            "team": None, "manager_id": manager, "job_function": "seller", "level": "3",
            "is_people_manager": is_people_manager,
        }  # fmt: skip
        await self._sources.tell("hris.employee-hired.v1", hired, subject=employee)

    def _next(self, kind: str) -> str:
        return f"{kind}-{self._name}-{next(self._numbers)}"


def everything(told: dict[str, Told]) -> list[Told]:
    """All events of the outside, in the order in which they happened."""
    return sorted(told.values(), key=lambda event: event.time)
