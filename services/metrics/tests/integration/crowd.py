"""As much of everything as a test asks for, told by events alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from chassis.database import Database
from chassis.testing import Asks, a_caller

from .conftest import World, ago


@dataclass
class Crowd:
    """Departments with a team, a tool of their own, a name of a tool that nobody knows, a pilot and a review each."""

    world: World
    graph: Asks
    database: Database
    keys: dict[str, list[str]] = field(default_factory=dict)

    async def grow(self, numbers: range) -> None:
        """Add everything once for each number. The departments with an even number are too small to be shown."""
        for n in numbers:
            await self._add(n)

    async def _add(self, n: int) -> None:
        world, tool, pilot = self.world, UUID(int=n), UUID(int=100 + n)
        department, team = f"d{n}", f"d{n}-one"
        people = await world.hire(department, 5 if n % 2 else 2, team=team)
        for what in ("proposed", "approved"):
            await world.tool_event(what, tool=tool, code=f"tool-{n}")
        await world.grant(people, tool=tool)
        await world.use(people, ago(1), ago(2), tool=tool)
        await world.use(people[0], ago(1), tool=f"unknown-{n}")
        await self._pilot(n, pilot, people[0])
        await world.deliver(
            "governance.cadence-due.v1", {"occurrence_id": str(uuid4()), "as_of": ago(1), "sponsor_id": people[0]}
        )
        # Of a kind that cannot be handled: it stands among the dead letters.
        await world.deliver("governance.tool-suspended.v1", {"tool_id": f"no id {n}"}, parks=True)
        async with self.database.read() as connection:
            snapshot = await connection.fetchval("SELECT id FROM snapshots ORDER BY id DESC LIMIT 1")
        made = {
            "Department": department, "Team": team, "Employee": people[0], "Tool": str(tool), "Pilot": str(pilot),
            "MetricsSnapshot": str(snapshot),
        }  # fmt: skip
        for name, key in made.items():
            self.keys.setdefault(name, []).append(key)

    async def _pilot(self, n: int, pilot: UUID, person: str) -> None:
        """A pilot with two baselines; of every eighth one is frozen, and compared with the little that was done since."""
        deliver, now, subject = self.world.deliver, self.world.clock.now, str(pilot)
        kpis = [{"metric": metric, "direction": "down", "min_effect": 0.2} for metric in ("cycle_time", "touch_time")]
        planned = {
            "pilot_id": pilot, "process_id": uuid4(), "process_code": f"process-{n}", "employee_ids": [person], "kpis": kpis,
        }  # fmt: skip
        await deliver("process.pilot-planned.v1", planned, subject=subject, sequence=1, time=now)
        if n % 8 != 1:
            return
        for k in range(31):
            done = now - timedelta(days=2, minutes=k)
            item = {
                "number": f"W{n}-{k}", "process": f"process-{n}", "opened_at": done - timedelta(hours=1),
                "started_at": done - timedelta(hours=1), "completed_at": done, "touched_minutes": 5, "path": "manual",
                "employee_id": person,
            }  # fmt: skip
            await deliver("itsm.work-item-completed.v1", item, subject=item["number"])
        frozen = await self.graph(
            "mutation($input: FreezeBaselineInput!) { freezeBaseline(input: $input) { errors { message } } }",
            {"input": {"pilotId": subject, "metric": "CYCLE_TIME"}},
            caller=a_caller("E9001", "metrics_owner"),
        )
        assert frozen["data"]["freezeBaseline"]["errors"] == []
        closed = {"pilot_id": pilot, "started_at": now - timedelta(days=1), "closed_at": now}
        await deliver("process.pilot-window-closed.v1", closed, subject=subject, sequence=2)
