"""Where a caller belongs: what the token says, else what the directory knows."""

import pytest
import strawberry

from chassis.caller import Scope, scope_of
from chassis.database import Database
from chassis.graphql import schema
from chassis.service import Service
from chassis.testing import Delivers, a_caller, a_hire


@strawberry.type
class Query:
    nothing: str = strawberry.field(default="nothing", description="Nothing.")


@pytest.fixture(scope="session")
def service() -> Service:
    return Service(name="scoped", package="chassis", schema=schema(Query))


@pytest.fixture(autouse=True)
async def _hired(deliver: Delivers) -> None:
    await deliver("hris.employee-hired.v1", a_hire("E0001", "sales"))


async def test_the_token_goes_first(database: Database) -> None:
    async with database.transaction() as tx:
        caller = a_caller("E0001", "team_lead", department_id="legal", team_id="legal-one")
        assert await scope_of(tx, caller) == Scope("legal", "legal-one")


async def test_else_the_directory_says_where_the_person_is_today(database: Database) -> None:
    async with database.transaction() as tx:
        assert await scope_of(tx, a_caller("E0001", "team_lead")) == Scope("sales", "sales-one")


async def test_whom_the_directory_does_not_know_has_no_scope(database: Database) -> None:
    async with database.transaction() as tx:
        assert await scope_of(tx, a_caller("E0999", "team_lead")) == Scope(None, None)
        assert await scope_of(tx, a_caller("hris", "hris")) == Scope(None, None)
