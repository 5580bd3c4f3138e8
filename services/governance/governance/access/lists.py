"""Requests and grants as the graph shows them, in SQL: of people, for approvers, and counted by tool."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from chassis.database import Connection
from governance.access.domain import Grant, Request
from governance.access.repository import GRANT, REQUEST, grant_from, request_from


async def requests_of(connection: Connection, employee_ids: list[str]) -> dict[str, list[Request]]:
    """The last hundred requests of each person, the latest first."""
    found: dict[str, list[Request]] = defaultdict(list)
    for row in await connection.fetch(_last_of("access_requests", REQUEST), employee_ids):
        found[row["employee_id"]].append(request_from(row))
    return found


async def grants_of(connection: Connection, employee_ids: list[str]) -> dict[str, list[Grant]]:
    """The last hundred grants of each person, the latest first."""
    found: dict[str, list[Grant]] = defaultdict(list)
    for row in await connection.fetch(_last_of("access_grants", GRANT), employee_ids):
        found[row["employee_id"]].append(grant_from(row))
    return found


def _last_of(table: str, columns: str) -> str:
    return f"""
        SELECT {columns} FROM unnest($1::text[]) AS wanted (who) CROSS JOIN LATERAL (
            SELECT * FROM {table} WHERE employee_id = wanted.who ORDER BY id DESC LIMIT 100
        ) AS found ORDER BY id DESC
    """


async def grants_by_request(connection: Connection, ids: list[UUID]) -> dict[UUID, Grant]:
    """What requests became, by the request's id."""
    rows = await connection.fetch(f"SELECT {GRANT} FROM access_grants WHERE request_id = ANY($1)", ids)
    return {row["request_id"]: grant_from(row) for row in rows}


async def grants_by_id(connection: Connection, ids: list[UUID]) -> dict[UUID, Grant]:
    """Grants by their ids."""
    rows = await connection.fetch(f"SELECT {GRANT} FROM access_grants WHERE id = ANY($1)", ids)
    return {row["id"]: grant_from(row) for row in rows}


async def waiting_for(connection: Connection, employee_ids: list[str]) -> dict[str, list[Request]]:
    """The requests that each of these people is asked to consent to, the latest hundred, the oldest first."""
    found: dict[str, list[Request]] = defaultdict(list)
    for row in await connection.fetch(
        f"""
        SELECT wanted.who, {REQUEST} FROM unnest($1::text[]) AS wanted (who) CROSS JOIN LATERAL (
            SELECT * FROM access_requests WHERE asked @> ARRAY[wanted.who] AND closed_at IS NULL ORDER BY id LIMIT 100
        ) AS found ORDER BY id
        """,
        employee_ids,
    ):
        fields: dict[str, Any] = dict(row)
        found[fields.pop("who")].append(request_from(fields))
    return found


async def asking_nobody(connection: Connection) -> list[Request]:
    """The hundred oldest requests that wait for consent which nobody but an AI steward can give."""
    rows = await connection.fetch(
        f"SELECT {REQUEST} FROM access_requests WHERE status = 'pending_approval' AND asked = '{{}}' ORDER BY id LIMIT 100"
    )
    return [request_from(row) for row in rows]


async def active_grants(connection: Connection, tool_ids: list[UUID]) -> dict[UUID, int]:
    """How many people may use each tool today."""
    rows = await connection.fetch(
        "SELECT tool_id, count(*) AS grants FROM access_grants"
        " WHERE tool_id = ANY($1) AND revoked_at IS NULL AND suspended_for = '{}' GROUP BY tool_id",
        tool_ids,
    )
    return {row["tool_id"]: row["grants"] for row in rows}
