"""Pages of what belongs to each of many things, read in one statement: what the lists inside a list are loaded with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from chassis.database import Connection

K = TypeVar("K")
P = TypeVar("P")
COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class PageOf(Generic[K, P]):
    """A page of what belongs to one thing: the key of a loader that reads the pages of many things at once."""

    owner: K
    after: P | None
    limit: int


async def pages_of(
    connection: Connection,
    pages: Sequence[PageOf[K, P]],
    select: str,
    *,
    by: str,
    latest_first: bool = False,
    types: tuple[str, str] = ("uuid", "uuid"),
) -> dict[PageOf[K, P], list[dict[str, Any]]]:
    """The rows of each page in order of the column `by`, which no two rows of an owner share.

    `select` is SQL that ends with a condition, such as "SELECT * FROM gaps WHERE pilot_id = page.owner". `types` are the SQL
    types of the owner and of `by`.
    """
    sign, order = ("<", f"{by} DESC") if latest_first else (">", by)
    owner, after = types
    rows = await connection.fetch(
        f"""
        SELECT page.n AS page_number, found.*
        FROM unnest($1::{owner}[], $2::{after}[], $3::int[]) WITH ORDINALITY AS page (owner, after, size, n)
        CROSS JOIN LATERAL (
            {select} AND (page.after IS NULL OR {by} {sign} page.after) ORDER BY {order} LIMIT page.size
        ) AS found ORDER BY page.n, found.{order}
        """,
        [page.owner for page in pages], [page.after for page in pages], [page.limit for page in pages],
    )  # fmt: skip
    found: dict[PageOf[K, P], list[dict[str, Any]]] = {page: [] for page in pages}
    for row in rows:
        columns = dict(row)
        found[pages[columns.pop("page_number") - 1]].append(columns)
    return found


async def counted(connection: Connection, select: str, *values: Any) -> int | None:
    """How many rows a SELECT finds; None for more than 10,000, which are not counted."""
    found: int = await connection.fetchval(f"SELECT count(*) FROM ({select} LIMIT {COUNTED + 1}) AS counted", *values)
    return found if found <= COUNTED else None
