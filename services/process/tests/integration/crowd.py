"""As much of everything as a test asks for, made by commands and events alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from chassis.caller import Caller
from chassis.clock import FixedClock
from chassis.testing import Asks, Delivers, a_caller, a_hire

from .conftest import STEWARD, _steps, a_process


@dataclass
class Crowd:
    """Departments of a process each, whose procedure has two versions and whose pilot two gaps."""

    graph: Asks
    deliver: Delivers
    clock: FixedClock
    keys: dict[str, list[str]] = field(default_factory=dict)

    async def do(self, by: Caller, name: str, answer: str = "", /, **input: Any) -> Any:
        """One mutation that is not refused."""
        kind = {"abortPilot": "PilotReason"}.get(name, f"{name[0].upper()}{name[1:]}")
        done = await self.graph(
            f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ {answer} errors {{ message }} }} }}",
            {"input": input},
            caller=by,
        )
        assert done["errors"] is None, done["errors"]
        assert done["data"][name]["errors"] == [], name
        return done["data"][name]

    async def grow(self, numbers: range) -> None:
        """Add everything once for each number."""
        if 1 in numbers:
            await self.deliver("hris.employee-hired.v1", a_hire("E0003", "governance"))
        for n in numbers:
            await self._add(n)

    async def _add(self, n: int) -> None:
        owner, leader, author = (f"{who}{n}" for who in ("O", "L", "A"))
        department = f"d{n}"
        for person in (owner, leader, author):
            await self.deliver("hris.employee-hired.v1", a_hire(person, department))
        leads, owns = a_caller(leader, "department_leader"), a_caller(owner, "process_owner")
        tools = [str(UUID(int=n * 2 + k)) for k in (0, 1)]
        for tool in tools:
            await self._tool("approved", tool, 1)
        process = (
            await self.do(
                leads, "registerProcess", "process { id }",
                **a_process(f"process-{n}", departmentId=department, ownerId=owner),
            )
        )["process"]["id"]  # fmt: skip
        judged = {"value": 0.8, "evidence": "seen in the audit"}
        await self.do(
            owns, "assessProcess", processId=process, dataReadiness=judged, verifiability=judged,
            controllableRisk=judged,
            prohibited=n % 2 == 0,
        )  # fmt: skip
        await self.do(leads, "prioritiseProcess", processId=process, priority=1)
        sop = await self._procedure(process, n, tools, author, owns)
        pilot = await self._pilot(process, tools, (owner, author, leader), owns)
        await self._task(n, owner)
        await self._tool("suspended", tools[1], 2)
        # Of a kind that cannot be handled: it stands among the dead letters.
        await self.deliver("governance.tool-suspended.v1", {"tool_id": f"no id {n}"}, parks=True)
        made = {
            "Department": department, "Employee": owner, "Process": process, "Sop": sop, "Pilot": pilot,
            "Tool": tools[0], "BlastRadius": tools[0],
        }  # fmt: skip
        for name, key in made.items():
            self.keys.setdefault(name, []).append(key)

    async def _tool(self, what: str, tool: str, sequence: int) -> None:
        said = {"tool_id": tool, "code": f"tool-{tool[-2:]}", "name": "A tool", "reason": "risk", "scope": []}
        await self.deliver(f"governance.tool-{what}.v1", said, subject=tool, sequence=sequence)

    async def _procedure(self, process: str, n: int, tools: list[str], author: str, owns: Caller) -> str:
        """One version is effective, and the next one, which lacks its controls, is drafted."""
        writes, content = a_caller(author), _steps(*tools)
        content["qualityGates"][0] |= {"method": "CHECKLIST", "checklist": ["greeting"], "samplingRate": 1}
        drafted = await self.do(
            writes, "draftSopVersion", "sop { id }", processId=process, code=f"sop-{n}", title="Answer", **content
        )
        sop = str(drafted["sop"]["id"])
        one = {"sopId": sop, "version": 1}
        for name, by in [
            ("submitSopVersion", writes), ("approveSopVersion", owns), ("approveSopVersion", STEWARD),
            ("makeSopVersionEffective", owns),
        ]:  # fmt: skip
            await self.do(by, name, **one)
        await self.do(writes, "draftSopVersion", sopId=sop, steps=content["steps"])
        return sop

    async def _pilot(self, process: str, tools: list[str], people: tuple[str, ...], owns: Caller) -> str:
        owner, author, leader = people
        planned = await self.do(
            owns, "planPilot", "pilot { id }", processId=process, name="Drafted answers", hypothesis="It is faster.",
            kpis=[{"metric": "CYCLE_TIME", "direction": "DOWN", "minEffect": 0.2}],
            guardrails=[{"rate": "REWORK_RATE", "limit": 0.1}], cohort=[owner, author], comparisonCohort=[leader],
            credentialTypes=["universal-fluency"], toolIds=tools, escalationContactId=leader,
            startsAt=self.clock.now.isoformat(), endsAt=(self.clock.now + timedelta(days=28)).isoformat(),
        )  # fmt: skip
        pilot = str(planned["pilot"]["id"])
        gap = {"pilotId": pilot, "severity": "LOW", "description": "Nobody decides on letters."}
        logged = await self.do(owns, "logGap", "gap { id }", pillar="GOVERNANCE", **gap)
        await self.do(owns, "logGap", pillar="TRAINING", **gap)
        await self.do(
            STEWARD, "resolveGap", gapId=logged["gap"]["id"], kind="DECISION", ref="letters", note="So be it."
        )
        return pilot

    async def _task(self, n: int, owner: str) -> None:
        id = str(UUID(int=1000 + n))
        said = {
            "action_id": id, "incident_id": str(UUID(int=2000)), "pillar": "process", "description": "Mask the names",
            "owner_id": owner, "department_id": None, "due_on": self.clock.now.date(),
        }  # fmt: skip
        await self.deliver("governance.corrective-action-assigned.v1", said, subject=id, sequence=1)
        await self.do(a_caller(owner), "completeProcessTask", taskId=id, outcome="done")
