"""Committees and their members in SQL."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from asyncpg import Record

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from governance.committee.domain import Committee, Member, PassRule, Quorum, QuorumKind

_COLUMNS = "id, name, chair_id, quorum_kind, quorum_value, pass_rule, chair_casting_vote, version"


async def _with_members(connection: Connection, rows: list[Record]) -> list[Committee]:
    seats = await connection.fetch(
        "SELECT committee_id, employee_id, voting, from_at, to_at FROM committee_members"
        " WHERE committee_id = ANY($1) ORDER BY from_at, employee_id",
        [row["id"] for row in rows],
    )
    members: dict[UUID, list[Member]] = defaultdict(list)
    for seat in seats:
        members[seat["committee_id"]].append(
            Member(seat["employee_id"], seat["voting"], seat["from_at"], seat["to_at"])
        )
    return [
        Committee(
            id=row["id"],
            name=row["name"],
            chair_id=row["chair_id"],
            members=tuple(members[row["id"]]),
            quorum=Quorum(QuorumKind(row["quorum_kind"]), row["quorum_value"]),
            pass_rule=PassRule(row["pass_rule"]),
            chair_casting_vote=row["chair_casting_vote"],
            version=row["version"],
        )
        for row in rows
    ]


async def by_ids(connection: Connection, ids: list[UUID]) -> dict[UUID, Committee]:
    """Committees by id."""
    rows = await connection.fetch(f"SELECT {_COLUMNS} FROM committees WHERE id = ANY($1)", ids)
    return {committee.id: committee for committee in await _with_members(connection, rows)}


async def get(connection: Connection, id: UUID) -> Committee:
    """One committee. Raises NotFound."""
    found = (await by_ids(connection, [id])).get(id)
    if found is None:
        raise NotFound(what="committee", id=str(id))
    return found


async def get_for_update(tx: Transaction, id: UUID) -> Committee:
    """One committee, locked. Raises NotFound."""
    await tx.execute("SELECT FROM committees WHERE id = $1 FOR UPDATE", id)
    return await get(tx, id)


async def every(connection: Connection) -> list[Committee]:
    """All committees by name. There are few."""
    rows = await connection.fetch(f"SELECT {_COLUMNS} FROM committees ORDER BY name LIMIT 100")
    return await _with_members(connection, rows)


async def every_for_update(tx: Transaction) -> list[Committee]:
    """All committees, locked."""
    await tx.execute("SELECT FROM committees ORDER BY id FOR UPDATE")
    return await every(tx)


async def save(tx: Transaction, change: Change[Committee]) -> None:
    """Write a committee, its members and its event."""
    committee = change.after
    await tx.execute(
        f"INSERT INTO committees ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        " ON CONFLICT (id) DO UPDATE SET chair_id = excluded.chair_id, version = excluded.version",
        committee.id, committee.name, committee.chair_id, committee.quorum.kind, committee.quorum.value,
        committee.pass_rule, committee.chair_casting_vote, committee.version,
    )  # fmt: skip
    await tx.executemany(
        "INSERT INTO committee_members (committee_id, employee_id, voting, from_at, to_at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (committee_id, employee_id, from_at) DO UPDATE SET to_at = excluded.to_at"
        " WHERE committee_members.to_at IS NULL",
        [(committee.id, m.employee_id, m.voting, m.from_at, m.to_at) for m in committee.members],
    )
    await outbox.record(tx, change)
