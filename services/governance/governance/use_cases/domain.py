"""The register of what departments use AI for, within what the enterprise allows, each with an accountable person (G26, G27)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Self
from uuid import UUID

from chassis.domain import Change, Refused, Tier
from governance.departments.domain import GuardrailViolation, Restriction, against
from governance.risk.domain import Risk
from governance.scope.domain import DataClass, UsageContext, Use, covers
from governance.tools.domain import Status, Tool

LOOKED_AT_WITHIN = timedelta(days=365)


class UseCaseIncomplete(Refused):
    """A use case has a title and at least one tool."""


class UseCaseIsRetired(Refused):
    """The use case {use_case} was retired before."""

    use_case: str


class BadUseCaseReview(Refused):
    """A use case is looked at again within {days} days, and not before tomorrow: {review_by} is not such a day. Name another."""

    days: str
    review_by: str


@dataclass(frozen=True, slots=True)
class UsecaseRegistered:
    """A department uses AI for something."""

    use_case_id: UUID
    department_id: str
    title: str
    tool_ids: tuple[UUID, ...]
    process_id: UUID | None
    data_class: DataClass
    context: UsageContext
    owner_id: str | None
    risk: Risk


@dataclass(frozen=True, slots=True)
class UsecaseOwnerChanged:
    """Somebody else is accountable for a use case; null when nobody is."""

    use_case_id: UUID
    department_id: str
    owner_id: str | None
    previous_id: str | None


@dataclass(frozen=True, slots=True)
class UsecaseConfirmed:
    """Somebody looked at a use case again and it stays as it is, until the next date."""

    use_case_id: UUID
    department_id: str
    review_by: date


@dataclass(frozen=True, slots=True)
class UsecaseRetired:
    """A department no longer uses AI for this."""

    use_case_id: UUID
    department_id: str
    reason: str


def risk_of(tools: Iterable[Tool]) -> Risk:
    """The risk of a use case: the highest of its tools; to be determined while one of them is."""
    order = (Risk.MINIMAL, Risk.LIMITED, Risk.HIGH, Risk.TO_BE_DETERMINED, Risk.PROHIBITED)
    return max((tool.risk for tool in tools), key=order.index, default=Risk.TO_BE_DETERMINED)


def obstacles(use: Use, tools: Iterable[Tool], restrictions: Sequence[Restriction], today: date) -> tuple[str, ...]:
    """Why a use case must not be carried on today; nothing when it may."""
    found = []
    for tool in tools:
        if tool.status is not Status.APPROVED:
            found.append(f"{tool.name} is {tool.status.replace('_', ' ')}")
        elif not covers(tool.scope, use):
            found.append(f"{tool.name} is not approved for these data in this context")
        elif against(restrictions, tool.id, use, today) is not None:
            found.append(f"the department restricts {tool.name}")
    return tuple(found)


@dataclass(frozen=True, slots=True)
class UseCase:
    """One thing that a department uses AI for."""

    id: UUID
    department_id: str
    title: str
    purpose: str
    tool_ids: tuple[UUID, ...]
    process_id: UUID | None
    data_class: DataClass
    context: UsageContext
    owner_id: str | None
    registered_by: str
    registered_at: datetime
    retired_at: datetime | None = None
    review_by: date | None = None
    version: int = 1

    @property
    def use(self) -> Use:
        """The use that is made of the tools."""
        return Use(self.data_class, self.context, self.department_id)

    @classmethod
    def register(
        cls,
        id: UUID,
        department_id: str,
        *,
        title: str,
        purpose: str,
        tools: Sequence[Tool],
        restrictions: Sequence[Restriction],
        process_id: UUID | None,
        data_class: DataClass,
        context: UsageContext,
        owner_id: str,
        by: str,
        now: datetime,
    ) -> Change[UseCase]:
        """Register one, within what the enterprise allows and the department does not restrict (G03); for a year."""
        if not title.strip() or not tools:
            raise UseCaseIncomplete
        after = cls(
            id, department_id, title.strip(), purpose.strip(), tuple(tool.id for tool in tools), process_id, data_class,
            context, owner_id, by, now, review_by=now.date() + LOOKED_AT_WITHIN,
        )  # fmt: skip
        why_not = obstacles(after.use, tools, restrictions, now.date())
        if why_not:
            raise GuardrailViolation(
                guardrail=f"A use case stays within what its tools are approved for: {'; '.join(why_not)}.",
                tier=Tier.ENTERPRISE.value,
            )
        event = UsecaseRegistered(
            id, department_id, after.title, after.tool_ids, process_id, data_class, context, owner_id, risk_of(tools)
        )
        return Change(after, event)

    def owned_by(self, owner_id: str | None) -> Change[Self]:
        """Make somebody accountable."""
        self._must_live()
        event = UsecaseOwnerChanged(self.id, self.department_id, owner_id, self.owner_id)
        return Change(replace(self, owner_id=owner_id, version=self.version + 1), event)

    def confirm(self, review_by: date, today: date) -> Change[Self]:
        """Somebody looked at it and it stays as it is, until the next date. Raises BadUseCaseReview."""
        self._must_live()
        if not today < review_by <= today + LOOKED_AT_WITHIN:
            raise BadUseCaseReview(days=str(LOOKED_AT_WITHIN.days), review_by=review_by.isoformat())
        event = UsecaseConfirmed(self.id, self.department_id, review_by)
        return Change(replace(self, review_by=review_by, version=self.version + 1), event)

    def retire(self, reason: str, now: datetime) -> Change[Self]:
        """Stop it for good."""
        self._must_live()
        after = replace(self, retired_at=now, version=self.version + 1)
        return Change(after, UsecaseRetired(self.id, self.department_id, reason))

    def _must_live(self) -> None:
        if self.retired_at is not None:
            raise UseCaseIsRetired(use_case=self.title)
