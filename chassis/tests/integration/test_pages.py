"""Pages of many owners are read in one statement, each as long, from where and in the order that was asked for."""

from __future__ import annotations

import pytest
import strawberry

from chassis.database import Database
from chassis.graphql import public, schema
from chassis.pages import PageOf, pages_of
from chassis.service import Service

# Of an owner n, the numbers from 1 to n.
SELECT = "SELECT k FROM generate_series(1, page.owner) k WHERE true"


@strawberry.type
class Query:
    @strawberry.field(description="Anybody may ask.", metadata=public)
    def hello(self) -> str:
        return "hello"


@pytest.fixture(scope="session")
def service() -> Service:
    return Service(name="paging", package="chassis", schema=schema(Query))


@pytest.mark.parametrize("latest_first", [False, True])
async def test_each_page_begins_after_its_place_and_is_no_longer_than_asked(
    database: Database, statements: list[str], latest_first: bool
) -> None:
    pages = [
        PageOf(owner, after, limit) for owner in (0, 1, 7, 30) for after in (None, 0, 3, 7, 40) for limit in (1, 4, 100)
    ]
    async with database.read() as connection:
        statements.clear()
        found = await pages_of(connection, pages, SELECT, by="k", latest_first=latest_first, types=("int", "int"))
    assert len(statements) == 1
    assert list(found) == pages
    for page, rows in found.items():
        numbers = range(1, page.owner + 1)
        if latest_first:
            expected = [k for k in reversed(numbers) if page.after is None or k < page.after]
        else:
            expected = [k for k in numbers if page.after is None or k > page.after]
        assert [row["k"] for row in rows] == expected[: page.limit], page
