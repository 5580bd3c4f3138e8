"""Motions, recusals and votes in SQL."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

import msgspec
from asyncpg import Record

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from governance.motions.domain import Choice, Motion, Outcome, Recusal, Tally, Vote
from governance.rights.domain import DecisionType
from governance.scope.domain import Terms

_COLUMNS = (
    "id, committee_id, decision_type, subject_kind, subject_id, title, terms, proposer_id, opened_at, closes_at, outcome,"
    " closed_at, count, version"
)


async def _whole(connection: Connection, rows: list[Record]) -> list[Motion]:
    ids = [row["id"] for row in rows]
    votes: dict[UUID, list[Vote]] = defaultdict(list)
    for vote in await connection.fetch(
        "SELECT motion_id, employee_id, choice, at, comment FROM votes WHERE motion_id = ANY($1) ORDER BY at", ids
    ):
        votes[vote["motion_id"]].append(Vote(vote["employee_id"], Choice(vote["choice"]), vote["at"], vote["comment"]))
    recusals: dict[UUID, list[Recusal]] = defaultdict(list)
    for recusal in await connection.fetch(
        "SELECT motion_id, employee_id, reason FROM recusals WHERE motion_id = ANY($1) ORDER BY employee_id", ids
    ):
        recusals[recusal["motion_id"]].append(Recusal(recusal["employee_id"], recusal["reason"]))
    return [
        Motion(
            **{
                **dict(row),
                "decision_type": DecisionType(row["decision_type"]),
                "outcome": Outcome(row["outcome"]),
                "count": None if row["count"] is None else msgspec.convert(row["count"], Tally),
                "terms": msgspec.convert(row["terms"], Terms | None),
                "votes": tuple(votes[row["id"]]),
                "recusals": tuple(recusals[row["id"]]),
            }
        )
        for row in rows
    ]


async def by_ids(connection: Connection, ids: list[UUID]) -> dict[UUID, Motion]:
    """Motions by id."""
    rows = await connection.fetch(f"SELECT {_COLUMNS} FROM motions WHERE id = ANY($1)", ids)
    return {motion.id: motion for motion in await _whole(connection, rows)}


async def get(connection: Connection, id: UUID) -> Motion:
    """One motion. Raises NotFound."""
    found = (await by_ids(connection, [id])).get(id)
    if found is None:
        raise NotFound(what="motion", id=str(id))
    return found


async def get_for_update(tx: Transaction, id: UUID) -> Motion:
    """One motion, locked. Raises NotFound."""
    await tx.execute("SELECT FROM motions WHERE id = $1 FOR UPDATE", id)
    return await get(tx, id)


async def listing(
    connection: Connection,
    *,
    committee_id: UUID | None,
    subject_id: str | None,
    outcome: Outcome | None,
    after: UUID | None,
    limit: int,
) -> list[Motion]:
    """A page of motions, the latest first."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM motions
        WHERE ($1::uuid IS NULL OR committee_id = $1) AND ($2::text IS NULL OR subject_id = $2)
            AND ($3::text IS NULL OR outcome = $3) AND ($4::uuid IS NULL OR id < $4)
        ORDER BY id DESC LIMIT $5
        """,
        committee_id, subject_id, outcome, after, limit,
    )  # fmt: skip
    return await _whole(connection, rows)


async def about(connection: Connection, subject_ids: list[str]) -> dict[str, list[Motion]]:
    """The motions about each of these tools, the latest fifty of each, the latest first."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM unnest($1::text[]) AS wanted (subject) CROSS JOIN LATERAL (
            SELECT * FROM motions WHERE (subject_kind, subject_id) = ('tool', wanted.subject) ORDER BY id DESC LIMIT 50
        ) AS found ORDER BY id DESC
        """,
        subject_ids,
    )
    found: dict[str, list[Motion]] = {id: [] for id in subject_ids}
    for motion in await _whole(connection, rows):
        found[motion.subject_id].append(motion)
    return found


async def open_about(connection: Connection, subject_id: str) -> list[UUID]:
    """The open motions about a tool."""
    rows = await connection.fetch(
        "SELECT id FROM motions WHERE (subject_kind, subject_id) = ('tool', $1) AND outcome = 'open' ORDER BY id",
        subject_id,
    )
    return [row["id"] for row in rows]


async def save(tx: Transaction, change: Change[Motion]) -> None:
    """Write a motion with its votes and recusals, and its event."""
    motion = change.after
    await tx.execute(
        f"INSERT INTO motions ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
        " ON CONFLICT (id) DO UPDATE SET outcome = excluded.outcome, closed_at = excluded.closed_at,"
        " count = excluded.count, version = excluded.version",
        motion.id, motion.committee_id, motion.decision_type, motion.subject_kind, motion.subject_id, motion.title,
        None if motion.terms is None else msgspec.to_builtins(motion.terms), motion.proposer_id, motion.opened_at,
        motion.closes_at, motion.outcome, motion.closed_at,
        None if motion.count is None else msgspec.to_builtins(motion.count), motion.version,
    )  # fmt: skip
    await tx.executemany(
        "INSERT INTO recusals (motion_id, employee_id, reason) VALUES ($1, $2, $3)"
        " ON CONFLICT (motion_id, employee_id) DO UPDATE SET reason = excluded.reason",
        [(motion.id, recusal.employee_id, recusal.reason) for recusal in motion.recusals],
    )
    await tx.execute(
        "DELETE FROM votes WHERE motion_id = $1 AND employee_id <> ALL($2)",
        motion.id, [vote.employee_id for vote in motion.votes],
    )  # fmt: skip
    await tx.executemany(
        "INSERT INTO votes (motion_id, employee_id, choice, at, comment) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (motion_id, employee_id)"
        " DO UPDATE SET choice = excluded.choice, at = excluded.at, comment = excluded.comment",
        [(motion.id, vote.employee_id, vote.choice, vote.at, vote.comment) for vote in motion.votes],
    )
    await outbox.record(tx, change)
