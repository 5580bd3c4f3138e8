"""Read models against the fold of the events they are made of."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson
from asyncpg import Record

from chassis.database import Database
from tests.chaos.ledger import Ledger

Events = dict[str, list[Record]]
_SHOWN = 5
_DIRECTORY = {
    "hr_facts": "event_source, event_id, employee_id, kind, effective_on, sequence, time, data::text",
    "employees": "id, name, email",
    "employments": "employee_id, from_date, to_date, ends_at",
    "memberships": "employee_id, from_date, to_date, department_id, team_id, manager_id, job_function, level, is_people_manager",
    "leaves": "employee_id, from_date, to_date",
    "departments": "id, name",
    "teams": "id, department_id",
}
_SEATS = {"access-granted": "granted", "access-suspended": "suspended", "access-restored": "restored",
          "access-revoked": "revoked"}  # fmt: skip


def data_of(row: Record) -> dict[str, Any]:
    """The data of a row of `events`."""
    found: dict[str, Any] = orjson.loads(row["data"])
    return found


async def check(databases: dict[str, Database], events: Events, ledger: Ledger) -> list[str]:
    """Every read model that other services' events make; returns the differences in words."""
    told = list(_tools(events, ledger))
    wrong: list[str] = []
    wrong += await _directories(databases)
    wrong += await _facts(databases["governance"], ledger)
    wrong += await _seats(databases["metrics"], events)
    wrong += await _annotations(databases["metrics"], told)
    wrong += await _metrics_tools(databases["metrics"], told)
    wrong += await _usage(databases["metrics"], ledger)
    wrong += await _training_tools(databases["training"], told)
    wrong += await _needs(databases["training"], events)
    wrong += await _process_tools(databases["process"], told)
    wrong += await _credentials(databases["governance"], events)
    return wrong


async def _read(database: Database, query: str) -> set[tuple[Any, ...]]:
    async with database.read() as connection:
        return {tuple(row) for row in await connection.fetch(query)}


def _differs(what: str, expected: set[Any], found: set[Any]) -> list[str]:
    if expected == found:
        return []
    missing, more = sorted(expected - found, key=str), sorted(found - expected, key=str)
    return [f"{what}: {len(missing)} missing {missing[:_SHOWN]}; {len(more)} too many {more[:_SHOWN]}"]


async def _directories(databases: dict[str, Database]) -> list[str]:
    """The people are the same in all four services."""
    wrong: list[str] = []
    for table, columns in _DIRECTORY.items():
        query = f"SELECT {columns} FROM {table}"
        ours = await _read(databases["governance"], query)
        for name in ("training", "process", "metrics"):
            wrong += _differs(
                f"{table} of {name}, compared with governance's", ours, await _read(databases[name], query)
            )
    return wrong


async def _facts(database: Database, ledger: Ledger) -> list[str]:
    """Every word of the HRIS is kept once."""
    told = {(event.source, event.id) for event in ledger.told.values() if event.type.startswith("hris.")}
    return _differs("facts of the HRIS", told, await _read(database, "SELECT event_source, event_id FROM hr_facts"))


def _of(events: Events, owner: str, *kinds: str) -> Iterator[tuple[str, Record, dict[str, Any]]]:
    wanted = {f"{owner}.{kind}.v1": kind for kind in kinds}
    for row in events[owner]:
        if row["type"] in wanted:
            yield wanted[row["type"]], row, data_of(row)


def _tools(events: Events, ledger: Ledger) -> Iterator[tuple[str, str, int, datetime, dict[str, Any]]]:
    """What was said of tools, by governance and by the rumours: kind, tool, version, time, data."""
    kinds = ("tool-proposed", "tool-approved", "tool-suspended", "tool-reinstated")
    for kind, row, data in _of(events, "governance", *kinds):
        yield kind, data["tool_id"], row["sequence"], row["time"], data
    for event in sorted(ledger.rumours.values(), key=lambda one: (one.subject, one.sequence)):
        yield event.type.split(".")[1], event.subject, event.sequence, event.time, event.data


async def _seats(database: Database, events: Events) -> list[str]:
    expected = {
        (data["grant_id"], row["sequence"], _SEATS[kind]) for kind, row, data in _of(events, "governance", *_SEATS)
    }
    found = await _read(database, "SELECT grant_id::text, sequence, happening FROM seat_changes")
    return _differs("seats of metrics", expected, found)


async def _annotations(database: Database, told: list[tuple[str, str, int, datetime, dict[str, Any]]]) -> list[str]:
    """Notes have no key of their own: an event that took effect twice shows here."""
    names = {"tool-approved": "approved", "tool-suspended": "suspended", "tool-reinstated": "reinstated"}
    expected = Counter((tool, names[kind]) for kind, tool, *_ in told if kind in names)
    found = await _read(database, "SELECT tool_id::text, kind, count(*) FROM annotations GROUP BY tool_id, kind")
    return _differs("annotations of metrics", {(*key, n) for key, n in expected.items()}, found)


async def _metrics_tools(database: Database, told: list[tuple[str, str, int, datetime, dict[str, Any]]]) -> list[str]:
    known: dict[str, tuple[str, bool]] = {}
    for kind, tool, _, _, data in told:
        if kind in {"tool-proposed", "tool-approved"}:
            known[tool] = (data["code"], known.get(tool, ("", False))[1] or kind == "tool-approved")
    expected = {(tool, *rest) for tool, rest in known.items()}
    return _differs("tools of metrics", expected, await _read(database, "SELECT id::text, code, approved FROM tools"))


async def _usage(database: Database, ledger: Ledger) -> list[str]:
    """Of each day the last statement stands."""
    last: dict[tuple[str, str, str], tuple[datetime, int]] = {}
    for event in ledger.told.values():
        if event.type.startswith("usage."):
            key = (event.data["day"], event.data["tool"], event.data["employee_id"])
            last[key] = max(last.get(key, (event.time, 0)), (event.time, event.data["actions"]))
    expected = {(*key, actions) for key, (_, actions) in last.items()}
    found = await _read(database, "SELECT day::text, tool, employee_id, actions FROM usage_days")
    return _differs("usage of metrics", expected, found)


async def _training_tools(database: Database, told: list[tuple[str, str, int, datetime, dict[str, Any]]]) -> list[str]:
    conditions: dict[str, tuple[str, ...]] = {}
    suspended: dict[str, bool] = {}
    for kind, tool, *_, data in told:
        if kind == "tool-approved":
            conditions[tool] = tuple(sorted(data["conditions"]["credential_types"]))
        if kind != "tool-proposed":
            suspended[tool] = kind == "tool-suspended"
    expected = {(tool, ",".join(conditions.get(tool, ())), stopped) for tool, stopped in suspended.items()}
    found = await _read(
        database, "SELECT id::text, array_to_string(credential_types, ','), suspended_at IS NOT NULL FROM tools"
    )
    wrong = _differs("tools of training", expected, found)
    required = {(tool, code) for tool, codes in conditions.items() for code in codes}
    active = await _read(
        database,
        "SELECT tool_id::text, credential_type FROM requirements"
        " WHERE origin_kind = 'tool_condition' AND withdrawn_at IS NULL",
    )
    return wrong + _differs("requirements that tools make", required, active)


async def _needs(database: Database, events: Events) -> list[str]:
    """Requests, what they became, and whether they still need anything."""
    grants = {data["request_id"]: data["grant_id"] for _, _, data in _of(events, "governance", "access-granted")}
    revoked = {data["grant_id"] for _, _, data in _of(events, "governance", "access-revoked")}
    closed = {data["request_id"] for _, _, data in _of(events, "governance", "access-request-closed")}
    expected = {
        (data["request_id"], grants.get(data["request_id"]),
         data["request_id"] in closed or grants.get(data["request_id"]) in revoked)
        for _, _, data in _of(events, "governance", "access-requested")
    }  # fmt: skip
    found = await _read(database, "SELECT request_id::text, grant_id::text, closed_at IS NOT NULL FROM tool_needs")
    return _differs("needs of training", expected, found)


async def _process_tools(database: Database, told: list[tuple[str, str, int, datetime, dict[str, Any]]]) -> list[str]:
    at: dict[str, dict[str, int]] = defaultdict(lambda: {"approved": 0, "suspended": 0, "reinstated": 0})
    for kind, tool, version, *_ in told:
        happened = kind.removeprefix("tool-")
        if happened in {"approved", "suspended", "reinstated"}:
            at[tool][happened] = max(at[tool][happened], version)
    expected = {(tool, *versions.values()) for tool, versions in at.items()}
    query = "SELECT id::text, approved_at, suspended_at, reinstated_at FROM tools"
    return _differs("tools of process", expected, await _read(database, query))


async def _credentials(database: Database, events: Events) -> list[str]:
    awarded = {
        (data["period_id"], data["employee_id"], data["credential_type"])
        for _, _, data in _of(events, "training", "credential-awarded")
    }
    query = "SELECT period_id, employee_id, credential_type FROM credential_periods"
    return _differs("credentials known to governance", awarded, await _read(database, query))
