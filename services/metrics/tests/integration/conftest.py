"""An organisation told by events, as the other services and the sources tell it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.clock import FixedClock
from chassis.testing import Delivers, a_hire

TODAY = date(2026, 3, 2)


@dataclass
class World:
    """Tells the service what happened."""

    deliver: Delivers
    clock: FixedClock
    tool: UUID = field(default_factory=uuid4)
    grants: dict[str, UUID] = field(default_factory=dict)
    steps: dict[UUID, int] = field(default_factory=dict)

    async def hire(self, department: str, size: int, *, team: str | None = None, first: int = 0) -> list[str]:
        """People in a department since long ago."""
        people = [f"{team or department}-{n}" for n in range(first, first + size)]
        for person in people:
            place = {"team": {"id": team, "name": team}} if team else {"team": None}
            await self.deliver("hris.employee-hired.v1", a_hire(person, department, **place))
        return people

    async def transfer(self, person: str, department: str, on: date) -> None:
        """A person goes to another department."""
        await self.deliver(
            "hris.employee-transferred.v1",
            {"employee_id": person, "effective_date": on, "department": {"id": department, "name": department}},
        )

    async def terminate(self, person: str, last_day: date) -> None:
        """A person leaves."""
        await self.deliver("hris.employee-terminated.v1", {"employee_id": person, "last_day": last_day})

    async def use(
        self, people: str | Iterable[str], *days: date, actions: int = 3, tool: object = None, **more: Any
    ) -> None:
        """A source states the use of people on days."""
        time = more.pop("time", None)
        parks = more.pop("parks", False)
        for person in [people] if isinstance(people, str) else people:
            for day in days:
                said = {"employee_id": person, "tool": str(tool or self.tool), "day": day, "actions": actions, **more}
                await self.deliver("usage.day-recorded.v1", said, subject=str(uuid4()), time=time, parks=parks)

    async def tool_event(self, name: str, *, tool: UUID | None = None, code: str = "copilot") -> None:
        """Governance does something to a tool."""
        tool = tool or self.tool
        await self._governance(f"tool-{name}", {"tool_id": tool, "code": code, "name": code.title()}, tool)

    async def grant(
        self, people: Iterable[str], on: date = date(2025, 6, 2), *, tool: UUID | None = None, until: date | None = None
    ) -> None:
        """Governance grants the tool to people."""
        for person in people:
            grant = self.grants[person] = uuid4()
            said = {
                "grant_id": grant,
                "request_id": uuid4(),
                "employee_id": person,
                "tool_id": tool or self.tool,
                "valid_from": datetime.combine(on, time(9), UTC),
                "valid_until": until and datetime.combine(until, time(9), UTC),
            }
            await self._governance("access-granted", said, grant)

    async def change_grant(self, name: str, person: str, reason: str = "tool_suspended") -> None:
        """Governance suspends, restores or revokes a grant now."""
        grant = self.grants[person]
        said = {"grant_id": grant, "employee_id": person, "tool_id": self.tool, "reason": reason}
        await self._governance(f"access-{name}", said, grant)

    async def extend(self, person: str, until: date) -> None:
        """Governance lets a grant end later."""
        grant = self.grants[person]
        said = {"grant_id": grant, "valid_until": datetime.combine(until, time(9), UTC)}
        await self._governance("access-extended", said, grant)

    async def _governance(self, name: str, said: dict[str, Any], subject: UUID) -> None:
        step = self.steps[subject] = self.steps.get(subject, 0) + 1
        await self.deliver(f"governance.{name}.v1", said, subject=str(subject), sequence=step)


@pytest.fixture
def world(deliver: Delivers, clock: FixedClock) -> World:
    """An organisation with nobody in it yet."""
    return World(deliver, clock)


def ago(days: int) -> date:
    """The day so many days before the clock's."""
    return TODAY - timedelta(days=days)
