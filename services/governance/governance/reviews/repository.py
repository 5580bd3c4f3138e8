"""Access reviews and the use of tools in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from asyncpg import Record

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from chassis.pages import PageOf, pages_of
from governance.reviews.domain import TENURE, Candidate, Decision, Item, OnSilence, Review, Reviewers

_REVIEW = (
    "id, tool_id, department_id, inactive_days, default_on_silence, opened_by, opened_at, closes_at, items, completed_at,"
    " version, reviewers"
)
_ITEM = (
    "id, review_id, grant_id, employee_id, tool_id, reviewer_id, last_used_on, recommendation, because, decision,"
    " decided_by, decided_at, reason, silent, version"
)
_CANDIDATES = """
    SELECT g.id AS grant_id, g.employee_id, g.tool_id, g.valid_from AS granted_at, u.last_used_on, manager.id AS manager_id,
        owner.id AS owner_id, t.name AS tool_name
    FROM access_grants g
    JOIN tools t ON t.id = g.tool_id
    JOIN memberships m ON m.employee_id = g.employee_id AND m.from_date <= $3 AND (m.to_date IS NULL OR m.to_date > $3)
    LEFT JOIN LATERAL (
        SELECT max(last_day) AS last_used_on FROM tool_use u
        WHERE u.employee_id = g.employee_id AND u.tool IN (t.code, t.id::text)
    ) AS u ON true
    LEFT JOIN LATERAL (
        SELECT p.employee_id AS id FROM employments p WHERE p.employee_id = m.manager_id
            AND p.from_date <= $3 AND (p.to_date IS NULL OR p.to_date > $3) LIMIT 1
    ) AS manager ON true
    LEFT JOIN LATERAL (
        SELECT p.employee_id AS id FROM employments p WHERE p.employee_id = t.owner_id
            AND p.from_date <= $3 AND (p.to_date IS NULL OR p.to_date > $3) LIMIT 1
    ) AS owner ON true
    WHERE g.revoked_at IS NULL AND g.valid_from <= $4 AND ($1::uuid IS NULL OR g.tool_id = $1)
        AND ($2::text IS NULL OR m.department_id = $2)
        AND ($5::int IS NULL OR coalesce(u.last_used_on, g.valid_from::date) <= $3 - $5)
        AND ($6::uuid IS NULL OR g.id > $6) AND ($8::uuid IS NULL OR g.id = $8)
        AND NOT EXISTS (
            SELECT FROM leaves l WHERE l.employee_id = g.employee_id
                AND l.from_date <= $3 AND (l.to_date IS NULL OR l.to_date > $3)
        )
    ORDER BY g.id LIMIT $7
"""


def _review(row: Record) -> Review:
    return Review(
        **{
            **dict(row),
            "default_on_silence": OnSilence(row["default_on_silence"]),
            "reviewers": Reviewers(row["reviewers"]),
        }
    )


def _item(row: Record | dict[str, Any]) -> Item:
    decision = Decision(row["decision"]) if row["decision"] else None
    return Item(**{**dict(row), "recommendation": Decision(row["recommendation"]), "decision": decision})


async def used(tx: Transaction, employee_id: str, tool: str, day: date) -> None:
    """Keep the last day of use, in whichever order days are told."""
    await tx.execute(
        "INSERT INTO tool_use AS known (employee_id, tool, last_day) VALUES ($1, $2, $3)"
        " ON CONFLICT (employee_id, tool) DO UPDATE SET last_day = excluded.last_day WHERE known.last_day < excluded.last_day",
        employee_id, tool, day,
    )  # fmt: skip


async def told_idle(
    tx: Transaction, grant_id: UUID, employee_id: str, tool_id: UUID, *, idle_days: int, last_used_on: date | None
) -> None:
    """Keep the longest time for which a grant was told to be idle, in whichever order it is told."""
    await tx.execute(
        "INSERT INTO idle_grants AS known (grant_id, employee_id, tool_id, idle_days, last_used_on, told_at)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (grant_id) DO UPDATE SET idle_days = excluded.idle_days,"
        " last_used_on = excluded.last_used_on, told_at = excluded.told_at"
        " WHERE (coalesce(excluded.last_used_on, '-infinity'), excluded.idle_days)"
        " > (coalesce(known.last_used_on, '-infinity'), known.idle_days)",
        grant_id, employee_id, tool_id, idle_days, last_used_on, tx.now,
    )  # fmt: skip


async def idle(connection: Connection, grant_id: UUID) -> Candidate | None:
    """A grant that was told to be idle and was not used since, as a review could look at it; none when it is over."""
    rows = await connection.fetch(
        f"SELECT found.* FROM ({_CANDIDATES}) AS found JOIN idle_grants i ON i.grant_id = found.grant_id"
        " WHERE found.last_used_on IS NULL OR found.last_used_on <= coalesce(i.last_used_on, i.told_at::date - i.idle_days)",
        None, None, connection.now.date(), connection.now - TENURE, None, None, 1, grant_id,
    )  # fmt: skip
    return Candidate(**rows[0]) if rows else None


async def open_for(tx: Transaction, grant_id: UUID) -> UUID | None:
    """The review that is open and looks at grants like this one, the one that closes first; none where none is open."""
    found: UUID | None = await tx.fetchval(
        """
        SELECT r.id FROM access_reviews r JOIN access_grants g ON g.id = $1
        JOIN memberships m ON m.employee_id = g.employee_id AND m.from_date <= $2 AND (m.to_date IS NULL OR m.to_date > $2)
        JOIN idle_grants i ON i.grant_id = g.id AND (r.inactive_days IS NULL OR i.idle_days >= r.inactive_days)
        WHERE r.completed_at IS NULL AND r.closes_at > $3 AND (r.tool_id IS NULL OR r.tool_id = g.tool_id)
            AND (r.department_id IS NULL OR r.department_id = m.department_id)
        ORDER BY r.closes_at, r.id LIMIT 1 FOR UPDATE OF r
        """,
        grant_id, tx.now.date(), tx.now,
    )  # fmt: skip
    return found


async def is_looked_at(tx: Transaction, grant_id: UUID) -> bool:
    """Whether an open review looks at a grant already."""
    return bool(
        await tx.fetchval(
            "SELECT EXISTS (SELECT FROM access_review_items i JOIN access_reviews r ON r.id = i.review_id"
            " WHERE i.grant_id = $1 AND r.completed_at IS NULL)",
            grant_id,
        )
    )


async def widen(tx: Transaction, review_id: UUID) -> None:
    """Count one grant more that a review looks at."""
    await tx.execute("UPDATE access_reviews SET items = items + 1 WHERE id = $1", review_id)


async def candidates(
    connection: Connection,
    *,
    tool_id: UUID | None,
    department_id: str | None,
    inactive_days: int | None,
    after: UUID | None = None,
    limit: int,
) -> list[Candidate]:
    """Grants of thirty days and more of people who are at work: for a tool, in a department, not used for some days."""
    rows = await connection.fetch(
        _CANDIDATES,
        tool_id,
        department_id,
        connection.now.date(),
        connection.now - TENURE,
        inactive_days,
        after,
        limit,
        None,
    )
    return [Candidate(**row) for row in rows]


async def get(connection: Connection, id: UUID) -> Review:
    """One review. Raises NotFound."""
    row = await connection.fetchrow(f"SELECT {_REVIEW} FROM access_reviews WHERE id = $1", id)
    if row is None:
        raise NotFound(what="access review", id=str(id))
    return _review(row)


async def get_for_update(tx: Transaction, id: UUID) -> Review:
    """One review, locked. Raises NotFound."""
    await tx.execute("SELECT FROM access_reviews WHERE id = $1 FOR UPDATE", id)
    return await get(tx, id)


async def item(connection: Connection, id: UUID) -> Item:
    """One item. Raises NotFound."""
    row = await connection.fetchrow(f"SELECT {_ITEM} FROM access_review_items WHERE id = $1", id)
    if row is None:
        raise NotFound(what="item of an access review", id=str(id))
    return _item(row)


async def undecided(tx: Transaction, review_id: UUID, *, limit: int, reviewer_id: str | None = None) -> list[Item]:
    """Items that nobody decided about, the oldest first; of one reviewer only when one is given."""
    rows = await tx.fetch(
        f"SELECT {_ITEM} FROM access_review_items WHERE review_id = $1 AND decision IS NULL"
        " AND ($3::text IS NULL OR reviewer_id = $3) ORDER BY id LIMIT $2",
        review_id, limit, reviewer_id,
    )  # fmt: skip
    return [_item(row) for row in rows]


async def items_of(connection: Connection, pages: list[PageOf[UUID, UUID]]) -> dict[PageOf[UUID, UUID], list[Item]]:
    """A page of the items of each review, the oldest first."""
    select = f"SELECT {_ITEM} FROM access_review_items WHERE review_id = page.owner"
    found = await pages_of(connection, pages, select, by="id")
    return {page: [_item(row) for row in rows] for page, rows in found.items()}


async def waiting(connection: Connection, reviewer_id: str, *, after: UUID | None, limit: int) -> list[Item]:
    """A page of the items that wait for a reviewer, the oldest first."""
    rows = await connection.fetch(
        f"SELECT {_ITEM} FROM access_review_items WHERE reviewer_id = $1 AND decision IS NULL"
        " AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3",
        reviewer_id, after, limit,
    )  # fmt: skip
    return [_item(row) for row in rows]


async def counts(connection: Connection, review_id: UUID) -> dict[str, int]:
    """How many items of a review were kept, revoked and decided by silence."""
    row = await connection.fetchrow(
        "SELECT count(*) FILTER (WHERE decision = 'keep') AS kept, count(*) FILTER (WHERE decision = 'revoke') AS revoked,"
        " count(*) FILTER (WHERE silent) AS silent FROM access_review_items WHERE review_id = $1",
        review_id,
    )
    return dict(row or {})


async def listing(connection: Connection, *, after: UUID | None, limit: int) -> list[Review]:
    """A page of reviews, the latest first."""
    rows = await connection.fetch(
        f"SELECT {_REVIEW} FROM access_reviews WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2",
        after,
        limit,
    )
    return [_review(row) for row in rows]


async def save(tx: Transaction, change: Change[Review]) -> None:
    """Write a review and its event."""
    it = change.after
    await tx.execute(
        f"INSERT INTO access_reviews ({_REVIEW}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
        " ON CONFLICT (id) DO UPDATE SET completed_at = excluded.completed_at, version = excluded.version",
        it.id, it.tool_id, it.department_id, it.inactive_days, it.default_on_silence, it.opened_by, it.opened_at,
        it.closes_at, it.items, it.completed_at, it.version, it.reviewers,
    )  # fmt: skip
    await outbox.record(tx, change)


async def add_items(tx: Transaction, found: Sequence[Item]) -> None:
    """Write what a review looks at."""
    await tx.executemany(
        f"INSERT INTO access_review_items ({_ITEM})"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        [
            (
                it.id, it.review_id, it.grant_id, it.employee_id, it.tool_id, it.reviewer_id, it.last_used_on,
                it.recommendation, it.because, it.decision, it.decided_by, it.decided_at, it.reason, it.silent, it.version,
            )
            for it in found
        ],
    )  # fmt: skip


async def save_decisions(tx: Transaction, changes: Sequence[Change[Item]]) -> None:
    """Write decisions and their events."""
    await tx.executemany(
        "UPDATE access_review_items SET decision = $2, decided_by = $3, decided_at = $4, reason = $5, silent = $6,"
        " version = $7 WHERE id = $1",
        [
            (it.id, it.decision, it.decided_by, it.decided_at, it.reason, it.silent, it.version)
            for it in (change.after for change in changes)
        ],
    )
    await outbox.record_many(tx, changes)
