"""Incidents and tickets in SQL."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import astuple
from uuid import UUID

import msgspec
from asyncpg import Record

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from chassis.pages import counted
from governance.incidents.domain import Basis, Circumstances, Harm, Incident, IncidentStatus, Severity, Source
from governance.incidents.tickets import Telling, Ticket

_COLUMNS = (
    "id, title, description, source, reported_by, anonymous, reporter_department_id, ticket, tool_id,"
    " process_id, circumstances, opened_at, status, severity,"
    " harms, accountable_id, accountable_because, containment, contained_at, actions, no_action_because, closed_at,"
    " reopened, open_actions_because, version"
)
_CHANGING = _COLUMNS.split(", ")[11:]
_SAVE = (
    f"INSERT INTO incidents ({_COLUMNS}) VALUES ({', '.join(f'${n}' for n in range(1, 26))})"
    f" ON CONFLICT (id) DO UPDATE SET {', '.join(f'{column} = excluded.{column}' for column in _CHANGING)}"
)
_TOLD = "number, summary, configuration_item, category, priority, state, opened_at, resolved_at, reopen_count, told_at"
_TICKET = f"{_TOLD}, incident_id, dismissed_by, dismissed_because"
_SAVE_TICKET = (
    f"INSERT INTO tickets ({_TICKET}) VALUES ({', '.join(f'${n}' for n in range(1, 14))})"
    f" ON CONFLICT (number) DO UPDATE SET"
    f" {', '.join(f'{column} = excluded.{column}' for column in _TICKET.split(', ')[1:])}"
)


def _incident(row: Record) -> Incident:
    return Incident(
        **{
            **dict(row),
            "source": Source(row["source"]),
            "status": IncidentStatus(row["status"]),
            "severity": Severity(row["severity"]) if row["severity"] else None,
            "circumstances": msgspec.convert(row["circumstances"], Circumstances),
            "accountable_because": Basis(row["accountable_because"]) if row["accountable_because"] else None,
            "harms": tuple(Harm(harm) for harm in row["harms"]),
            "actions": tuple(row["actions"]),
        }
    )


def _ticket(row: Record) -> Ticket:
    told = Telling(**{name: row[name] for name in _TOLD.split(", ")})
    return Ticket(told, row["incident_id"], row["dismissed_by"], row["dismissed_because"])


async def by_ids(connection: Connection, ids: Collection[UUID]) -> dict[UUID, Incident]:
    """Incidents by id."""
    rows = await connection.fetch(f"SELECT {_COLUMNS} FROM incidents WHERE id = ANY($1)", list(ids))
    return {row["id"]: _incident(row) for row in rows}


async def get(connection: Connection, id: UUID) -> Incident:
    """One incident. Raises NotFound."""
    found = (await by_ids(connection, [id])).get(id)
    if found is None:
        raise NotFound(what="incident", id=str(id))
    return found


async def get_for_update(tx: Transaction, id: UUID) -> Incident:
    """One incident, locked. Raises NotFound."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM incidents WHERE id = $1 FOR UPDATE", id)
    if row is None:
        raise NotFound(what="incident", id=str(id))
    return _incident(row)


async def open_of(connection: Connection, employee_id: str) -> list[UUID]:
    """The incidents that a person answers for and that are not closed."""
    rows = await connection.fetch(
        "SELECT id FROM incidents WHERE accountable_id = $1 AND status <> 'closed' ORDER BY id", employee_id
    )
    return [row["id"] for row in rows]


_NARROWED = (
    "FROM incidents WHERE ($1::text IS NULL OR status = $1) AND ($2::uuid IS NULL OR tool_id = $2)"
    " AND ($3::text IS NULL OR reported_by = $3 OR accountable_id = $3)"
)


async def count(
    connection: Connection, *, status: IncidentStatus | None, tool_id: UUID | None, concerning: str | None
) -> int | None:
    """How many incidents `listing` would find in all; None for more than 10,000, which are not counted."""
    return await counted(connection, f"SELECT {_NARROWED}", status, tool_id, concerning)


async def listing(
    connection: Connection,
    *,
    status: IncidentStatus | None,
    tool_id: UUID | None,
    concerning: str | None,
    after: UUID | None,
    limit: int,
) -> list[Incident]:
    """A page of incidents, the latest first; `concerning` a person who reported them or answers for them."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} {_NARROWED} AND ($4::uuid IS NULL OR id < $4) ORDER BY id DESC LIMIT $5",
        status, tool_id, concerning, after, limit,
    )  # fmt: skip
    return [_incident(row) for row in rows]


async def save(tx: Transaction, change: Change[Incident]) -> None:
    """Write an incident and its event."""
    it = change.after
    await tx.execute(
        _SAVE,
        it.id, it.title, it.description, it.source, it.reported_by, it.anonymous,
        it.reporter_department_id, it.ticket, it.tool_id, it.process_id,
        msgspec.to_builtins(it.circumstances), it.opened_at, it.status, it.severity, list(it.harms),
        it.accountable_id, it.accountable_because, it.containment, it.contained_at, list(it.actions),
        it.no_action_because, it.closed_at, it.reopened, it.open_actions_because, it.version,
    )  # fmt: skip
    await outbox.record(tx, change)


async def lock_ticket(tx: Transaction, number: str) -> Ticket | None:
    """A ticket that nobody else may change, or be the first to write, until the end of the transaction."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"ticket {number}")
    row = await tx.fetchrow(f"SELECT {_TICKET} FROM tickets WHERE number = $1", number)
    return _ticket(row) if row else None


async def save_ticket(tx: Transaction, ticket: Ticket) -> None:
    """Write a ticket; that it was told is the service desk's own event."""
    await tx.execute(
        _SAVE_TICKET, *astuple(ticket.telling), ticket.incident_id, ticket.dismissed_by, ticket.dismissed_because
    )


async def waiting(connection: Connection, *, after: str | None, limit: int) -> list[Ticket]:
    """A page of the tickets of which nobody has said what becomes of them, by number."""
    rows = await connection.fetch(
        f"SELECT {_TICKET} FROM tickets WHERE incident_id IS NULL AND dismissed_by IS NULL"
        " AND ($1::text IS NULL OR number > $1) ORDER BY number LIMIT $2",
        after, limit,
    )  # fmt: skip
    return [_ticket(row) for row in rows]


async def tools_named(connection: Connection, names: Collection[str]) -> list[UUID]:
    """The tools whose code or name is exactly one of these."""
    rows = await connection.fetch(
        "SELECT id FROM tools WHERE (code = ANY($1) OR lower(name) = ANY($1)) AND status <> 'retired'", list(names)
    )
    return [row["id"] for row in rows]
