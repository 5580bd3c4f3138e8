"""Meetings in SQL, and what is due for one."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import msgspec
from asyncpg import Record

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from governance.meetings.domain import AgendaItem, Meeting, MeetingKind, MeetingStatus, Topic

_COLUMNS = (
    "id, committee_id, kind, scheduled_at, status, agenda, attendance, chaired, quorate, minutes, started_at, ended_at,"
    " version"
)
_AHEAD = {MeetingKind.QUARTERLY_REVIEW: timedelta(days=92)}
_MONTH = timedelta(days=31)


def _meeting(row: Record) -> Meeting:
    return Meeting(
        **{
            **dict(row),
            "kind": MeetingKind(row["kind"]),
            "status": MeetingStatus(row["status"]),
            "agenda": msgspec.convert(row["agenda"], tuple[AgendaItem, ...]),
            "attendance": tuple(row["attendance"]),
        }
    )


async def get(connection: Connection, id: UUID) -> Meeting:
    """One meeting. Raises NotFound."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM meetings WHERE id = $1", id)
    if row is None:
        raise NotFound(what="meeting", id=str(id))
    return _meeting(row)


async def get_for_update(tx: Transaction, id: UUID) -> Meeting:
    """One meeting, locked. Raises NotFound."""
    await tx.execute("SELECT FROM meetings WHERE id = $1 FOR UPDATE", id)
    return await get(tx, id)


async def listing(
    connection: Connection, *, status: MeetingStatus | None, after: UUID | None, limit: int
) -> list[Meeting]:
    """A page of meetings, the one that was called last first."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM meetings WHERE ($1::text IS NULL OR status = $1)"
        " AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        status, after, limit,
    )  # fmt: skip
    return [_meeting(row) for row in rows]


async def what_is_due(connection: Connection, committee_id: UUID, kind: MeetingKind) -> tuple[AgendaItem, ...]:
    """What the committee has to look at: the most urgent kind first, within it the earliest date; at most two hundred.

    A quarterly review looks a quarter ahead, every other meeting a month; an emergency meeting only at what is broken.
    """
    rows = await connection.fetch(
        """
        SELECT topic, subject_id, title, due_at FROM (
            SELECT 1 AS rank, 'ratify_suspension' AS topic, id::text AS subject_id, name AS title,
                (suspension ->> 'ratify_by')::timestamptz AS due_at
            FROM tools WHERE status = 'suspended' AND (suspension ->> 'emergency')::boolean
                AND NOT (suspension ->> 'ratified')::boolean
            UNION ALL
            SELECT 2, 'incident', id::text, title, opened_at
            FROM incidents WHERE severity IN ('high', 'critical') AND status <> 'closed'
            UNION ALL
            SELECT 3, 'vote', id::text, title, closes_at FROM motions WHERE committee_id = $1 AND outcome = 'open'
            UNION ALL
            SELECT 4, 'decide_tool', id::text, name, decide_by FROM tools
            WHERE status = 'under_review' AND owner_id IS NOT NULL AND NOT $3
            UNION ALL
            SELECT 5, 'review_tool', id::text, name, review_by::timestamptz FROM tools
            WHERE status = 'approved' AND review_by <= $2 AND NOT $3
            UNION ALL
            SELECT 6, 'restriction_ends', id::text, department_id || ': ' || reason, review_by::timestamptz
            FROM department_restrictions WHERE status = 'active' AND review_by <= $2 AND NOT $3
            UNION ALL
            SELECT 7, 'review_policy', code, title, review_by::timestamptz FROM policies
            WHERE withdrawn_at IS NULL AND review_by <= $2 AND NOT $3
        ) AS due ORDER BY rank, due_at, subject_id LIMIT 200
        """,
        committee_id, (connection.now + _AHEAD.get(kind, _MONTH)).date(), kind is MeetingKind.EMERGENCY,
    )  # fmt: skip
    return tuple(AgendaItem(Topic(row["topic"]), row["subject_id"], row["title"], row["due_at"]) for row in rows)


async def save(tx: Transaction, change: Change[Meeting]) -> None:
    """Write a meeting and its event."""
    it = change.after
    await tx.execute(
        f"INSERT INTO meetings ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
        " ON CONFLICT (id) DO UPDATE SET status = excluded.status, agenda = excluded.agenda,"
        " attendance = excluded.attendance, chaired = excluded.chaired, quorate = excluded.quorate,"
        " minutes = excluded.minutes, started_at = excluded.started_at, ended_at = excluded.ended_at,"
        " version = excluded.version",
        it.id, it.committee_id, it.kind, it.scheduled_at, it.status, msgspec.to_builtins(it.agenda),
        list(it.attendance), it.chaired, it.quorate, it.minutes, it.started_at, it.ended_at, it.version,
    )  # fmt: skip
    await outbox.record(tx, change)
