"""The tables of procedures and their versions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from chassis.pages import PageOf, pages_of
from process.controls.domain import Content
from process.processes.domain import AiPath
from process.sops.domain import Sop, SopCodeTaken
from process.versions.domain import Approval, ChangeClass, Draft, SopVersion, State

_SOP = "id, process_id, code, title, version, fallback_in_force"
_VERSION = """
    sop_id, number, state, change_class, author_id, content, tool_ids, fallback_version, effective_from, approvals,
    blocked_by, drafted_at, submitted_at, approved_at, effective_at, ended_at
"""


def _version(row: asyncpg.Record) -> SopVersion:
    draft = Draft(
        author_id=row["author_id"],
        change_class=ChangeClass(row["change_class"]),
        content=msgspec.convert(row["content"], Content),
        fallback_version=row["fallback_version"],
        effective_from=row["effective_from"],
    )
    dates = ("drafted_at", "submitted_at", "approved_at", "effective_at", "ended_at")
    return SopVersion(
        number=row["number"],
        draft=draft,
        state=State(row["state"]),
        approvals=msgspec.convert(row["approvals"], tuple[Approval, ...]),
        blocked_by=frozenset(row["blocked_by"]),
        **{name: row[name] for name in dates},
    )


async def _with_versions(connection: Connection, rows: Sequence[asyncpg.Record]) -> list[Sop]:
    found: defaultdict[UUID, list[SopVersion]] = defaultdict(list)
    ids = [row["id"] for row in rows]
    for row in await connection.fetch(
        f"SELECT {_VERSION} FROM sop_versions WHERE sop_id = ANY($1) ORDER BY sop_id, number", ids
    ):
        found[row["sop_id"]].append(_version(row))
    return [Sop(**row, versions=tuple(found[row["id"]])) for row in rows]


async def get(connection: Connection, sop_id: UUID) -> Sop | None:
    """The procedure with all its versions, or None."""
    return (await by_id(connection, [sop_id])).get(sop_id)


async def get_for_update(tx: Transaction, sop_id: UUID) -> Sop:
    """The procedure with all its versions, locked. Raises NotFound."""
    rows = await tx.fetch(f"SELECT {_SOP} FROM sops WHERE id = $1 FOR UPDATE", sop_id)
    if not rows:
        raise NotFound(what="procedure", id=str(sop_id))
    return (await _with_versions(tx, rows))[0]


async def using_for_update(tx: Transaction, tool_id: UUID) -> list[Sop]:
    """The procedures of which an approved or effective version needs the tool, locked in order of id."""
    rows = await tx.fetch(
        f"""
        SELECT {_SOP} FROM sops WHERE id IN (
            SELECT sop_id FROM sop_versions WHERE tool_ids @> ARRAY[$1::uuid] AND state IN ('approved', 'effective')
        ) ORDER BY id FOR UPDATE
        """,
        tool_id,
    )
    return await _with_versions(tx, rows)


async def tools_of(tx: Transaction, sop_id: UUID) -> set[UUID]:
    """The tools that any version of the procedure needs."""
    rows = await tx.fetch("SELECT DISTINCT unnest(tool_ids) AS id FROM sop_versions WHERE sop_id = $1", sop_id)
    return {row["id"] for row in rows}


async def ai_paths(tx: Transaction, process_ids: Iterable[UUID]) -> dict[UUID, list[AiPath]]:
    """How far the procedures of each process bring AI into it."""
    ids = list(process_ids)
    rows = await tx.fetch("SELECT process_id, ai_path FROM sops WHERE process_id = ANY($1)", ids)
    found: dict[UUID, list[AiPath]] = {id: [] for id in ids}
    for row in rows:
        found[row["process_id"]].append(AiPath(row["ai_path"]))
    return found


async def save_many(tx: Transaction, sops: Sequence[tuple[Sop | None, Sequence[Change[Sop]]]]) -> None:
    """Write what changed in each procedure, and the events in order."""
    changed = [(before, changes) for before, changes in sops if changes]
    try:
        async with tx.savepoint():
            await tx.executemany(_SAVE_SOP, [_sop_row(changes[-1].after, tx) for _, changes in changed])
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name == "sops_code":
            raise SopCodeTaken(code=changed[0][1][-1].after.code) from None
        raise
    versions = [
        (sop.id, version)
        for before, changes in changed
        for sop in [changes[-1].after]
        for version in sop.versions
        if before is None or all(version is not known for known in before.versions)
    ]
    # What was effective gives way before what becomes effective: there is never more than one.
    versions.sort(key=lambda pair: pair[1].state is State.EFFECTIVE)
    await tx.executemany(_SAVE_VERSION, [_version_row(sop_id, version) for sop_id, version in versions])
    await outbox.record_many(tx, [change for _, changes in changed for change in changes])


_SAVE_SOP = """
    INSERT INTO sops (id, process_id, code, title, version, fallback_in_force, ai_path, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, fallback_in_force = excluded.fallback_in_force,
        ai_path = excluded.ai_path, updated_at = excluded.updated_at
"""
_SAVE_VERSION = f"""
    INSERT INTO sop_versions ({_VERSION})
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
    ON CONFLICT (sop_id, number) DO UPDATE SET state = excluded.state, change_class = excluded.change_class,
        author_id = excluded.author_id, content = excluded.content, tool_ids = excluded.tool_ids,
        fallback_version = excluded.fallback_version, effective_from = excluded.effective_from,
        approvals = excluded.approvals, blocked_by = excluded.blocked_by, submitted_at = excluded.submitted_at,
        approved_at = excluded.approved_at, effective_at = excluded.effective_at, ended_at = excluded.ended_at
"""


def _sop_row(sop: Sop, tx: Transaction) -> tuple[Any, ...]:
    return (sop.id, sop.process_id, sop.code, sop.title, sop.version, sop.fallback_in_force, sop.ai_path, tx.now)


def _version_row(sop_id: UUID, version: SopVersion) -> tuple[Any, ...]:
    draft = version.draft
    return (
        sop_id, version.number, version.state, draft.change_class, draft.author_id, msgspec.to_builtins(draft.content),
        sorted(draft.content.tools), draft.fallback_version, draft.effective_from, msgspec.to_builtins(version.approvals),
        sorted(version.blocked_by), version.drafted_at, version.submitted_at, version.approved_at, version.effective_at,
        version.ended_at,
    )  # fmt: skip


async def by_id(connection: Connection, ids: list[UUID]) -> dict[UUID, Sop]:
    """Procedures by id."""
    rows = await connection.fetch(f"SELECT {_SOP} FROM sops WHERE id = ANY($1)", ids)
    return {sop.id: sop for sop in await _with_versions(connection, rows)}


async def listing(
    connection: Connection, *, process_id: UUID | None, state: State | None, after: str | None, limit: int
) -> list[Sop]:
    """A page of procedures in order of code; with a state, those that have a version in it."""
    rows = await connection.fetch(
        f"""
        SELECT {_SOP} FROM sops
        WHERE ($1::uuid IS NULL OR process_id = $1) AND ($3::text IS NULL OR code > $3) AND ($2::text IS NULL OR EXISTS (
            SELECT FROM sop_versions v WHERE v.sop_id = sops.id AND v.state = $2
        ))
        ORDER BY code LIMIT $4
        """,
        process_id, state, after, limit,
    )  # fmt: skip
    return await _with_versions(connection, rows)


Fetch = Callable[[str | None, int], Awaitable[list[Sop]]]
Page = PageOf[UUID, str]


async def of_processes(connection: Connection, pages: list[Page]) -> dict[Page, list[Sop]]:
    """A page of each process's procedures in order of code."""
    return await _pages(connection, pages, "process_id = page.owner")


async def using(connection: Connection, pages: list[Page]) -> dict[Page, list[Sop]]:
    """A page of the procedures of which an approved or effective version needs each tool, in order of code."""
    return await _pages(
        connection,
        pages,
        """
        id IN (
            SELECT sop_id FROM sop_versions WHERE tool_ids @> ARRAY[page.owner] AND state IN ('approved', 'effective')
        )
        """,
    )


async def _pages(connection: Connection, pages: list[Page], condition: str) -> dict[Page, list[Sop]]:
    select = f"SELECT id, code FROM sops WHERE {condition}"
    found = await pages_of(connection, pages, select, by="code", types=("uuid", "text"))
    sops = await by_id(connection, list({row["id"] for rows in found.values() for row in rows}))
    return {page: [sops[row["id"]] for row in rows] for page, rows in found.items()}
