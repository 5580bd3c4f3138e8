"""Migrations: plain SQL files, applied in order, each once, under an advisory lock.

`NNNN_pre_<what>.sql` runs before the new code, `NNNN_post_<what>.sql` after the old code is gone. A file that was applied
may not change: its checksum is kept. The chassis' own files come before the service's.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

CHASSIS = Path(__file__).parent / "migrations"
_NAME = re.compile(r"^(\d{4})_(pre|post)_([a-z0-9_]+)\.sql$")
_LOCK = 0x6F706D6F  # any number, the same for everybody
_TABLE = """
CREATE TABLE IF NOT EXISTS migrations (
    source text NOT NULL, number int NOT NULL, name text NOT NULL, checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (source, number)
)
"""


class MigrationError(Exception):
    """The migrations on disk and those in the database do not fit. The message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file."""

    source: str
    number: int
    phase: str
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read(folders: Sequence[tuple[str, Path]]) -> list[Migration]:
    """The migrations of the named folders, in the order they are applied. Raises MigrationError."""
    found: list[Migration] = []
    for source, folder in folders:
        numbers: set[int] = set()
        for path in sorted(folder.glob("*.sql")):
            match = _NAME.match(path.name)
            if match is None:
                raise MigrationError(f"{path.name}: name it NNNN_pre_what.sql or NNNN_post_what.sql.")
            number = int(match[1])
            if number in numbers:
                raise MigrationError(f"{path.name}: there are two migrations {number:04} in {source}. Renumber one.")
            numbers.add(number)
            found.append(Migration(source, number, match[2], path.stem, path.read_text()))
    return found


async def pending(connection: asyncpg.Connection[asyncpg.Record], migrations: Sequence[Migration]) -> list[Migration]:
    """Those not yet applied. Raises MigrationError when an applied file has changed."""
    exists = await connection.fetchval("SELECT to_regclass('migrations') IS NOT NULL")
    rows = await connection.fetch("SELECT source, number, checksum FROM migrations") if exists else []
    applied = {(row["source"], row["number"]): row["checksum"] for row in rows}
    for migration in migrations:
        known = applied.get((migration.source, migration.number))
        if known is not None and known != migration.checksum:
            raise MigrationError(
                f"{migration.source}/{migration.name} was changed after it was applied. Undo the edit and add a new one."
            )
    return [migration for migration in migrations if (migration.source, migration.number) not in applied]


async def apply(url: str, migrations: Sequence[Migration], *, phases: Sequence[str] = ("pre", "post")) -> list[str]:
    """Apply what is pending, each file in its own transaction; a second process waits. Returns the names applied."""
    connection = await asyncpg.connect(url, server_settings={"lock_timeout": "10000", "timezone": "UTC"})
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK, timeout=300)
        await connection.execute(_TABLE)
        done = []
        for migration in await pending(connection, migrations):
            if migration.phase not in phases:
                continue
            async with connection.transaction():
                await connection.execute(migration.sql, timeout=600)
                await connection.execute(
                    "INSERT INTO migrations (source, number, name, checksum) VALUES ($1, $2, $3, $4)",
                    migration.source, migration.number, migration.name, migration.checksum,
                )  # fmt: skip
            done.append(f"{migration.source}/{migration.name}")
        return done
    finally:
        await connection.close()
