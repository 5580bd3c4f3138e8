"""As much of everything as a test asks for, made by commands and events alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from chassis.testing import Asks, Delivers, a_caller, a_hire

from .conftest import LMS, STEWARD


@dataclass
class Crowd:
    """Departments that require a credential of their own, with one person who holds it and one who does not."""

    mutate: Asks
    deliver: Delivers
    today: date
    keys: dict[str, list[str]] = field(default_factory=dict)

    async def do(self, name: str, answer: str = "", caller: Any = STEWARD, /, **input: Any) -> Any:
        """One mutation that is not refused."""
        payload = await self.mutate(name, input, answer, caller)
        assert payload["errors"] == [], (name, payload["errors"])
        return payload

    async def grow(self, numbers: range) -> None:
        """Add everything once for each number."""
        for n in numbers:
            await self._add(n)

    async def _add(self, n: int) -> None:
        department, holder, learner = f"d{n}", f"H{n}", f"L{n}"
        course, curriculum, credential = f"C-{n}", f"curriculum-{n}", f"credential-{n}"
        tool, pilot = str(UUID(int=n)), str(UUID(int=100 + n))
        for person in (holder, learner):
            await self.deliver("hris.employee-hired.v1", a_hire(person, department))
        defined = await self.do("defineCourse", "course { id }", code=course, title="A course", tier="ROLE")
        await self.do("publishCourse", code=course)
        await self.do("defineCurriculum", code=curriculum, name="Work", tier="ROLE", steps=[{"course": course}])
        await self.do("defineCredentialType", code=credential, name="Work", tier="ROLE", curriculum=curriculum)
        leader = a_caller(f"E{n}", "department_leader", department_id=department)
        await self.do("declareRequirement", "", leader, credentialType=credential)
        await self.do("recordCompletion", "", LMS, employeeId=holder, course=course, score=0.9)
        await self._tool(n, tool, credential, learner)
        await self.deliver(
            "process.pilot-planned.v1",
            {"pilot_id": pilot, "name": "Drafted answers", "employee_ids": [holder, learner],
             "credential_types": [credential], "starts_at": "2026-03-20T09:00:00Z"},
        )  # fmt: skip
        await self._task(n, holder)
        # Of a kind that cannot be handled: it stands among the dead letters.
        await self.deliver("governance.tool-suspended.v1", {"tool_id": f"no id {n}"}, parks=True)
        made = {
            "Department": department, "Employee": holder, "Course": defined["course"]["id"], "CredentialType": credential,
            "Tool": tool, "BlastRadius": tool, "Pilot": pilot,
        }  # fmt: skip
        for name, key in made.items():
            self.keys.setdefault(name, []).append(key)

    async def _tool(self, n: int, tool: str, credential: str, learner: str) -> None:
        """A tool that demands the credential, and somebody who asks for it without."""
        await self.deliver(
            "governance.tool-approved.v1",
            {"tool_id": tool, "code": f"tool-{n}", "name": "A tool", "version": "1", "scope": [],
             "conditions": {"credential_types": [credential], "policy_ids": [], "approval": "manager"}},
            subject=tool, sequence=1,
        )  # fmt: skip
        await self.deliver(
            "governance.access-requested.v1",
            {"request_id": str(UUID(int=200 + n)), "employee_id": learner, "tool_id": tool, "data_class": "CLIENT",
             "context": "CLIENT_WORK", "missing_prerequisites": [{"kind": "credential", "id": credential}],
             "expires_at": "2026-03-12T09:00:00Z"},
        )  # fmt: skip

    async def _task(self, n: int, owner: str) -> None:
        id = str(UUID(int=1000 + n))
        said = {
            "action_id": id, "incident_id": str(UUID(int=2000)), "pillar": "training", "description": "Teach it again",
            "owner_id": owner, "department_id": None, "due_on": self.today,
        }  # fmt: skip
        await self.deliver("governance.corrective-action-assigned.v1", said, subject=id, sequence=1)
        await self.do("completeTrainingTask", "", a_caller(owner), taskId=id, outcome="done")
