"""What an account that an identity provider provisions means for who works here.

An account that becomes active is a hire, one that stops being active, or is deleted, ends the employment; what changes in
between is a change. The events are those of HR (`hris.*`), so that nobody who listens needs to know where they come from.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any, ClassVar
from uuid import UUID

from chassis.domain import Change

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
TEAM_PREFIX = "team:"
PEOPLE_MANAGER = "people-manager"
LONGEST_ID = 64
_UNSET = "unspecified"
_UNASSIGNED = "Unassigned"


@dataclass(frozen=True, slots=True)
class Place:
    """A department or team."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What HR tells of somebody, as far as an account says it."""

    name: str
    email: str | None
    department: Place
    team: Place | None
    manager_id: str | None
    job_function: str
    level: str
    is_people_manager: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeHired:
    """An account became active for the first time."""

    OWNER: ClassVar[str] = "hris"
    employee_id: str
    effective_date: date
    name: str
    email: str | None
    department: Place
    team: Place | None
    manager_id: str | None
    job_function: str
    level: str
    is_people_manager: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeRehired(EmployeeHired):
    """An account became active again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeChanged(EmployeeHired):
    """An account says something else than before; all of it is told."""


@dataclass(frozen=True, slots=True)
class EmployeeTerminated:
    """An account is no longer active, or gone."""

    OWNER: ClassVar[str] = "hris"
    employee_id: str
    last_day: date
    reason: str


@dataclass(frozen=True, slots=True)
class Account:
    """An account and what HR was told of it: `version` counts the events."""

    id: UUID
    employee_id: str
    told: Facts | None
    is_told_active: bool
    told_since: date | None
    version: int

    def provisioned(self, facts: Facts, *, is_active: bool, today: date) -> Change[Account] | None:
        """What HR is told of the account as it is now; None when that is nothing new."""
        if is_active and not self.is_told_active:
            event = EmployeeHired if self.told is None else EmployeeRehired
            after = replace(self, told=facts, is_told_active=True, told_since=today, version=self.version + 1)
            return Change(after, event(employee_id=self.employee_id, effective_date=today, **_shallow(facts)))
        if is_active and facts != self.told:
            after = replace(self, told=facts, version=self.version + 1)
            return Change(after, EmployeeChanged(employee_id=self.employee_id, effective_date=today, **_shallow(facts)))
        if not is_active and self.is_told_active:
            return self.ended(today, "deactivated")
        return None

    def ended(self, today: date, reason: str) -> Change[Account] | None:
        """The employment ended with yesterday, so that nothing is open any more; for who began today, with today."""
        if not self.is_told_active:
            return None
        began_today = self.told_since is not None and self.told_since >= today
        last_day = today if began_today else today - timedelta(days=1)
        after = replace(self, is_told_active=False, told_since=None, version=self.version + 1)
        return Change(after, EmployeeTerminated(self.employee_id, last_day, reason))


def _shallow(facts: Facts) -> dict[str, Any]:
    return {name: getattr(facts, name) for name in asdict(facts)}


def facts_of(user: dict[str, Any], *, manager_id: str | None, team: str | None) -> Facts:
    """What an account's attributes mean. `team` is the display name of its team's group."""
    enterprise = user.get(ENTERPRISE) or {}
    department = _place(str(enterprise.get("department") or _UNASSIGNED))
    team_name = (team or "").removeprefix(TEAM_PREFIX).strip()
    return Facts(
        name=_name(user)[:200],
        email=_email(user),
        department=department,
        team=Place(_slug(f"{department.id} {team_name}"), team_name[:200]) if team_name else None,
        manager_id=manager_id,
        job_function=str(user.get("title") or _UNSET)[:200],
        level=str(user.get("userType") or _UNSET)[:200],
        is_people_manager=any(role.get("value") == PEOPLE_MANAGER for role in user.get("roles") or ()),
    )


def employee_id_of(user: dict[str, Any]) -> str:
    """By whose id the account's person is known: the employee number, else the client's own id, else the user name."""
    enterprise = user.get(ENTERPRISE) or {}
    return str(enterprise.get("employeeNumber") or user.get("externalId") or user["userName"])


def _name(user: dict[str, Any]) -> str:
    name = user.get("name") or {}
    parts = " ".join(str(name[part]) for part in ("givenName", "familyName") if name.get(part))
    return str(user.get("displayName") or name.get("formatted") or parts or user["userName"])


def _email(user: dict[str, Any]) -> str | None:
    emails = [email for email in user.get("emails") or () if email.get("value")]
    emails.sort(key=lambda email: (not email.get("primary"), email.get("type") != "work"))
    return str(emails[0]["value"])[:200] if emails else None


def _place(name: str) -> Place:
    return Place(_slug(name), name[:200])


def _slug(name: str) -> str:
    return re.sub(r"[^\w]+", "-", name.strip().lower()).strip("-")[:LONGEST_ID] or _UNSET
