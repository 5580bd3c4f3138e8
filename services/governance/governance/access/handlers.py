"""What access does when training certifies somebody or no longer does, and when people come, move and go (G20, G22)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chassis import due
from chassis.database import Transaction
from chassis.directory import Person
from governance.access import commands, terms
from governance.entitlement import repository as standings

BEGINS = "credential-begins"


@dataclass(frozen=True, slots=True)
class CredentialAwarded:
    """What is read of training.credential-awarded."""

    period_id: str
    employee_id: str
    credential_type: str
    valid_from: datetime
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CredentialExpired:
    """What is read of training.credential-expired."""

    period_id: str
    employee_id: str
    credential_type: str
    grace_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CredentialEnded:
    """What is read of training.credential-grace-ended and -revoked."""

    period_id: str
    employee_id: str
    credential_type: str


async def credential_awarded(tx: Transaction, event: CredentialAwarded) -> None:
    """A credential is there: requests that waited for it go on, suspensions it caused end."""
    await standings.learn(
        tx,
        period_id=event.period_id,
        employee_id=event.employee_id,
        credential_type=event.credential_type,
        valid_from=event.valid_from,
        valid_until=event.valid_until,
    )
    if event.valid_from > tx.now:
        await due.at(tx, BEGINS, event.employee_id, event.valid_from)
    await commands.person_changed(tx, event.employee_id)


async def look_again(tx: Transaction, employee_id: str, at: datetime) -> None:
    """Something that matters to what a person may do changed elsewhere."""
    await commands.person_changed(tx, employee_id)


async def credential_begins(tx: Transaction, employee_id: str, at: datetime) -> None:
    """The first day of a credential that was awarded ahead of it, or by a clock that is ahead of ours."""
    await commands.person_changed(tx, employee_id)


async def credential_expired(tx: Transaction, event: CredentialExpired) -> None:
    """A credential ran out; it still counts during its grace."""
    await standings.learn(
        tx,
        period_id=event.period_id,
        employee_id=event.employee_id,
        credential_type=event.credential_type,
        grace_until=event.grace_until,
    )
    await commands.person_changed(tx, event.employee_id)


async def credential_grace_ended(tx: Transaction, event: CredentialEnded) -> None:
    """A credential counts no more: what needs it is suspended."""
    await standings.learn(
        tx,
        period_id=event.period_id,
        employee_id=event.employee_id,
        credential_type=event.credential_type,
        grace_ended=True,
    )
    await commands.person_changed(tx, event.employee_id)


async def credential_revoked(tx: Transaction, event: CredentialEnded) -> None:
    """A credential was taken away: what needs it is suspended."""
    await standings.learn(
        tx,
        period_id=event.period_id,
        employee_id=event.employee_id,
        credential_type=event.credential_type,
        revoked=True,
    )
    await commands.person_changed(tx, event.employee_id)


async def employee_moved(tx: Transaction, person: Person, before: Person) -> None:
    """Another department may have another scope (C5b)."""
    if person.department_id == before.department_id:
        await commands.person_changed(tx, person.id)
    else:
        await terms.transferred(tx, person.id)


async def employee_left(tx: Transaction, person: Person) -> None:
    """Whoever leaves keeps nothing (C5c)."""
    await commands.employment_ended(tx, person.id)
