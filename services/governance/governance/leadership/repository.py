"""What tells of active sponsorship and of a living model, in SQL."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from governance.leadership.domain import Appearance, AppearanceKind, Part, PassiveAlert, Score, Structure, Vitality

_QUARTER = timedelta(days=90)


async def scores(connection: Connection, sponsor_id: str) -> list[Score]:
    """The parts of active sponsorship of a person, as of now."""
    row = await connection.fetchrow(
        """
        WITH reviews AS (
            SELECT held_at, missed_at, snapshot FROM cadence_occurrences
            WHERE kind = 'monthly_metrics_review' AND (held_at IS NOT NULL OR missed_at IS NOT NULL)
            ORDER BY due_at DESC LIMIT 6
        ), met AS (
            SELECT chaired FROM meetings WHERE status = 'completed' AND ended_at > $2::timestamptz - interval '180 days'
        ), held AS (
            SELECT credential_type, bool_or(valid_from <= $2 AND NOT revoked AND NOT grace_ended
                AND (valid_until IS NULL OR greatest(valid_until, grace_until) > $2)) AS current
            FROM credential_periods WHERE employee_id = $1 GROUP BY credential_type
        ), figures AS (
            SELECT snapshot ->> 'sponsor_at_or_above_median' AS active FROM cadence_occurrences
            WHERE snapshot IS NOT NULL AND kind = 'monthly_metrics_review' ORDER BY due_at DESC LIMIT 1
        )
        SELECT (SELECT count(*) FILTER (WHERE missed_at IS NULL) FROM reviews) AS on_time,
            (SELECT count(*) FROM reviews) AS reviews,
            (SELECT count(*) FILTER (WHERE chaired) FROM met) AS chaired, (SELECT count(*) FROM met) AS met,
            (SELECT coalesce(bool_and(current), false) FROM held)::int AS trained,
            (SELECT (active::boolean)::int FROM figures) AS active,
            (SELECT EXISTS (SELECT FROM sponsor_appearances WHERE employee_id = $1 AND at > $2::timestamptz - $3::interval))::int
                AS visible
        """,
        sponsor_id, connection.now, _QUARTER,
    )  # fmt: skip
    assert row is not None
    return [
        Score(Part.REVIEWS_ON_TIME, row["on_time"], row["reviews"]),
        Score(Part.MEETINGS_CHAIRED, row["chaired"], row["met"]),
        Score(Part.OWN_TRAINING, row["trained"], 1),
        Score(Part.OWN_USE, row["active"] or 0, 0 if row["active"] is None else 1),
        Score(Part.VISIBLE, row["visible"], 1),
    ]


async def vitality(connection: Connection) -> list[Vitality]:
    """What is declared, and what of it showed a sign of life in the last ninety days: a meeting or motion of a
    committee, a publication or acknowledgement of a policy, a new version of a procedure, a review of a cadence."""
    rows = await connection.fetch(
        """
        SELECT 'committees' AS structure, count(*)::int AS declared, count(*) FILTER (WHERE
            EXISTS (SELECT FROM meetings m WHERE m.committee_id = c.id AND m.status = 'completed' AND m.ended_at > $1)
            OR EXISTS (SELECT FROM motions m WHERE m.committee_id = c.id AND m.opened_at > $1))::int AS alive
        FROM committees c
        UNION ALL
        SELECT 'policies', count(*)::int, count(*) FILTER (WHERE
            EXISTS (SELECT FROM policy_editions e WHERE e.code = p.code AND e.published_at > $1)
            OR EXISTS (SELECT FROM acknowledgements a WHERE a.policy = p.code AND a.at > $1))::int
        FROM policies p
        UNION ALL
        SELECT 'procedures', count(*)::int, count(*) FILTER (WHERE EXISTS (
            SELECT FROM model_changes c WHERE c.subject = s.sop_id::text AND c.at > $1))::int
        FROM standards s
        UNION ALL
        SELECT 'cadences', count(DISTINCT kind)::int, (count(DISTINCT kind) FILTER (WHERE held_at > $1))::int
        FROM cadence_occurrences
        """,
        connection.now - _QUARTER,
    )
    return [Vitality(Structure(row["structure"]), row["declared"], row["alive"]) for row in rows]


async def get_appearance(connection: Connection, id: UUID) -> Appearance:
    """One appearance. Raises NotFound."""
    row = await connection.fetchrow(
        "SELECT id, employee_id, kind, title, at, version FROM sponsor_appearances WHERE id = $1", id
    )
    if row is None:
        raise NotFound(what="appearance", id=str(id))
    return Appearance(**{**dict(row), "kind": AppearanceKind(row["kind"])})


async def save_appearance(tx: Transaction, change: Change[Appearance]) -> None:
    """Write an appearance and its event."""
    it = change.after
    await tx.execute(
        "INSERT INTO sponsor_appearances (id, employee_id, kind, title, at, version) VALUES ($1, $2, $3, $4, $5, $6)",
        it.id, it.employee_id, it.kind, it.title, it.at, it.version,
    )  # fmt: skip
    await outbox.record(tx, change)


async def save_alert(tx: Transaction, change: Change[PassiveAlert]) -> None:
    """Write an alert and its event, once for a review."""
    it = change.after
    if await tx.fetchval(
        "INSERT INTO passive_alerts (id, occurrence_id, at, version) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (occurrence_id) DO NOTHING RETURNING true",
        it.id, it.occurrence_id, tx.now, it.version,
    ):  # fmt: skip
        await outbox.record(tx, change)
