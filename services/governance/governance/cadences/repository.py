"""Reviews in SQL, and what a quarterly one has to look at."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from governance.cadences.domain import CadenceKind, Occurrence, ReviewAction, ReviewItem, ReviewTopic, Snapshot
from governance.consistency import repository as consistency
from governance.consistency.domain import FindingKind

_COLUMNS = "id, kind, period, due_at, agenda, snapshot, missed_at, held_at, held_by, findings, actions, version"
_QUARTER = timedelta(days=92)
_MOST = 200


def _occurrence(row: Record) -> Occurrence:
    fields: dict[str, Any] = dict(row)
    return Occurrence(
        **{
            **fields,
            "kind": CadenceKind(row["kind"]),
            "agenda": msgspec.convert(row["agenda"], tuple[ReviewItem, ...]),
            "snapshot": msgspec.convert(row["snapshot"], Snapshot | None),
            "findings": tuple(row["findings"]),
            "actions": msgspec.convert(row["actions"], tuple[ReviewAction, ...]),
        }
    )


async def get(connection: Connection, id: UUID) -> Occurrence:
    """One review. Raises NotFound."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM cadence_occurrences WHERE id = $1", id)
    if row is None:
        raise NotFound(what="review", id=str(id))
    return _occurrence(row)


async def get_for_update(tx: Transaction, id: UUID) -> Occurrence:
    """One review, locked. Raises NotFound."""
    await tx.execute("SELECT FROM cadence_occurrences WHERE id = $1 FOR UPDATE", id)
    return await get(tx, id)


async def is_known(connection: Connection, kind: CadenceKind, period: str) -> bool:
    """Whether a period has its review."""
    return bool(
        await connection.fetchval(
            "SELECT EXISTS (SELECT FROM cadence_occurrences WHERE (kind, period) = ($1, $2))", kind, period
        )
    )


async def listing(
    connection: Connection, *, kind: CadenceKind | None, after: UUID | None, limit: int
) -> list[Occurrence]:
    """A page of reviews, the latest first."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM cadence_occurrences WHERE ($1::text IS NULL OR kind = $1)"
        " AND ($2::uuid IS NULL OR (due_at, id) < (SELECT due_at, id FROM cadence_occurrences WHERE id = $2))"
        " ORDER BY due_at DESC, id DESC LIMIT $3",
        kind, after, limit,
    )  # fmt: skip
    return [_occurrence(row) for row in rows]


async def what_to_look_at(connection: Connection) -> tuple[ReviewItem, ...]:
    """What a quarterly review has to look at: what was neglected first, what is new last; at most two hundred."""
    rows = await connection.fetch(
        """
        SELECT topic, subject_id, title FROM (
            SELECT 1 AS rank, 'missed_review' AS topic, id::text AS subject_id, kind || ' ' || period AS title,
                due_at AS at
            FROM cadence_occurrences WHERE missed_at > $1
            UNION ALL
            SELECT 2, 'open_action', o.id::text || '/' || (action ->> 'number'), action ->> 'title', o.due_at
            FROM cadence_occurrences o, jsonb_array_elements(o.actions) AS action
            WHERE action ->> 'closed_at' IS NULL AND o.due_at > $1 - interval '2 years'
            UNION ALL
            SELECT 3, 'open_incident', id::text, title, opened_at FROM incidents
            WHERE status <> 'closed' AND severity IN ('high', 'critical')
            UNION ALL
            SELECT 4, 'tool_out_of_review', id::text, name, review_by::timestamptz FROM tools
            WHERE status = 'approved' AND review_by <= $2::date + 92
            UNION ALL
            SELECT 5, 'policy_out_of_review', code, title, review_by::timestamptz FROM policies
            WHERE withdrawn_at IS NULL AND review_by <= $2::date + 92
            UNION ALL
            SELECT 6, 'restriction', id::text, department_id || ': ' || reason, review_by::timestamptz
            FROM department_restrictions WHERE status = 'active'
            UNION ALL
            SELECT 7, 'exception_ending', id::text, policy || ': ' || justification, valid_until
            FROM policy_exceptions WHERE status = 'active' AND valid_until <= $2::date + 92
            UNION ALL
            SELECT 8, 'pilot_gap', gap_id::text, pillar || ': ' || description, logged_at
            FROM pilot_gaps WHERE resolved_at IS NULL
            UNION ALL
            SELECT 9, 'ungoverned_use', id::text, coalesce(name, subject) || ': ' || replace(kind, '_', ' '), opened_at
            FROM ungoverned_cases WHERE settled_at IS NULL
            UNION ALL
            SELECT 10, 'new_capability', t.id::text, t.name, d.effective_at FROM decisions d
            JOIN tools t ON d.subject_kind = 'tool' AND d.subject_id = t.id::text
            WHERE d.decision_type = 'approve_tool' AND d.effective_at > $1
        ) AS found ORDER BY rank, at, subject_id LIMIT $3
        """,
        connection.now - _QUARTER, connection.now.date(), _MOST,
    )  # fmt: skip
    known = [ReviewItem(ReviewTopic(row["topic"]), row["subject_id"], row["title"]) for row in rows]
    found = [
        ReviewItem(ReviewTopic.FINDING, each.subject, f"{each.kind.replace('_', ' ')}: {each.name}")
        for each in await consistency.findings(connection, kind=None, after=None, limit=_MOST)
        if each.kind not in (FindingKind.POLICY_PAST_REVIEW, FindingKind.TOOL_PAST_REVIEW)
    ]
    old = [item for item in known if item.topic is not ReviewTopic.NEW_CAPABILITY]
    return tuple([*old, *found, *known[len(old) :]][:_MOST])


async def save(tx: Transaction, change: Change[Occurrence]) -> None:
    """Write a review and its event."""
    it = change.after
    await tx.execute(
        f"INSERT INTO cadence_occurrences ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
        " ON CONFLICT (id) DO UPDATE SET snapshot = excluded.snapshot, missed_at = excluded.missed_at,"
        " held_at = excluded.held_at, held_by = excluded.held_by, findings = excluded.findings,"
        " actions = excluded.actions, version = excluded.version",
        it.id, it.kind, it.period, it.due_at, msgspec.to_builtins(it.agenda),
        msgspec.to_builtins(it.snapshot), it.missed_at, it.held_at, it.held_by, list(it.findings),
        msgspec.to_builtins(it.actions), it.version,
    )  # fmt: skip
    await outbox.record(tx, change)
