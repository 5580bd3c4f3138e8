"""Prompts, their versions and ratings in SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from governance.prompts.domain import Prompt, PromptRated, PromptRevised, PromptShared, Visibility

_PROMPT = (
    "id, team_id, department_id, author_id, title, tool_ids, visibility, forked_from, number, endorsed_by, retired,"
    " shared_at, owner_id, version"
)
_SELECT = f"SELECT {', '.join(f'p.{name}' for name in _PROMPT.split(', '))}, t.body FROM prompts p" \
    " JOIN prompt_texts t ON (t.prompt_id, t.number) = (p.id, p.number)"  # fmt: skip
_SEEN = (
    "(p.visibility = 'enterprise' OR p.author_id = $1 OR (p.visibility = 'team' AND p.team_id = $2)"
    " OR (p.visibility = 'department' AND p.department_id = $3))"
)


@dataclass(frozen=True, slots=True)
class Text:
    """One version of a prompt."""

    number: int
    body: str
    written_by: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Rating:
    """How good people find a prompt."""

    average: float
    ratings: int


def _prompt(row: Record) -> Prompt:
    return Prompt(
        **{**dict(row), "tool_ids": tuple(row["tool_ids"]), "visibility": Visibility(row["visibility"])}
    )  # fmt: skip


async def by_ids(connection: Connection, ids: Collection[UUID]) -> dict[UUID, Prompt]:
    """Prompts by id."""
    rows = await connection.fetch(f"{_SELECT} WHERE p.id = ANY($1)", list(ids))
    return {row["id"]: _prompt(row) for row in rows}


async def owned_by(connection: Connection, employee_id: str) -> list[UUID]:
    """The prompts that a person answers for."""
    rows = await connection.fetch("SELECT id FROM prompts WHERE owner_id = $1 AND NOT retired ORDER BY id", employee_id)
    return [row["id"] for row in rows]


async def get(connection: Connection, id: UUID) -> Prompt:
    """One prompt. Raises NotFound."""
    found = (await by_ids(connection, [id])).get(id)
    if found is None:
        raise NotFound(what="prompt", id=str(id))
    return found


async def get_for_update(tx: Transaction, id: UUID) -> Prompt:
    """One prompt, locked. Raises NotFound."""
    await tx.execute("SELECT FROM prompts WHERE id = $1 FOR UPDATE", id)
    return await get(tx, id)


async def listing(
    connection: Connection,
    *,
    employee_id: str | None,
    own_team: str | None,
    own_department: str | None,
    team_id: str | None,
    tool_id: UUID | None,
    search: str | None,
    after: UUID | None,
    limit: int,
) -> list[Prompt]:
    """A page of the prompts that somebody of this team and department may see, the latest first."""
    rows = await connection.fetch(
        f"""
        {_SELECT} WHERE {_SEEN} AND NOT p.retired AND ($4::text IS NULL OR p.team_id = $4)
            AND ($5::uuid IS NULL OR p.tool_ids @> ARRAY[$5]) AND ($6::text IS NULL OR p.title ILIKE $6 || '%')
            AND ($7::uuid IS NULL OR p.id < $7)
        ORDER BY p.id DESC LIMIT $8
        """,
        employee_id, own_team, own_department, team_id, tool_id, search and _literally(search), after, limit,
    )  # fmt: skip
    return [_prompt(row) for row in rows]


def _literally(search: str) -> str:
    return search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def texts(connection: Connection, ids: list[UUID]) -> dict[UUID, list[Text]]:
    """The versions of prompts, the oldest first."""
    found: dict[UUID, list[Text]] = defaultdict(list)
    for row in await connection.fetch(
        "SELECT prompt_id, number, body, written_by, written_at FROM prompt_texts WHERE prompt_id = ANY($1)"
        " ORDER BY prompt_id, number",
        ids,
    ):
        fields = dict(row)
        found[fields.pop("prompt_id")].append(Text(**fields))
    return found


async def ratings(connection: Connection, ids: list[UUID]) -> dict[UUID, Rating]:
    """How good people find prompts, where anybody said."""
    rows = await connection.fetch(
        "SELECT prompt_id, avg(stars)::float AS average, count(*) AS ratings FROM prompt_ratings"
        " WHERE prompt_id = ANY($1) GROUP BY prompt_id",
        ids,
    )
    return {row["prompt_id"]: Rating(row["average"], row["ratings"]) for row in rows}


async def forks(connection: Connection, ids: list[UUID]) -> dict[UUID, int]:
    """How often prompts were forked."""
    rows = await connection.fetch(
        "SELECT forked_from, count(*) AS forks FROM prompts WHERE forked_from = ANY($1) GROUP BY forked_from", ids
    )
    return {row["forked_from"]: row["forks"] for row in rows}


async def save(tx: Transaction, change: Change[Prompt], *, by: str) -> None:
    """Write a prompt, its newest version or rating, and its event."""
    it, event = change.after, change.because
    await tx.execute(
        f"INSERT INTO prompts ({_PROMPT}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
        " ON CONFLICT (id) DO UPDATE SET visibility = excluded.visibility, number = excluded.number,"
        " endorsed_by = excluded.endorsed_by, retired = excluded.retired, owner_id = excluded.owner_id, version = excluded.version",
        it.id, it.team_id, it.department_id, it.author_id, it.title, list(it.tool_ids), it.visibility, it.forked_from,
        it.number, it.endorsed_by, it.retired, it.shared_at, it.owner_id, it.version,
    )  # fmt: skip
    if isinstance(event, PromptShared | PromptRevised):
        await tx.execute(
            "INSERT INTO prompt_texts (prompt_id, number, body, written_by, written_at) VALUES ($1, $2, $3, $4, $5)",
            it.id, it.number, it.body, by, tx.now,
        )  # fmt: skip
    if isinstance(event, PromptRated):
        await tx.execute(
            "INSERT INTO prompt_ratings (prompt_id, employee_id, stars, at) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (prompt_id, employee_id) DO UPDATE SET stars = excluded.stars, at = excluded.at",
            it.id, event.employee_id, event.stars, tx.now,
        )  # fmt: skip
    await outbox.record(tx, change)
