"""Annotations of tools' series."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from asyncpg import Record

from chassis.database import Connection, Transaction
from metrics.annotations.domain import Annotation, Kind

_COLUMNS = "id, tool_id, kind, from_time, to_time"


async def add(tx: Transaction, annotation: Annotation) -> None:
    """Keep an annotation. A tool that is suspended already is not suspended twice."""
    await tx.execute(
        f"INSERT INTO annotations ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        annotation.id, annotation.tool_id, annotation.kind, annotation.from_time, annotation.to_time,
    )  # fmt: skip


async def end_suspension(tx: Transaction, tool_id: UUID, at: datetime) -> None:
    """What still held of a suspension ends."""
    await tx.execute(
        "UPDATE annotations SET to_time = greatest($2, from_time)"
        " WHERE tool_id = $1 AND kind = 'suspended' AND to_time IS NULL",
        tool_id, at,
    )  # fmt: skip


async def of_tools(connection: Connection, tool_ids: Sequence[UUID]) -> Mapping[UUID, list[Annotation]]:
    """The annotations of many tools, the earliest first."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM annotations WHERE tool_id = ANY($1) ORDER BY from_time, id", list(tool_ids)
    )
    found: dict[UUID, list[Annotation]] = defaultdict(list)
    for row in rows:
        found[row["tool_id"]].append(_annotation(row))
    return found


async def between(
    connection: Connection, ranges: Sequence[tuple[date, date]]
) -> Mapping[tuple[date, date], list[Annotation]]:
    """For each range of days the annotations of all tools that touch it, the earliest first."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM annotations
        WHERE from_time < $2::date + 1 AND (to_time IS NULL OR to_time >= $1::date) ORDER BY from_time, id
        """,
        min(first for first, _ in ranges), max(last for _, last in ranges),
    )  # fmt: skip
    found = [_annotation(row) for row in rows]
    return {days: [annotation for annotation in found if annotation.touches(*days)] for days in ranges}


def _annotation(row: Record) -> Annotation:
    return Annotation(**{**dict(row), "kind": Kind(row["kind"])})
