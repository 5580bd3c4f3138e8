"""Preferences of teams in SQL."""

from __future__ import annotations

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change
from governance.preferences.domain import Preference


async def of_teams(connection: Connection, ids: list[str]) -> dict[str, Preference]:
    """What each team prefers, where it said so."""
    rows = await connection.fetch(
        "SELECT team_id AS id, tool_ids, set_by, set_at, version FROM team_preferences WHERE team_id = ANY($1)", ids
    )
    return {row["id"]: Preference(**{**dict(row), "tool_ids": tuple(row["tool_ids"])}) for row in rows}


async def lock(tx: Transaction, team_id: str) -> Preference | None:
    """What a team prefers; nobody else changes it until the end of the transaction."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"preference of {team_id}")
    return (await of_teams(tx, [team_id])).get(team_id)


async def save(tx: Transaction, change: Change[Preference]) -> None:
    """Write a preference and its event."""
    it = change.after
    await tx.execute(
        "INSERT INTO team_preferences (team_id, tool_ids, set_by, set_at, version) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (team_id) DO UPDATE SET tool_ids = excluded.tool_ids, set_by = excluded.set_by,"
        " set_at = excluded.set_at, version = excluded.version",
        it.id, list(it.tool_ids), it.set_by, it.set_at, it.version,
    )  # fmt: skip
    await outbox.record(tx, change)
