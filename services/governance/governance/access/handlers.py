"""What access does when training certifies somebody or no longer does, and when people come, move and go (G20, G22)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from chassis.database import Transaction
from chassis.directory import Person
from governance.access import commands
from governance.entitlement import repository as standings


@dataclass(frozen=True, slots=True)
class CredentialAwarded:
    """What is read of training.credential-awarded."""

    period_id: str
    employee_id: str
    credential_type: str
    valid_from: str
    valid_until: str | None = None


@dataclass(frozen=True, slots=True)
class CredentialExpired:
    """What is read of training.credential-expired."""

    period_id: str
    employee_id: str
    credential_type: str
    grace_until: str | None = None


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
        valid_from=_from(event.valid_from),
        valid_until=_until(event.valid_until),
    )
    await commands.person_changed(tx, event.employee_id)


async def credential_expired(tx: Transaction, event: CredentialExpired) -> None:
    """A credential ran out; it still counts during its grace."""
    await standings.learn(
        tx,
        period_id=event.period_id,
        employee_id=event.employee_id,
        credential_type=event.credential_type,
        grace_until=_until(event.grace_until),
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
    await commands.person_changed(tx, person.id)


async def employee_left(tx: Transaction, person: Person) -> None:
    """Whoever leaves keeps nothing (C5c)."""
    await commands.employment_ended(tx, person.id)


def _from(text: str) -> datetime:
    """A moment, or the beginning of a day."""
    return _moment(text, timedelta(0))


def _until(text: str | None) -> datetime | None:
    """A moment, or the end of a day."""
    return None if text is None else _moment(text, timedelta(days=1))


def _moment(text: str, whole_day: timedelta) -> datetime:
    if "T" not in text and " " not in text:
        return datetime.combine(date.fromisoformat(text) + whole_day, time(), UTC)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} must carry its offset (RFC 3339)")
    return moment
