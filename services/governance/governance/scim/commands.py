"""Keep what an identity provider provisions, and tell HR's events of it in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

from chassis.database import Transaction, new_id
from governance.scim import repository
from governance.scim.domain import ENTERPRISE, employee_id_of, facts_of
from governance.scim.filters import folded
from governance.scim.repository import Stored


class Taken(Exception):
    """Another user has this user name, or is this employee."""


async def add(tx: Transaction, kind: str, resource: dict[str, Any]) -> Stored:
    """A new user or group. Raises Taken."""
    user_name, employee_id = _names(kind, resource)
    if await repository.taken(tx, user_name, employee_id, None):
        raise Taken
    stored = Stored(new_id(), kind, user_name, employee_id, resource, 1, tx.now, tx.now)
    await repository.add(tx, stored, _folded(stored))
    await _tell(tx, [stored.id] if kind == "User" else _members(resource))
    return stored


async def change(tx: Transaction, before: Stored, resource: dict[str, Any]) -> Stored:
    """A user or group as it is now; whose person a user is never changes. Raises Taken."""
    if resource == before.resource:
        return before
    user_name, _ = _names(before.kind, resource)
    if await repository.taken(tx, user_name, None, before.id):
        raise Taken
    stored = replace(before, resource=resource, user_name=user_name, revision=before.revision + 1, modified_at=tx.now)
    await repository.save(tx, stored, _folded(stored))
    await _tell(tx, [stored.id] if before.kind == "User" else _members(before.resource) | _members(resource))
    return stored


async def remove(tx: Transaction, stored: Stored) -> None:
    """A user or group is gone; a user's employment ends."""
    if stored.kind == "User":
        for _, account in await repository.users(tx, [stored.id]):
            ended = account.ended(tx.today, "deleted")
            if ended is not None:
                await repository.tell(tx, ended)
        await repository.remove(tx, stored.id)
        return
    await repository.remove(tx, stored.id)
    await _tell(tx, _members(stored.resource))


async def _tell(tx: Transaction, ids: Iterable[UUID]) -> None:
    users = await repository.users(tx, ids)
    teams = await repository.teams_of(tx, [stored.id for stored, _ in users])
    managers = await repository.employee_ids(
        tx, [id for stored, _ in users if (id := _uuid(_manager(stored.resource))) is not None]
    )
    for stored, account in users:
        manager = _manager(stored.resource)
        facts = facts_of(
            stored.resource, manager_id=managers.get(manager) if manager else None, team=teams.get(str(stored.id))
        )
        told = account.provisioned(facts, is_active=stored.resource.get("active") is not False, today=tx.today)
        if told is not None:
            await repository.tell(tx, told)


def _names(kind: str, resource: dict[str, Any]) -> tuple[str | None, str | None]:
    if kind == "Group":
        return None, None
    return str(resource["userName"]).lower(), employee_id_of(resource)


def _folded(stored: Stored) -> dict[str, Any]:
    meta = {
        "resourceType": stored.kind,
        "created": stored.created_at.isoformat(),
        "lastModified": stored.modified_at.isoformat(),
    }
    shown: dict[str, Any] = folded(stored.resource | {"id": str(stored.id), "meta": meta})
    return shown


def _manager(resource: dict[str, Any]) -> str | None:
    manager = (resource.get(ENTERPRISE) or {}).get("manager") or {}
    value = manager.get("value") if isinstance(manager, dict) else None
    return str(value) if value else None


def _members(resource: dict[str, Any]) -> set[UUID]:
    found = (_uuid(str(member.get("value"))) for member in resource.get("members") or ())
    return {id for id in found if id is not None}


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
