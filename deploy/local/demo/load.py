"""Load the demo organisation the way a real one's systems would: by events and mutations, never by SQL.

Every step can be repeated: events keep their ids and mutations their idempotency keys. So whatever process is killed while
this runs, and whatever a broker forgets, doing it again gives the same end.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any

import httpx

from deploy.local.demo import access, check, governance, processes, training, usage
from deploy.local.demo.clients import Clients, Unexpected, event, gather
from deploy.local.demo.organisation import DEPARTMENTS, Employee, callers, employees
from deploy.local.platform import Platform
from deploy.local.settings import HOST, SERVICES, Stop

_SETTLED_WITHIN = 120.0
_ROUNDS = 8
Say = Callable[[str], None]


@dataclass(slots=True)
class Story:
    """When the demo was loaded first, and whether it was loaded to the end; kept beside the data."""

    file: Path
    anchor: date
    loaded: bool = False

    @classmethod
    def of(cls, state: Path) -> Story:
        """Read what an earlier run left; the first run makes today the day to which all dates relate."""
        file = state / "demo.json"
        try:
            content = json.loads(file.read_text())
            return cls(file, date.fromisoformat(content["anchor"]), bool(content["loaded"]))
        except (OSError, ValueError, KeyError):
            story = cls(file, datetime.now(UTC).date())
            story.save()
            return story

    def save(self) -> None:
        """Write it, whole or not at all."""
        draft = self.file.with_suffix(".draft")
        draft.write_text(json.dumps({"anchor": self.anchor.isoformat(), "loaded": self.loaded}))
        draft.replace(self.file)


async def load(platform: Platform, say: Say) -> None:
    """Load what is not there yet, and return when every service has taken all of it."""
    story = Story.of(platform.settings.state)
    async with Clients(platform.graphql_url, platform.events_url, platform.token) as clients:
        if story.loaded and await _knows(clients, employees()[-1].id):
            say("the demo organisation is there")
            return
        for _ in range(_ROUNDS):
            if await _unless_broker_dies(platform, _once(platform, clients, story, say)):
                return
            say("the broker forgot what it had; telling everything again")
    raise Stop("The demo organisation could not be loaded: the broker was lost again and again.")


async def _once(platform: Platform, clients: Clients, story: Story, say: Say) -> None:
    try:
        await _tell(clients, story.anchor, say)
        await _settle(platform)
        await check.until_complete(clients, story.anchor)
    except* Unexpected as several:
        raise Stop(f"The demo organisation could not be loaded: {_first(several)}") from None
    story.loaded = True
    story.save()


async def _unless_broker_dies(platform: Platform, work: Coroutine[Any, Any, None]) -> bool:
    """Do the work to its end, or break it off when the broker was started again: what it had in memory is gone."""
    before = platform.starts.get("broker", 0)
    task = asyncio.create_task(work)
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=0.2)
            if platform.starts.get("broker", 0) != before:
                return False
        await task
        return True
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _tell(clients: Clients, anchor: date, say: Say) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(_people(clients, anchor, say))
        group.create_task(_learning(clients, anchor, say))
        decided = group.create_task(_decisions(clients, say))
    tool_ids = decided.result()
    async with asyncio.TaskGroup() as group:
        group.create_task(_use(clients, anchor, say))
        for work in processes.WORK:
            group.create_task(processes.register(clients, work, tool_ids[work.tool]))
        for employee in access.askers():
            group.create_task(access.ask(clients, employee, tool_ids))
    say(f"{len(processes.WORK)} processes with procedures, {len(access.askers())} people asked for their tools")


async def _people(clients: Clients, anchor: date, say: Say) -> None:
    """Those who decide come first, so that decisions need not wait until everybody else is known."""
    deciders = {caller.subject for caller in callers().values()} | set(governance.members())
    deciders |= {tool.owner_id for tool in governance.tools()}
    first = [employee for employee in employees() if employee.id in deciders]
    others = [employee for employee in employees() if employee.id not in deciders]
    count = await clients.publish("hris", _hires(first, anchor))
    while not await _knows(clients, first[-1].id):
        await asyncio.sleep(0.05)
    count += await clients.publish("hris", _hires(others, anchor))
    say(f"{count} people in {len(DEPARTMENTS)} departments (hris.events)")


def _hires(people: Iterable[Employee], anchor: date) -> Iterator[dict[str, Any]]:
    for employee in people:
        since = anchor - timedelta(days=employee.days_employed)
        at = datetime.combine(since, clock_time(8), UTC)
        yield event("hris.employee-hired.v1", employee.id, employee.hire(since.isoformat()), at)


async def _learning(clients: Clients, anchor: date, say: Say) -> None:
    """A statement about somebody unknown would be put aside and tried again later; so they wait for the people."""
    await training.define(clients)
    while await training.required(clients) < len(employees()):
        await asyncio.sleep(0.2)
    count = await clients.publish("lms", training.statements(anchor))
    say(f"{len(training.PATHS)} curricula, {count} courses passed (lms.events)")


async def _decisions(clients: Clients, say: Say) -> dict[str, str]:
    committee_id = await governance.establish(clients)
    all_tools = governance.tools()
    ids = await gather([governance.bring_in(clients, tool, committee_id) for tool in all_tools])
    say(f"sponsor, committee, policy and {len(all_tools)} tools")
    return dict(zip([tool.code for tool in all_tools], ids, strict=True))


async def _use(clients: Clients, anchor: date, say: Say) -> None:
    count = await clients.publish("telemetry", usage.events(anchor))
    say(f"{count} days of use in {usage.WEEKS} weeks (usage.events)")


async def _settle(platform: Platform) -> None:
    """Wait until no service has anything left to publish or to read."""
    deadline = time.monotonic() + _SETTLED_WITHIN
    quiet = 0
    async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
        while quiet < 2:
            try:
                left = [await _left(http, getattr(platform.settings.ports, name)) for name in SERVICES]
                quiet = quiet + 1 if not any(left) else 0
            except httpx.HTTPError:
                quiet = 0
            if time.monotonic() > deadline:
                raise Stop(f"The services did not finish reading within {_SETTLED_WITHIN:.0f} s.")
            await asyncio.sleep(0.15)


async def _left(http: httpx.AsyncClient, port: int) -> float:
    exposition = (await http.get(f"http://{HOST}:{port}/metrics")).raise_for_status().text
    names = ("consumer_lag_messages{", "outbox_unpublished_messages{")
    return sum(float(line.rpartition(" ")[2]) for line in exposition.splitlines() if line.startswith(names))


async def _knows(clients: Clients, employee_id: str) -> bool:
    """Whether the graph knows somebody. What people did with the demo since does not matter."""
    query = "query ($id: ID!) { employee(id: $id) { id } }"
    answer = await clients.ask("employee", query, id=employee_id)
    return answer["employee"] is not None


def _first(several: BaseExceptionGroup[Unexpected]) -> BaseException:
    error: BaseException = several
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
