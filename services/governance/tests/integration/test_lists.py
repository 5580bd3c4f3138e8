"""Lists of any length are read in the same number of statements: nothing is asked once for each row (X01)."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from chassis import lists
from chassis.costs import costs, growth, refusals
from chassis.database import Database
from chassis.graphql.paging import encode
from chassis.pages import COUNTED, counted
from chassis.testing import Asks, a_caller
from governance.crowd import Numbers, fill
from governance.scope.domain import DataClass, UsageContext
from governance.service import service
from governance.testing import BOSS, DANA, STEWARD, Organisation

FEW = Numbers(
    employees=range(1, 8),
    tools=range(3),
    many=range(1, 3),
    few=range(1, 3),
    departments=range(2),
    grants_each=1,
    popular=0,
)
MORE = Numbers(
    employees=range(8, 30),
    tools=range(3, 25),
    many=range(3, 21),
    few=range(3, 21),
    departments=range(2, 20),
    grants_each=1,
    popular=0,
)
GIVEN = {
    # Of one kind, so that a short page has what a long one has: findings of some kinds have no department.
    "governanceFindings(kind)": "PROMPT_WITHOUT_OWNER",
    "modelChanges(quarter)": '"2024-Q1"',
    "similarTools(name)": '"Tool 1"',
    "similarTools(vendor)": '"Vendor 1"',
}
EVERYTHING = a_caller("P1", "employee", "ai_steward", "compliance_officer", "auditor", "sre")


async def test_no_list_asks_anything_for_each_of_its_rows_X01(
    graph: Asks, database: Database, statements: list[str]
) -> None:
    queries = lists.queries(service.schema._schema, GIVEN, levels=2)
    await written(database, FEW)
    few = await costs(graph, statements, queries, caller=EVERYTHING, first=2)
    await written(database, MORE)
    more = await costs(graph, statements, queries, caller=EVERYTHING, first=20)
    found = growth(few, more)
    assert len(queries.keys() - found.no_longer) >= 20, sorted(found.no_longer)
    assert found.dearer == {}


async def test_nothing_is_asked_for_each_of_many_entities_X01(
    graph: Asks, database: Database, statements: list[str]
) -> None:
    queries = lists.entities(service.schema._schema, GIVEN, levels=2)
    # It begins here, so nobody refers to one that governance has not given.
    del queries["BlastRadius"]
    await written(database, FEW)
    few = await costs(graph, statements, queries, caller=EVERYTHING, keys=await keys(database, 2))
    await written(database, MORE)
    more = await costs(graph, statements, queries, caller=EVERYTHING, keys=await keys(database, 20))
    found = growth(few, more)
    assert found.no_longer == frozenset()
    assert found.dearer == {}


async def test_a_cursor_that_the_list_never_gave_is_refused_in_words_X01(graph: Asks) -> None:
    schema = service.schema._schema
    given = {**GIVEN, **lists.going_on(schema, encode("nonsense"))}
    refused = await refusals(graph, lists.queries(schema, given, levels=0), caller=EVERYTHING)
    assert set(refused.values()) == {"BAD_USER_INPUT"}
    assert len(refused) >= 15


async def test_what_somebody_may_use_is_decided_for_many_tools_with_one_statement_X08(
    graph: Asks, database: Database, statements: list[str]
) -> None:
    await written(database, FEW)
    await written(database, MORE)
    async with database.read() as connection:
        tools = [str(row["id"]) for row in await connection.fetch("SELECT id FROM tools ORDER BY id")]
    statements.clear()
    asked = f"dataClass: {DataClass.CLIENT}, context: {UsageContext.CLIENT_WORK}"
    answer = await graph(
        "{"
        + " ".join(
            f'p{who}t{n}: canUse(employeeId: "P{who}", toolId: "{tool}", {asked}) {{ allowed }}'
            for n, tool in enumerate(tools)
            for who in range(1, 5)
        )
        + "}",
        caller=EVERYTHING,
    )
    assert answer["errors"] is None
    assert len(statements) == 1
    assert {name for name, found in answer["data"].items() if found["allowed"]} == await granted(database, tools)


async def granted(database: Database, tools: list[str]) -> set[str]:
    async with database.read() as connection:
        rows = await connection.fetch("SELECT employee_id, tool_id FROM access_grants WHERE employee_id = ANY($1)",
                                      [f"P{n}" for n in range(1, 5)])  # fmt: skip
    assert rows
    return {f"p{row['employee_id'][1:]}t{tools.index(str(row['tool_id']))}" for row in rows}


async def keys(database: Database, most: int) -> dict[str, list[str]]:
    """The ids of so many entities of each type; those of other services are whatever they say."""
    tables = {
        "Department": "departments", "Employee": "employees", "Team": "teams", "Tool": "tools",
        "Process": "processes",
    }  # fmt: skip
    elsewhere = [str(UUID(int=n)) for n in range(most)]
    found = dict.fromkeys(("CredentialType", "MetricsSnapshot", "Pilot"), elsewhere)
    async with database.read() as connection:
        for name, table in tables.items():
            rows = await connection.fetch(f"SELECT id FROM {table} ORDER BY id LIMIT $1", most)
            found[name] = [str(row["id"]) for row in rows]
    return found


async def written(database: Database, numbers: Numbers) -> None:
    async with database.pool.acquire() as connection:
        plain: asyncpg.Connection[asyncpg.Record] = connection  # type: ignore[assignment]
        await fill(plain, numbers)


async def test_the_whole_list_is_counted_as_it_is_narrowed_and_only_when_asked_X01(
    organisation: Organisation, statements: list[str]
) -> None:
    o = organisation
    tools = [await o.propose(code) for code in ("drafter", "drawer", "payer")]
    for tool in tools[:2]:
        await o.approve(tool)
    for who, tool in ((DANA, tools[0]), (DANA, tools[1]), (BOSS, tools[1])):
        await o.do(who, "reportIncident", "incident { id }", title="Leak", toolId=tool)

    async def total(of: str, who: str = STEWARD) -> int | None:
        answer = (await o.ask(who, f"{{ list: {of} {{ totalCount nodes {{ id }} }} }}"))["list"]
        assert len(answer["nodes"]) == 1
        found: int | None = answer["totalCount"]
        return found

    assert await total("tools(first: 1)") == 3
    assert await total("tools(first: 1, status: APPROVED)") == 2
    assert await total('tools(first: 1, search: "Dra", status: APPROVED)') == 2
    assert await total('tools(first: 1, search: "pay")') == 1
    assert await total("decisions(first: 1, decisionType: APPROVE_TOOL)") == 2
    assert await total("incidents(first: 1)") == 3
    assert await total(f'incidents(first: 1, toolId: "{tools[1]}")') == 2
    assert await total("incidents(first: 1)", DANA) == 2
    assert await total("incidents(first: 1, status: REPORTED)", BOSS) == 1
    statements.clear()
    for of in ("tools", "decisions", "incidents"):
        await o.ask(STEWARD, f"{{ {of} {{ nodes {{ id }} }} }}")
    assert statements
    assert not [each for each in statements if "count(*)" in each]


async def test_what_is_too_many_is_not_counted_X01(database: Database) -> None:
    async with database.read() as connection:
        assert await counted(connection, "SELECT FROM generate_series(1, $1::int)", COUNTED) == COUNTED
        assert await counted(connection, "SELECT FROM generate_series(1, $1::int)", COUNTED + 1) is None
