"""Waiting until nothing moves any more: outboxes empty, every consumer at the end, no letter that is to be tried again."""

from __future__ import annotations

import asyncio
import time

import asyncpg

from chassis import letters
from chassis.database import Database
from chassis.inbox import Handling
from chassis.service import Service
from deploy.local.platform import Platform
from deploy.local.postgres import database_url
from deploy.local.settings import SERVICES
from governance.service import service as governance
from metrics.service import service as metrics
from process.service import service as process
from tests.chaos.ledger import Ledger
from training.service import service as training

WIRING: dict[str, Service] = {one.name: one for one in (governance, training, process, metrics)}
_CALM = 3.0


def listens_to(service: str) -> set[str]:
    """The owners whose topics a service reads."""
    return {name.partition(".")[0] for name in WIRING[service].all_listens}


async def open_databases(platform: Platform) -> dict[str, Database]:
    """A connection to each service's database; only the checker may have one."""
    server = platform.database_server
    return {
        name: await Database.open(database_url(server, name), service=name, max_size=2, statement_timeout=120)
        for name in SERVICES
    }


async def settle(databases: dict[str, Database], ledger: Ledger, within: float) -> list[str]:
    """Wait until the system has been at rest for some seconds. Returns what still moves after `within` seconds.

    What was parked because something it needs had not come is tried now, as an operator would, instead of in five minutes.
    """
    end = time.monotonic() + within
    rest: tuple[float, object] = (time.monotonic(), None)
    waits: list[str] = ["nothing was looked at"]
    while time.monotonic() < end:
        try:
            for name, database in databases.items():
                await _hurry(database, Handling(WIRING[name].all_listens))
            waits, counted = await _look(databases, ledger)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            waits, counted = [repr(error)], None
        if waits or counted != rest[1]:
            rest = (time.monotonic(), counted)
        elif time.monotonic() - rest[0] > _CALM:
            return []
        await asyncio.sleep(0.3)
    return waits


async def _hurry(database: Database, handling: Handling) -> None:
    async with database.read() as connection:
        rows = await connection.fetch(
            "SELECT id FROM dead_letters WHERE state = 'parked' AND error = 'NotYet' AND next_attempt_at > $1",
            connection.now,
        )
    for row in rows:
        await letters.release(database, handling, row["id"], by="the test")


async def _look(databases: dict[str, Database], ledger: Ledger) -> tuple[list[str], object]:
    """What has not come where it must, and how much there is of everything."""
    waits: list[str] = []
    counted: list[object] = []
    published: dict[str, int] = {}
    for name, database in databases.items():
        async with database.read() as connection:
            row = await connection.fetchrow(
                """
                SELECT (SELECT count(*) FROM events) AS events, (SELECT count(*) FROM outbox) AS outbox,
                    (SELECT count(*) FROM unpublishable) AS refused, (SELECT count(*) FROM inbox) AS inbox,
                    (SELECT count(*) FROM dead_letters WHERE state IN ('parked', 'queued', 'held')
                        AND next_attempt_at IS NOT NULL) AS again,
                    (SELECT count(*) FROM dead_letters) AS letters,
                    (SELECT count(*) FROM due_dates WHERE done_at IS NULL AND at <= $1) AS due
                """,
                connection.now,
            )
        assert row is not None
        counted.append(tuple(row))
        published[name] = row["events"] - row["refused"]
        for what in ("outbox", "again", "due"):
            if row[what]:
                waits.append(f"{name}: {row[what]} in {what}")
    for name, database in databases.items():
        expected = sum(published[owner] for owner in listens_to(name) if owner in published)
        expected += sum(event.type.partition(".")[0] in listens_to(name) for event in ledger.told.values())
        expected += len(ledger.rumours) if "governance" in listens_to(name) else 0
        expected += sum(bool(one.event_id) and name in one.services for one in ledger.poison)
        async with database.read() as connection:
            have = await connection.fetchval("SELECT count(*) FROM inbox")
        if have < expected:
            waits.append(f"{name}: {have} of {expected} events in its inbox")
    return waits, counted
