"""Pages: bounded, opaque cursors, and every item exactly once."""

from typing import Any
from uuid import UUID

import pytest
from graphql import GraphQLError
from hypothesis import given
from hypothesis import strategies as st

from chassis.graphql import page
from chassis.graphql.paging import decode, encode


async def numbers(upto: int, first: int | None, after: str | None) -> Any:
    async def fetch(after: str | None, limit: int) -> list[int]:
        start = 0 if after is None else int(after) + 1
        return list(range(start, upto))[:limit]

    return await page(first, after, fetch, node=lambda n: n, cursor=str)


@given(upto=st.integers(0, 60), first=st.integers(1, 100))
async def test_walking_the_pages_meets_every_item_once(upto: int, first: int) -> None:
    met: list[int] = []
    after = None
    while True:
        here = await numbers(upto, first, after)
        met += here.nodes
        assert len(here.nodes) <= first
        assert here.page_info.has_previous_page == (after is not None)
        after = here.page_info.end_cursor
        if not here.page_info.has_next_page:
            break
    assert met == list(range(upto))


async def test_a_page_has_twenty_items_when_nobody_says() -> None:
    assert len((await numbers(50, None, None)).nodes) == 20


@pytest.mark.parametrize("first", [0, -1, 101])
async def test_a_page_is_bounded(first: int) -> None:
    with pytest.raises(GraphQLError, match="`first` must be between 1 and 100"):
        await numbers(5, first, None)


@given(st.text(min_size=1).filter(lambda text: text.isprintable()))
def test_a_cursor_comes_back_as_it_was(place: str) -> None:
    assert decode(encode(place)) == place


@pytest.mark.parametrize("cursor", ["", "?", "abc\u00fc", "gg", "MQ=="])
def test_what_is_no_cursor_is_said_to_be_none(cursor: str) -> None:
    with pytest.raises(GraphQLError, match="endCursor"):
        decode(cursor)


async def test_a_place_that_the_list_never_gave_is_no_cursor() -> None:
    async def fetch(after: UUID | None, limit: int) -> list[UUID]:
        return [] if after else [UUID(int=1)]

    with pytest.raises(GraphQLError, match="endCursor") as refused:
        await page(None, encode("nonsense"), fetch, node=str, cursor=str, place=UUID)
    assert refused.value.extensions == {"code": "BAD_USER_INPUT"}
    assert (await page(None, encode(str(UUID(int=1))), fetch, node=str, cursor=str, place=UUID)).nodes == []
