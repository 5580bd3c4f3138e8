"""The table of pilots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from chassis.pages import PageOf, pages_of
from process.gates import repository as gates
from process.gates.domain import GateItem, look
from process.gates.repository import Asking
from process.pilots.domain import Outcome, Pilot, PilotOpen, State
from process.plans.domain import Plan

_COLUMNS = """
    id, process_id, department_id, plan, state, planned_by, planned_at, started_at, pause_reason, paused_by, closed_at,
    evidence_pack_id, verdict, outcome, end_reason, ended_by, ended_at, version
"""
_BEFORE_MEASURING = "state IN ('planned', 'gated', 'running', 'paused')"


def _pilot(row: asyncpg.Record | dict[str, Any]) -> Pilot:
    outcome = row["outcome"]
    return Pilot(
        **{
            **dict(row),
            "plan": msgspec.convert(row["plan"], Plan),
            "state": State(row["state"]),
            "outcome": Outcome(outcome) if outcome else None,
        }
    )


async def get(connection: Connection, pilot_id: UUID) -> Pilot | None:
    """The pilot, or None."""
    return (await by_id(connection, [pilot_id])).get(pilot_id)


async def get_for_update(tx: Transaction, pilot_id: UUID) -> Pilot:
    """The pilot, locked. Raises NotFound."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM pilots WHERE id = $1 FOR UPDATE", pilot_id)
    if row is None:
        raise NotFound(what="pilot", id=str(pilot_id))
    return _pilot(row)


async def known_for_update(tx: Transaction, pilot_id: UUID) -> list[Pilot]:
    """The pilot before its measurement, locked; empty when it is not known or past that."""
    return await _locked(tx, f"id = $1 AND {_BEFORE_MEASURING}", pilot_id)


async def using_for_update(tx: Transaction, tool_id: UUID) -> list[Pilot]:
    """The pilots before their measurement that need the tool, locked in order of id."""
    return await _locked(tx, f"tool_ids @> ARRAY[$1::uuid] AND {_BEFORE_MEASURING}", tool_id)


async def of_processes_for_update(tx: Transaction, process_ids: Sequence[UUID]) -> list[Pilot]:
    """The pilots before their measurement of these processes, locked in order of id."""
    return await _locked(tx, f"process_id = ANY($1) AND {_BEFORE_MEASURING}", process_ids)


async def calling_for_update(tx: Transaction, contact_id: str) -> list[Pilot]:
    """The pilots before their measurement whose escalation contact this is, locked in order of id."""
    return await _locked(tx, f"contact_id = $1 AND {_BEFORE_MEASURING}", contact_id)


async def _locked(tx: Transaction, condition: str, *arguments: Any) -> list[Pilot]:
    rows = await tx.fetch(f"SELECT {_COLUMNS} FROM pilots WHERE {condition} ORDER BY id FOR UPDATE", *arguments)
    return [_pilot(row) for row in rows]


async def running(tx: Transaction) -> int:
    """How many pilots run or are paused. Until this transaction ends no other one starts."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtext('pilots.running'))")
    return int(await tx.fetchval("SELECT count(*) FROM pilots WHERE state IN ('running', 'paused')"))


async def gates_of(connection: Connection, pilots: Sequence[Pilot]) -> dict[UUID, tuple[GateItem, ...]]:
    """The go-live gate of each pilot as it stands now."""
    if not pilots:
        return {}
    asking = [Asking(one.id, one.process_id, one.plan.tool_ids, one.plan.contact_id) for one in pilots]
    facts = await gates.facts(connection, asking)
    kinds = await gates.data_classes(connection, [one.process_id for one in pilots])
    return {one.id: look(one.needs(kinds[one.process_id]), facts[one.id]) for one in pilots}


async def save(tx: Transaction, changes: Sequence[Change[Pilot]]) -> None:
    """Write pilots and their events; of several changes of one pilot the last stands. Raises PilotOpen."""
    last = {change.after.id: change.after for change in changes}
    try:
        async with tx.savepoint():
            await tx.executemany(_SAVE, [_row(pilot, tx) for pilot in last.values()])
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name == "pilots_one_open":
            pilot = next(iter(last.values()))
            name = await tx.fetchval("SELECT name FROM processes WHERE id = $1", pilot.process_id)
            raise PilotOpen(process=name) from None
        raise
    await outbox.record_many(tx, changes)


_SAVE = f"""
    INSERT INTO pilots ({_COLUMNS}, name, employee_ids, tool_ids, contact_id, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
    ON CONFLICT (id) DO UPDATE SET plan = excluded.plan, contact_id = excluded.contact_id, state = excluded.state,
        started_at = excluded.started_at, pause_reason = excluded.pause_reason, paused_by = excluded.paused_by,
        closed_at = excluded.closed_at, evidence_pack_id = excluded.evidence_pack_id, verdict = excluded.verdict,
        outcome = excluded.outcome, end_reason = excluded.end_reason, ended_by = excluded.ended_by,
        ended_at = excluded.ended_at, version = excluded.version, updated_at = excluded.updated_at
"""


def _row(pilot: Pilot, tx: Transaction) -> tuple[Any, ...]:
    plan = pilot.plan
    return (
        pilot.id, pilot.process_id, pilot.department_id, msgspec.to_builtins(plan), pilot.state, pilot.planned_by,
        pilot.planned_at, pilot.started_at, pilot.pause_reason, pilot.paused_by, pilot.closed_at,
        pilot.evidence_pack_id, pilot.verdict, pilot.outcome, pilot.end_reason, pilot.ended_by, pilot.ended_at,
        pilot.version, plan.name, plan.employee_ids, plan.tool_ids, plan.contact_id, tx.now,
    )  # fmt: skip


async def by_id(connection: Connection, ids: list[UUID]) -> dict[UUID, Pilot]:
    """Pilots by id."""
    rows = await connection.fetch(f"SELECT {_COLUMNS} FROM pilots WHERE id = ANY($1)", ids)
    return {row["id"]: _pilot(row) for row in rows}


async def gates_by_id(connection: Connection, ids: list[UUID]) -> dict[UUID, tuple[GateItem, ...]]:
    """The go-live gates by pilot."""
    return await gates_of(connection, list((await by_id(connection, ids)).values()))


async def listing(
    connection: Connection,
    *,
    department_id: str | None,
    process_id: UUID | None,
    state: State | None,
    after: UUID | None,
    limit: int,
) -> list[Pilot]:
    """A page of pilots, the latest planned first."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM pilots
        WHERE ($1::text IS NULL OR department_id = $1) AND ($2::uuid IS NULL OR process_id = $2)
            AND ($3::text IS NULL OR state = $3) AND ($4::uuid IS NULL OR id < $4)
        ORDER BY id DESC LIMIT $5
        """,
        department_id, process_id, state, after, limit,
    )  # fmt: skip
    return [_pilot(row) for row in rows]


async def of_processes(
    connection: Connection, pages: list[PageOf[UUID, UUID]]
) -> dict[PageOf[UUID, UUID], list[Pilot]]:
    """A page of each process's pilots, the latest first."""
    select = f"SELECT {_COLUMNS} FROM pilots WHERE process_id = page.owner"
    found = await pages_of(connection, pages, select, by="id", latest_first=True)
    return {page: [_pilot(row) for row in rows] for page, rows in found.items()}
