"""Phases, and the events that prove their criteria, in SQL."""

from __future__ import annotations

from uuid import UUID

from asyncpg import Record

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from governance.phases.domain import MOST, Criterion, Fact, Facts, Phase, PhaseCode, by_criterion

_COLUMNS = "id, code, entered_at, ready_at, completed_at, completed_by, version"
_FACT = "criterion, subject, event_id, event_type, occurred_at"
_PROGRAMME = 0x50484153


def _phase(row: Record) -> Phase:
    return Phase(**{**dict(row), "code": PhaseCode(row["code"])})


async def lock(tx: Transaction) -> None:
    """Let one transaction at a time move the programme on."""
    await tx.execute("SELECT pg_advisory_xact_lock($1)", _PROGRAMME)


async def begun(connection: Connection) -> dict[PhaseCode, Phase]:
    """The phases that began."""
    rows = await connection.fetch(f"SELECT {_COLUMNS} FROM phases ORDER BY entered_at")
    return {phase.code: phase for phase in map(_phase, rows)}


async def get(connection: Connection, id: UUID) -> Phase:
    """One phase that began. Raises NotFound."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM phases WHERE id = $1", id)
    if row is None:
        raise NotFound(what="phase", id=str(id))
    return _phase(row)


async def facts(connection: Connection) -> Facts:
    """What is proven, by which events. At most as many facts of a criterion as any phase needs."""
    rows = await connection.fetch(f"SELECT {_FACT} FROM phase_facts")
    return by_criterion(Fact(**{**dict(row), "criterion": Criterion(row["criterion"])}) for row in rows)


async def keep(tx: Transaction, fact: Fact) -> bool:
    """Keep a proof, as long as more are needed; of two for one thing the earlier. Whether it is a new one."""
    return bool(
        await tx.fetchval(
            f"""
            INSERT INTO phase_facts AS known ({_FACT}) SELECT $1, $2, $3, $4, $5
            WHERE (SELECT count(*) FROM phase_facts WHERE criterion = $1 AND subject <> $2) < $6
            ON CONFLICT (criterion, subject) DO UPDATE
                SET event_id = excluded.event_id, event_type = excluded.event_type, occurred_at = excluded.occurred_at
                WHERE (excluded.occurred_at, excluded.event_id) < (known.occurred_at, known.event_id)
            RETURNING true
            """,
            fact.criterion, fact.subject, fact.event_id, fact.event_type, fact.occurred_at, MOST[fact.criterion],
        )
    )  # fmt: skip


async def departments_with_procedures(connection: Connection) -> list[str]:
    """The departments that have a process with AI in the procedure that holds."""
    rows = await connection.fetch(
        "SELECT DISTINCT p.department_id FROM standards s JOIN processes p ON p.id = s.process_id"
        " WHERE s.tool_ids <> '{}' AND NOT p.retired ORDER BY 1 LIMIT 100"
    )
    return [row["department_id"] for row in rows]


async def save(tx: Transaction, change: Change[Phase]) -> None:
    """Write a phase and its event."""
    it = change.after
    await tx.execute(
        f"INSERT INTO phases ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE"
        " SET ready_at = excluded.ready_at, completed_at = excluded.completed_at,"
        " completed_by = excluded.completed_by, version = excluded.version",
        it.id, it.code, it.entered_at, it.ready_at, it.completed_at, it.completed_by, it.version,
    )  # fmt: skip
    await outbox.record(tx, change)
