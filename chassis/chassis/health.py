"""What an orchestrator asks: does the process turn, can it serve, and what does it count."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import asyncpg
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from chassis import metrics, migrate
from chassis.database import Database
from chassis.migrate import Migration, MigrationError

_PATIENCE_SECONDS = 2.0


class Readiness:
    """Ready is: the pool answers and the database has the migrations of this code. Kafka is not asked: an outbox waits."""

    def __init__(self, database: Database, migrations: Sequence[Migration]) -> None:
        self._database = database
        self._migrations = migrations
        self._migrated = False
        self.stopping = False
        self.on_stop: list[Callable[[], None]] = []

    def stop(self) -> None:
        """From now on not ready; streams that would last are ended."""
        self.stopping = True
        for end in self.on_stop:
            end()

    async def why_not(self) -> str | None:
        """None when ready, else the reason."""
        if self.stopping:
            return "The process is stopping."
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return await self._ask()
        except TimeoutError:
            return "The database does not answer in time."
        except MigrationError as error:
            return str(error)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
            return f"The database does not answer: {type(error).__name__}."

    async def _ask(self) -> str | None:
        async with self._database.pool.acquire() as connection:
            if self._migrated:
                await connection.fetchval("SELECT 1")
                return None
            missing = await migrate.pending(connection, self._migrations)  # type: ignore[arg-type]
        before_code = [migration.name for migration in missing if migration.phase == "pre"]
        if before_code:
            return f"Migrations are missing: {', '.join(before_code)}. Run `migrate`."
        self._migrated = True
        return None


def routes(readiness: Readiness, database: Database) -> list[BaseRoute]:
    """/livez, /readyz and /metrics."""

    async def livez(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_: Request) -> Response:
        reason = await readiness.why_not()
        if reason is None:
            return JSONResponse({"status": "ok"})
        return JSONResponse({"status": "not ready", "why": reason}, status_code=503)

    async def exposition(_: Request) -> Response:
        size, idle = database.pool.get_size(), database.pool.get_idle_size()
        metrics.database_connections_count.labels(database.service, "idle").set(idle)
        metrics.database_connections_count.labels(database.service, "busy").set(size - idle)
        return Response(metrics.exposition(), media_type=metrics.CONTENT_TYPE)

    return [Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", exposition)]
