"""The facts that go-live gates rest on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec

from chassis import directory
from chassis.database import Connection, Transaction
from chassis.directory import Status
from process.gates.domain import (
    Contact,
    Facts,
    FrozenBaseline,
    Permission,
    Procedure,
    Readiness,
    ScopeRow,
)
from process.processes.domain import DataClass
from process.tools import repository as tools


@dataclass(frozen=True, slots=True)
class Asking:
    """The pilot whose gate is looked at."""

    pilot_id: UUID
    process_id: UUID
    tool_ids: tuple[UUID, ...]
    contact_id: str


async def facts(connection: Connection, asking: Sequence[Asking]) -> dict[UUID, Facts]:
    """What is known for each pilot, all in a handful of statements."""
    permissions = await _permissions(connection, {id for one in asking for id in one.tool_ids})
    procedures = await _procedures(connection, {one.process_id for one in asking})
    contacts = await _contacts(connection, {one.contact_id for one in asking})
    pilots = [one.pilot_id for one in asking]
    readiness = await _readiness(connection, pilots)
    baselines = await _baselines(connection, pilots)
    return {
        one.pilot_id: Facts(
            {id: permissions[id] for id in one.tool_ids if id in permissions}, procedures[one.process_id],
            contacts[one.contact_id], readiness.get(one.pilot_id), baselines[one.pilot_id],
        )
        for one in asking
    }  # fmt: skip


async def data_classes(connection: Connection, process_ids: Sequence[UUID]) -> dict[UUID, list[DataClass]]:
    """The kinds of data that each process handles."""
    rows = await connection.fetch("SELECT id, data_classes FROM processes WHERE id = ANY($1)", process_ids)
    return {row["id"]: [DataClass(name) for name in row["data_classes"]] for row in rows}


async def _permissions(connection: Connection, ids: set[UUID]) -> dict[UUID, Permission]:
    known = await tools.by_id(connection, list(ids))
    scopes: dict[UUID, tuple[ScopeRow, ...]] = {}
    proof: defaultdict[UUID, list[str]] = defaultdict(list)
    for row in await connection.fetch(
        "SELECT tool_id, scope, event_id FROM tool_permissions WHERE tool_id = ANY($1) ORDER BY tool_id, kind",
        list(ids),
    ):
        proof[row["tool_id"]].append(row["event_id"])
        if row["scope"] is not None:
            scopes[row["tool_id"]] = msgspec.convert(row["scope"], tuple[ScopeRow, ...])
    return {
        id: Permission(tool.name or f"tool {id}", tool.standing, scopes.get(id, ()), tuple(proof[id]))
        for id, tool in known.items()
    }


async def _procedures(connection: Connection, process_ids: set[UUID]) -> dict[UUID, list[Procedure]]:
    rows = await connection.fetch(
        """
        SELECT s.process_id, s.code, v.number, v.tool_ids, v.blocked_by, e.event_id
        FROM sops s JOIN sop_versions v ON v.sop_id = s.id AND v.state = 'effective'
            LEFT JOIN sop_effectiveness e ON e.sop_id = v.sop_id AND e.number = v.number
        WHERE s.process_id = ANY($1) ORDER BY s.code
        """,
        list(process_ids),
    )
    found: dict[UUID, list[Procedure]] = {id: [] for id in process_ids}
    for row in rows:
        proof = (row["event_id"],) if row["event_id"] else ()
        tool_ids, blocked = frozenset(row["tool_ids"]), bool(row["blocked_by"])
        found[row["process_id"]].append(Procedure(row["code"], row["number"], tool_ids, blocked, proof))
    return found


async def _contacts(connection: Connection, ids: set[str]) -> dict[str, Contact]:
    people = await directory.people(connection, ids)
    rows = await connection.fetch(
        """
        SELECT DISTINCT ON (employee_id) employee_id, event_id FROM hr_facts
        WHERE employee_id = ANY($1) AND kind IN ('hired', 'rehired', 'termination-rescinded') AND effective_on <= $2
        ORDER BY employee_id, effective_on DESC, sequence DESC
        """,
        list(ids), connection.now.date(),
    )  # fmt: skip
    proof = {row["employee_id"]: (row["event_id"],) for row in rows}
    found = {}
    for id in ids:
        person = people.get(id)
        works_here = person is not None and person.works_here
        at_work = person is not None and person.status is Status.ACTIVE
        found[id] = Contact(id, works_here, at_work, proof.get(id, ()))
    return found


async def _readiness(connection: Connection, pilot_ids: Sequence[UUID]) -> dict[UUID, Readiness]:
    rows = await connection.fetch(
        "SELECT pilot_id, ready, trained, required, event_id FROM cohort_readiness WHERE pilot_id = ANY($1)", pilot_ids
    )
    return {row["pilot_id"]: Readiness(row["ready"], row["trained"], row["required"], row["event_id"]) for row in rows}


async def _baselines(connection: Connection, pilot_ids: Sequence[UUID]) -> dict[UUID, dict[str, FrozenBaseline]]:
    rows = await connection.fetch(
        "SELECT pilot_id, metric, baseline_id, frozen, n, median, event_id FROM pilot_baselines WHERE pilot_id = ANY($1)",
        pilot_ids,
    )
    found: dict[UUID, dict[str, FrozenBaseline]] = {id: {} for id in pilot_ids}
    for row in rows:
        found[row["pilot_id"]][row["metric"]] = FrozenBaseline(
            row["baseline_id"], row["frozen"], row["n"], row["median"], row["event_id"]
        )
    return found


def _told(tx: Transaction) -> tuple[int, str]:
    """The place of the event being handled among its aggregate's, and its id."""
    assert tx.cause is not None
    return tx.cause.sequence or 0, tx.cause.id


async def keep_scope(tx: Transaction, tool_id: UUID, scope: Sequence[ScopeRow]) -> None:
    """Keep what a tool is allowed for, unless something later was told already."""
    rows = [msgspec.to_builtins(row) for row in scope]
    await tx.execute(_KEEP_PERMISSION, tool_id, "scope", *_told(tx), rows)


async def keep_standing(tx: Transaction, tool_id: UUID) -> None:
    """Keep the event that reinstated a tool."""
    await tx.execute(_KEEP_PERMISSION, tool_id, "standing", *_told(tx), None)


_KEEP_PERMISSION = """
    INSERT INTO tool_permissions (tool_id, kind, told_at, event_id, scope) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (tool_id, kind) DO UPDATE SET told_at = excluded.told_at, event_id = excluded.event_id,
        scope = excluded.scope
    WHERE excluded.told_at >= tool_permissions.told_at
"""


async def keep_readiness(tx: Transaction, pilot_id: UUID, *, ready: bool, trained: int, required: int) -> None:
    """Keep what training told of a cohort, unless something later was told already."""
    await tx.execute(
        """
        INSERT INTO cohort_readiness (pilot_id, told_at, event_id, ready, trained, required)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (pilot_id) DO UPDATE SET told_at = excluded.told_at, event_id = excluded.event_id,
            ready = excluded.ready, trained = excluded.trained, required = excluded.required
        WHERE excluded.told_at >= cohort_readiness.told_at
        """,
        pilot_id, *_told(tx), ready, trained, required,
    )  # fmt: skip


async def keep_baseline(
    tx: Transaction, pilot_id: UUID, metric: str, *, baseline_id: UUID, frozen: bool, n: int, median: float | None
) -> None:
    """Keep what metrics told of a baseline, unless something later was told already."""
    await tx.execute(
        """
        INSERT INTO pilot_baselines (pilot_id, metric, told_at, event_id, baseline_id, frozen, n, median)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (pilot_id, metric) DO UPDATE SET told_at = excluded.told_at, event_id = excluded.event_id,
            baseline_id = excluded.baseline_id, frozen = excluded.frozen, n = excluded.n, median = excluded.median
        WHERE excluded.told_at >= pilot_baselines.told_at
        """,
        pilot_id, metric, *_told(tx), baseline_id, frozen, n, median,
    )  # fmt: skip


async def keep_effectiveness(tx: Transaction, versions: Sequence[tuple[UUID, int, int]]) -> None:
    """Keep the events that this transaction recorded of versions becoming effective: procedure, its own version, number.

    They are found in the outbox, which is small, because the log has no index by aggregate.
    """
    await tx.executemany(
        """
        INSERT INTO sop_effectiveness (sop_id, number, event_id)
        SELECT $1, $3, e.id::text FROM outbox o JOIN events e ON e.seq = o.seq AND e.time = o.time
        WHERE e.subject = $1::uuid::text AND e.sequence = $2
        ON CONFLICT (sop_id, number) DO UPDATE SET event_id = excluded.event_id
        """,
        versions,
    )
