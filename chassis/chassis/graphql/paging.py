"""Lists as Relay connections: bounded pages with opaque cursors."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

import strawberry
from graphql import GraphQLError

T = TypeVar("T")
R = TypeVar("R")
Count = Callable[[], Awaitable[int | None]]
LARGEST_PAGE = 100
DEFAULT_PAGE = 20


@strawberry.federation.type(shareable=True, description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there is more after this page.")
    has_previous_page: bool = strawberry.field(description="Whether this page does not start the list.")
    start_cursor: str | None = strawberry.field(description="The first item's cursor.")
    end_cursor: str | None = strawberry.field(description="The last item's cursor; pass it as `after` to go on.")


@strawberry.federation.type(shareable=True, description="An item of a list and its cursor.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="The item's place in the list.")
    node: T = strawberry.field(description="The item.")


@strawberry.federation.type(shareable=True, description="A page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The items with their cursors.")
    nodes: list[T] = strawberry.field(description="The items.")
    page_info: PageInfo = strawberry.field(description="Where this page stands in the list.")
    counted: strawberry.Private[Count | None] = None

    @strawberry.field(description="How many items the whole list has, where that is known.")
    async def total_count(self) -> int | None:
        return await self.counted() if self.counted else None


async def page(
    first: int | None,
    after: str | None,
    fetch: Callable[[Any, int], Awaitable[Sequence[R]]],
    *,
    node: Callable[[R], T],
    cursor: Callable[[R], str],
    place: Callable[[str], Any] = str,
    count: Count | None = None,
) -> Connection[T]:
    """A page of what `fetch(after, limit)` lists; `after` is None, or what `place` makes of what `cursor` gave for the last item
    of the page before. A `place` raises ValueError for what `cursor` never gave.

    `count` is asked only when a client asks for `totalCount`; None is more than what is worth counting.

    Raises a GraphQL error when `first` is not 1 to 100 or `after` is no cursor.
    """
    size = DEFAULT_PAGE if first is None else first
    if not 1 <= size <= LARGEST_PAGE:
        raise GraphQLError(
            f"`first` must be between 1 and {LARGEST_PAGE}, not {size}.", extensions={"code": "BAD_USER_INPUT"}
        )
    rows = await fetch(None if after is None else _read(after, place), size + 1)
    edges = [Edge(cursor=encode(cursor(row)), node=node(row)) for row in rows[:size]]
    return Connection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=PageInfo(
            has_next_page=len(rows) > size,
            has_previous_page=after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
        counted=count,
    )


def encode(place: str) -> str:
    """A cursor that clients do not take apart."""
    return urlsafe_b64encode(place.encode()).decode().rstrip("=")


def decode(cursor: str) -> str:
    """The place a cursor stands for. Raises a GraphQL error when the API never gave it."""
    try:
        place = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError):
        place = ""
    if not place or encode(place) != cursor:
        raise _no_cursor()
    return place


def _read(cursor: str, place: Callable[[str], Any]) -> Any:
    try:
        return place(decode(cursor))
    except ValueError:
        raise _no_cursor() from None


def _no_cursor() -> GraphQLError:
    return GraphQLError(
        "`after` is not a cursor of this list. Use an `endCursor` as it was given.",
        extensions={"code": "BAD_USER_INPUT"},
    )
