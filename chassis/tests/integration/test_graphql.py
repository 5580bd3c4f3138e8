"""The GraphQL glue against Postgres: one transaction per mutation, once per key, one query for many look-ups."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import strawberry

from chassis import outbox
from chassis.caller import Caller, require
from chassis.database import Connection, Database, Transaction, new_id
from chassis.domain import Change, NotFound, Refused
from chassis.graphql import Connection as Page
from chassis.graphql import Context, Info, Payload, execute, mutation, page, public, run, schema, uuid_of
from chassis.service import Service
from chassis.testing import a_caller


@dataclass(frozen=True, slots=True)
class BookTitled:
    """The event of the little service."""

    title: str


@dataclass(frozen=True, slots=True)
class TitledBook:
    """Its aggregate."""

    id: UUID
    title: str
    version: int


class TitleTaken(Refused):
    """There is a book called {title}. Choose another title."""

    title: str


class Unheard(Refused):
    """This is no type of the schema."""


looked_up: list[int] = []
lost: list[int] = []


async def add_book(tx: Transaction, *, caller: Caller, title: str) -> TitledBook:
    require(caller, "librarian", action="Adding a book")
    if title == "unheard":
        raise Unheard
    if title == "deadlock" and len(lost) < 1:
        lost.append(1)
        raise asyncpg.DeadlockDetectedError
    book = TitledBook(new_id(), title, 1)
    await tx.execute("INSERT INTO books (id, title) VALUES ($1, $2)", book.id, title)
    await outbox.record(tx, Change(book, BookTitled(title)))
    if title == "fault":
        raise ZeroDivisionError("a secret")
    if await tx.fetchval("SELECT count(*) FROM books WHERE title = $1", title) > 1:
        raise TitleTaken(title=title)
    return book


async def get(connection: Connection, id: UUID) -> TitledBook | None:
    row = await connection.fetchrow("SELECT id, title FROM books WHERE id = $1", id)
    return TitledBook(row["id"], row["title"], 1) if row else None


async def titles_by_id(connection: Connection, ids: list[UUID]) -> dict[UUID, str]:
    looked_up.append(len(ids))
    rows = await connection.fetch("SELECT id, title FROM books WHERE id = ANY($1)", ids)
    return {row["id"]: row["title"] for row in rows}


async def listing(connection: Connection, after: str | None, limit: int) -> list[TitledBook]:
    rows = await connection.fetch(
        "SELECT id, title FROM books WHERE $1::text IS NULL OR title > $1 ORDER BY title LIMIT $2", after, limit
    )
    return [TitledBook(row["id"], row["title"], 1) for row in rows]


@strawberry.federation.type(keys=["id"], description="A book.")
class Book:
    id: strawberry.ID = strawberry.field(description="Its id.")

    @strawberry.field(description="Its title.")
    async def title(self, info: Info) -> str | None:
        return await info.context.load(titles_by_id, uuid_of(self.id, "book"))

    @classmethod
    def of(cls, book: TitledBook) -> "Book":
        return cls(id=strawberry.ID(str(book.id)))

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> "Book":
        return cls(id=id)


@strawberry.input(description="What to add.")
class AddBookInput:
    title: str = strawberry.field(description="Its title.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key adds one book.")


@strawberry.type(description="The book that was added.")
class AddBookPayload(Payload):
    book: Book | None = strawberry.field(default=None, description="The book.")


@strawberry.type
class Query:
    @strawberry.field(description="The books.")
    async def books(self, info: Info, first: int | None = None, after: str | None = None) -> Page[Book]:
        async with info.context.read() as connection:
            return await page(
                first, after, lambda after, limit: listing(connection, after, limit),
                node=Book.of, cursor=lambda book: book.title,
            )  # fmt: skip

    @strawberry.field(description="A book.")
    async def book(self, id: strawberry.ID) -> Book:
        raise NotFound(what="book", id=id)

    @strawberry.field(description="Anybody may ask.", metadata=public)
    def opening_hours(self) -> str:
        return "nine to five"

    @strawberry.field(description="Who asks.")
    def reader(self, info: Info) -> str:
        return info.context.require_caller().subject

    @strawberry.field(description="Always fails.")
    async def broken(self) -> str | None:
        raise ZeroDivisionError("a secret")


@strawberry.type
class Mutation:
    @mutation(refuses=(TitleTaken,), description="Add a book.")
    async def add_book(self, info: Info, input: AddBookInput) -> AddBookPayload:
        book = await run(info, add_book, key=input.idempotency_key, again=get, title=input.title)
        return AddBookPayload(book=Book.of(book))


@pytest.fixture(scope="session")
def service() -> Service:
    return Service(name="library", package="chassis", schema=schema(Query, Mutation), publishes=[BookTitled])


@pytest.fixture(autouse=True)
async def _books(database: Database) -> None:
    looked_up.clear()
    lost.clear()
    await database.pool.execute("CREATE TABLE books (id uuid PRIMARY KEY, title text NOT NULL)")


Ask = Callable[..., Awaitable[dict[str, Any]]]
LIBRARIAN = a_caller("E0001", "librarian")
ADD = """mutation Add($input: AddBookInput!) { addBook(input: $input) {
    book { id title } errors { __typename message code ... on TitleTaken { title } } } }"""


@pytest.fixture
def ask(database: Database, service: Service) -> Ask:
    async def ask(query: str, variables: dict[str, Any] | None = None, caller: Caller | None = LIBRARIAN) -> Any:
        answer = await execute(service.schema, Context(database, caller), query, variables)
        return answer.body()

    return ask


async def count(database: Database, table: str) -> int:
    return int(await database.pool.fetchval(f"SELECT count(*) FROM {table}"))


async def test_a_mutation_commits_the_change_with_its_event(ask: Ask, database: Database) -> None:
    answer = await ask(ADD, {"input": {"title": "Emma"}})
    assert answer["data"]["addBook"]["book"]["title"] == "Emma"
    assert answer["data"]["addBook"]["errors"] == []
    assert await count(database, "books") == await count(database, "events") == 1


async def test_what_the_rules_refuse_is_an_error_of_the_payload_and_changes_nothing(
    ask: Ask, database: Database
) -> None:
    await ask(ADD, {"input": {"title": "Emma"}})
    answer = await ask(ADD, {"input": {"title": "Emma"}})
    assert answer["data"]["addBook"] == {
        "book": None,
        "errors": [
            {
                "__typename": "TitleTaken",
                "message": "There is a book called Emma. Choose another title.",
                "code": "TITLE_TAKEN",
                "title": "Emma",
            }
        ],
    }
    assert await count(database, "books") == await count(database, "events") == 1


async def test_a_refusal_nobody_listed_is_an_error_too(ask: Ask) -> None:
    answer = await ask(ADD, {"input": {"title": "unheard"}})
    (error,) = answer["data"]["addBook"]["errors"]
    assert (error["__typename"], error["code"]) == ("Refused", "UNHEARD")


async def test_who_may_not_is_told_who_may(ask: Ask) -> None:
    answer = await ask(ADD, {"input": {"title": "Emma"}}, caller=a_caller("E0002", "employee"))
    (error,) = answer["data"]["addBook"]["errors"]
    assert error["code"] == "NOT_ENTITLED"
    assert "by librarian" in error["message"]


async def test_a_fault_of_ours_is_masked_and_undone(ask: Ask, database: Database) -> None:
    answer = await ask(ADD, {"input": {"title": "fault"}})
    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "secret" not in str(answer)
    assert await count(database, "books") == await count(database, "events") == 0


async def test_a_command_that_lost_a_deadlock_is_tried_again(ask: Ask) -> None:
    answer = await ask(ADD, {"input": {"title": "deadlock"}})
    assert answer["data"]["addBook"]["book"]["title"] == "deadlock"


async def test_the_same_key_answers_the_same_and_does_nothing(ask: Ask, database: Database) -> None:
    first = await ask(ADD, {"input": {"title": "Emma", "idempotencyKey": "k1"}})
    again = await ask(ADD, {"input": {"title": "Emma", "idempotencyKey": "k1"}})
    assert first == again
    assert await count(database, "books") == await count(database, "events") == 1


async def test_a_concurrent_duplicate_waits_for_the_first(ask: Ask, database: Database) -> None:
    asked = [ask(ADD, {"input": {"title": "Emma", "idempotencyKey": "k1"}}) for _ in range(5)]
    answers = await asyncio.gather(*asked)
    assert all(answer == answers[0] and answer["data"]["addBook"]["book"] for answer in answers)
    assert await count(database, "books") == await count(database, "events") == 1


async def test_a_key_belongs_to_its_caller(ask: Ask, database: Database) -> None:
    await ask(ADD, {"input": {"title": "Emma", "idempotencyKey": "k1"}})
    await ask(ADD, {"input": {"title": "Persuasion", "idempotencyKey": "k1"}}, caller=a_caller("E0002", "librarian"))
    assert await count(database, "books") == 2


async def test_a_refused_command_does_not_use_the_key_up(ask: Ask) -> None:
    await ask(ADD, {"input": {"title": "Emma"}})
    refused = await ask(ADD, {"input": {"title": "Emma", "idempotencyKey": "k1"}})
    assert refused["data"]["addBook"]["errors"]
    done = await ask(ADD, {"input": {"title": "Persuasion", "idempotencyKey": "k1"}})
    assert done["data"]["addBook"]["book"]["title"] == "Persuasion"


@pytest.mark.parametrize("key", ["", "k" * 201])
async def test_a_key_is_bounded(ask: Ask, key: str) -> None:
    answer = await ask(ADD, {"input": {"title": "Emma", "idempotencyKey": key}})
    assert answer["data"]["addBook"]["errors"][0]["code"] == "KEY_UNUSABLE"


async def test_many_look_ups_are_one_query(ask: Ask) -> None:
    for title in "abcde":
        await ask(ADD, {"input": {"title": title}})
    looked_up.clear()
    answer = await ask("{ books { nodes { title } edges { cursor node { title } } pageInfo { hasNextPage } } }")
    assert [node["title"] for node in answer["data"]["books"]["nodes"]] == list("abcde")
    assert looked_up == [5]


async def test_entities_are_one_query_too(ask: Ask) -> None:
    ids = [(await ask(ADD, {"input": {"title": title}}))["data"]["addBook"]["book"]["id"] for title in "abc"]
    looked_up.clear()
    answer = await ask(
        "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Book { title } } }",
        {"r": [{"__typename": "Book", "id": id} for id in ids]},
    )
    assert [entity["title"] for entity in answer["data"]["_entities"]] == list("abc")
    assert looked_up == [3]


async def test_pages_follow_one_another(ask: Ask) -> None:
    for title in "abc":
        await ask(ADD, {"input": {"title": title}})
    query = "query ($after: String) { books(first: 2, after: $after) { nodes { title } pageInfo { endCursor hasNextPage } } }"
    first = (await ask(query))["data"]["books"]
    second = (await ask(query, {"after": first["pageInfo"]["endCursor"]}))["data"]["books"]
    assert [node["title"] for node in first["nodes"] + second["nodes"]] == list("abc")
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)


async def test_a_page_too_large_is_the_clients_mistake(ask: Ask) -> None:
    answer = await ask("{ books(first: 101) { nodes { id } } }")
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    "query",
    [
        "{ reader }",
        "{ books { nodes { id } } }",
        '{ _entities(representations: [{__typename: "Book", id: "1"}]) { __typename } }',
        'mutation { addBook(input: {title: "Emma"}) { book { id } } }',
    ],
)
async def test_strangers_are_kept_out_of_every_root_field(ask: Ask, database: Database, query: str) -> None:
    answer = await ask(query, caller=None)
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert answer["data"] is None
    assert await count(database, "books") == 0


async def test_who_holds_a_connection_may_not_wait_for_another(database: Database) -> None:
    context = Context(database, LIBRARIAN)
    async with context.read():
        with pytest.raises(RuntimeError, match="already holds a connection"):
            await context.load(titles_by_id, new_id())
        with pytest.raises(RuntimeError, match="already holds a connection"):
            async with context.read():
                pass
    async with context.read():
        pass
    assert await context.load(titles_by_id, new_id()) is None


async def test_strangers_may_ask_what_is_public(ask: Ask) -> None:
    answer = await ask("{ openingHours _service { sdl } __typename }", caller=None)
    assert answer["data"]["openingHours"] == "nine to five"
    assert "type Book" in answer["data"]["_service"]["sdl"]


async def test_a_refusal_in_a_query_is_an_error_with_its_code(ask: Ask) -> None:
    answer = await ask('{ book(id: "7") { id } }')
    assert answer["errors"][0]["message"] == "There is no book 7."
    assert answer["errors"][0]["extensions"] == {"code": "NOT_FOUND"}


async def test_one_broken_field_leaves_the_others(ask: Ask) -> None:
    answer = await ask("{ broken reader }")
    assert answer["data"] == {"broken": None, "reader": "E0001"}
    assert answer["errors"][0]["path"] == ["broken"]
    assert "secret" not in str(answer)


async def test_a_database_that_is_away_is_said_to_be(ask: Ask, database: Database) -> None:
    await database.close()
    answer = await ask("{ books { nodes { id } } }")
    assert answer["errors"][0]["extensions"]["code"] == "UNAVAILABLE"


async def test_a_session_that_is_cut_is_no_fault_of_ours(ask: Ask, database: Database) -> None:
    async def asked() -> list[str]:
        answers = [await ask("{ books { nodes { id } } }") for _ in range(20)]
        return [error["extensions"]["code"] for answer in answers for error in answer.get("errors", [])]

    async with database.pool.acquire() as sessions:
        asking = asyncio.gather(*(asked() for _ in range(5)))
        while not asking.done():
            await sessions.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            await asyncio.sleep(0.001)
    assert {code for codes in await asking for code in codes} == {"UNAVAILABLE"}


async def test_introspection_may_be_off_while_the_federation_sdl_is_not(database: Database, service: Service) -> None:
    closed = Context(database, LIBRARIAN, introspection=False)
    answer = await execute(service.schema, closed, "{ __schema { types { name } } }")
    assert answer.errors[0]["extensions"]["code"] == "INTROSPECTION_DISABLED"
    assert not answer.executed
    assert (await execute(service.schema, closed, "{ _service { sdl } }")).data
    opened = Context(database, LIBRARIAN)
    assert (await execute(service.schema, opened, "{ __schema { types { name } } }")).data


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{" + "a{" * 3000, "GRAPHQL_PARSE_FAILED"),
        ("{" + "a{" * 50 + "b" + "}" * 51, "TOO_LARGE"),
        ("query A { reader } query B { reader }", "GRAPHQL_VALIDATION_FAILED"),
        ("fragment F on Query { reader }", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_a_document_that_cannot_run_is_not_run(
    database: Database, service: Service, query: str, code: str
) -> None:
    answer = await execute(service.schema, Context(database, LIBRARIAN), query)
    assert not answer.executed
    assert answer.errors[0]["extensions"]["code"] == code
