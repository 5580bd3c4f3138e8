"""Decision records in SQL: written once, never changed."""

from __future__ import annotations

from uuid import UUID

from asyncpg import Record, UniqueViolationError

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, Tier
from chassis.pages import counted
from governance.decisions.domain import Decision
from governance.rights.domain import DecisionType

_COLUMNS = (
    "id, decision_type, tier, subject_kind, subject_id, outcome, decided_by, motion_id, rationale, evidence, dissent,"
    " reverses, effective_at, version"
)


def _decision(row: Record) -> Decision:
    return Decision(
        **{
            **dict(row),
            "decision_type": DecisionType(row["decision_type"]),
            "tier": Tier(row["tier"]),
            "dissent": tuple(row["dissent"]),
        }
    )


async def add(tx: Transaction, change: Change[Decision]) -> bool:
    """Write a record and its event. False when its motion has been carried out before."""
    decision = change.after
    try:
        async with tx.savepoint():
            await tx.execute(
                f"INSERT INTO decisions ({_COLUMNS})"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
                decision.id, decision.decision_type, decision.tier, decision.subject_kind, decision.subject_id,
                decision.outcome, decision.decided_by, decision.motion_id, decision.rationale, decision.evidence,
                list(decision.dissent), decision.reverses, decision.effective_at, decision.version,
            )  # fmt: skip
    except UniqueViolationError:
        return False
    await outbox.record(tx, change)
    return True


async def by_ids(connection: Connection, ids: list[UUID]) -> dict[UUID, Decision]:
    """Decisions by id."""
    rows = await connection.fetch(f"SELECT {_COLUMNS} FROM decisions WHERE id = ANY($1)", ids)
    return {row["id"]: _decision(row) for row in rows}


async def last_about(
    connection: Connection, decision_type: DecisionType, subject_kind: str, subject_id: str
) -> Decision | None:
    """The latest decision of a kind about a thing."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM decisions WHERE (subject_kind, subject_id, decision_type) = ($1, $2, $3)"
        " ORDER BY id DESC LIMIT 1",
        subject_kind, subject_id, decision_type,
    )  # fmt: skip
    return _decision(row) if row else None


async def about(connection: Connection, subjects: list[tuple[str, str]]) -> dict[tuple[str, str], list[Decision]]:
    """The decisions about each of these things, the latest fifty of each, the latest first."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM unnest($1::text[], $2::text[]) AS wanted (kind, subject)
        CROSS JOIN LATERAL (
            SELECT * FROM decisions WHERE (subject_kind, subject_id) = (wanted.kind, wanted.subject)
            ORDER BY id DESC LIMIT 50
        ) AS decisions
        ORDER BY id DESC
        """,
        [kind for kind, _ in subjects], [subject for _, subject in subjects],
    )  # fmt: skip
    found: dict[tuple[str, str], list[Decision]] = {subject: [] for subject in subjects}
    for row in rows:
        found[row["subject_kind"], row["subject_id"]].append(_decision(row))
    return found


_NARROWED = "FROM decisions WHERE ($1::text IS NULL OR decision_type = $1)"


async def count(connection: Connection, *, decision_type: DecisionType | None) -> int | None:
    """How many decisions `listing` would find in all; None for more than 10,000, which are not counted."""
    return await counted(connection, f"SELECT {_NARROWED}", decision_type)


async def listing(
    connection: Connection, *, decision_type: DecisionType | None, after: UUID | None, limit: int
) -> list[Decision]:
    """A page of decisions, the latest first."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} {_NARROWED}"
        " AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        decision_type, after, limit,
    )  # fmt: skip
    return [_decision(row) for row in rows]
