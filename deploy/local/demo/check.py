"""The end state, asked of the graph: everybody known, every decision made, every procedure effective, all use counted."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from deploy.local.demo import access, governance, processes, training, usage
from deploy.local.demo.clients import Clients, Unexpected
from deploy.local.demo.organisation import DEPARTMENTS, department, employees

_PATIENCE = 60.0
_SMALL_GROUP = 5
QUERY = """query ($today: Date!, $from: Date!, $to: Date!) {
  departments { id employees(first: 100) { nodes { id } } }
  tools(first: 10) { nodes { code status } }
  sops(first: 10, state: EFFECTIVE) { nodes { code } }
  universal: trainingCoverage(credentialType: "universal-fluency") { total { required holding } }
  leadership: trainingCoverage(credentialType: "ai-leadership") { total { holding } }
  adoption(asOf: $today) { employees licensed { value } }
  adoptionSeries(from: $from, to: $to) { points { day dailyActiveUsers { value } } }
}"""


async def until_complete(clients: Clients, anchor: date) -> None:
    """Wait for the end state; what is still missing after a while is named."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _PATIENCE
    expected = active_by_day(anchor)
    while True:
        answer = await clients.ask(
            "executive-sponsor",
            QUERY,
            **{
                "today": datetime.now(UTC).date().isoformat(),
                "from": min(expected),
                "to": (anchor - timedelta(days=1)).isoformat(),
            },
        )
        missing = [f"{what} {found} instead of {wanted}" for what, found, wanted in differences(answer, expected)]
        if not missing:
            return
        if loop.time() > deadline:
            raise Unexpected(f"not everything arrived: {'; '.join(missing)}")
        await asyncio.sleep(0.2)


def active_by_day(anchor: date) -> dict[str, int]:
    """How many people used AI on each day."""
    people: dict[str, set[str]] = defaultdict(set)
    for each in usage.events(anchor):
        people[each["data"]["day"]].add(each["data"]["employee_id"])
    return {day: len(ids) for day, ids in people.items()}


def differences(answer: dict[str, Any], active: dict[str, int]) -> Iterator[tuple[str, object, object]]:
    """What the graph says and should say, where the two differ."""
    for what, found, wanted in _pairs(answer, active):
        if found != wanted:
            yield what, found, wanted


def _pairs(answer: dict[str, Any], active: dict[str, int]) -> Iterator[tuple[str, object, object]]:
    everybody = len(employees())
    found = {each["id"]: len(each["employees"]["nodes"]) for each in answer["departments"]}
    for each in DEPARTMENTS:
        yield f"people of {each.name}", found.get(each.id, 0), len(department(each.id))
    status = {tool["code"]: tool["status"] for tool in answer["tools"]["nodes"]}
    for tool in governance.tools():
        yield tool.code, status.get(tool.code), "APPROVED" if tool.scope else "UNDER_REVIEW"
    effective = sum(sop["code"] in {f"sop-{work.code}" for work in processes.WORK} for sop in answer["sops"]["nodes"])
    yield "effective procedures", effective, len(processes.WORK)
    universal, _, leadership = training.PATHS
    yield "people to be trained", answer["universal"]["total"]["required"], everybody
    yield "people trained", answer["universal"]["total"]["holding"], _holders(universal)
    yield "leaders trained", answer["leadership"]["total"]["holding"], _holders(leadership)
    yield "employees measured", answer["adoption"]["employees"], everybody
    yield "people with access", answer["adoption"]["licensed"]["value"], access.seats()
    points = {point["day"]: point["dailyActiveUsers"]["value"] for point in answer["adoptionSeries"]["points"]}
    for day, count in active.items():
        if count >= _SMALL_GROUP:
            yield f"users on {day}", points.get(day), count


def _holders(path: training.Path) -> int:
    return sum(training.holds(employee, path) for employee in employees())
