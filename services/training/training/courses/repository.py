"""The tables `courses` and `course_editions`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any
from uuid import UUID

import asyncpg

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change
from training.courses.domain import Content, Course, CoursePublished, CurriculumTier, Depth

_SELECT = """
    SELECT c.id, c.code, c.tier, c.edition, c.draft, c.version, e.title, e.depth, e.duration_minutes, e.pass_mark
    FROM courses c LEFT JOIN course_editions e ON e.course_id = c.id AND e.edition = c.edition
"""


def _course(row: asyncpg.Record) -> Course:
    published = draft = None
    if row["edition"]:
        published = Content(row["title"], Depth(row["depth"]), row["duration_minutes"], row["pass_mark"])
    if row["draft"] is not None:
        kept: dict[str, Any] = row["draft"]
        draft = Content(**{**kept, "depth": Depth(kept["depth"])})
    return Course(row["id"], row["code"], CurriculumTier(row["tier"]), row["edition"], published, draft, row["version"])


async def get(connection: Connection, id: UUID) -> Course | None:
    """One course by its id."""
    return (await by_ids(connection, [id])).get(id)


async def by_ids(connection: Connection, ids: list[UUID]) -> dict[UUID, Course]:
    """Courses by their ids."""
    rows = await connection.fetch(f"{_SELECT} WHERE c.id = ANY($1)", ids)
    return {row["id"]: _course(row) for row in rows}


async def by_codes(connection: Connection, codes: Iterable[str]) -> dict[str, Course]:
    """Courses by their codes."""
    rows = await connection.fetch(f"{_SELECT} WHERE c.code = ANY($1)", list(codes))
    return {row["code"]: _course(row) for row in rows}


async def lock_code(tx: Transaction, code: str) -> Course | None:
    """The course of that code, locked until the transaction ends."""
    await tx.execute("SELECT FROM courses WHERE code = $1 FOR UPDATE", code)
    return (await by_codes(tx, [code])).get(code)


async def listing(
    connection: Connection, *, tier: CurriculumTier | None, after: str | None, limit: int
) -> list[Course]:
    """A page of courses in order of their codes."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE ($1::text IS NULL OR c.tier = $1) AND ($2::text IS NULL OR c.code > $2) ORDER BY c.code LIMIT $3",
        tier, after, limit,
    )  # fmt: skip
    return [_course(row) for row in rows]


async def save(tx: Transaction, change: Change[Course], by: str) -> None:
    """Write the course as it stands now, a new edition where one was published, and the event."""
    course = change.after
    await tx.execute(
        """
        INSERT INTO courses (id, code, tier, edition, draft, version, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (id) DO UPDATE SET edition = $4, draft = $5, version = $6
        """,
        course.id, course.code, course.tier, course.edition, asdict(course.draft) if course.draft else None,
        course.version, tx.now,
    )  # fmt: skip
    if isinstance(change.because, CoursePublished) and course.published is not None:
        content = course.published
        await tx.execute(
            """
            INSERT INTO course_editions
                (course_id, edition, title, depth, duration_minutes, pass_mark, published_at, published_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            course.id, course.edition, content.title, content.depth, content.duration_minutes, content.pass_mark,
            tx.now, by,
        )  # fmt: skip
    await outbox.record(tx, change)
