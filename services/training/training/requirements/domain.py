"""Requirements: who must hold which credential, by when, and whose rule that is (T05, T07)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis.domain import Change, NotEntitled, Refused, Tier
from training.courses.domain import CurriculumTier, OutOfRange
from training.credential_types.domain import CredentialType

ENTERPRISE_DECIDERS = "the AI steward or a curriculum owner"


class OriginKind(StrEnum):
    """Where a requirement, and so an assignment, comes from."""

    UNIVERSAL = "universal"
    DEPARTMENT_RULE = "department_rule"
    TOOL_CONDITION = "tool_condition"
    COMMITTEE = "committee"
    PILOT = "pilot"


class AlreadyWithdrawn(Refused):
    """This requirement is withdrawn already."""


class EndsWithItsTool(Refused):
    """This requirement is a condition of a tool. It ends when the tool is approved without that condition."""


@dataclass(frozen=True, slots=True)
class RequirementActivated:
    """Whoever the rule selects must hold the credential from now on."""

    requirement_id: UUID
    credential_type: str
    origin_kind: OriginKind
    origin_ref: str


@dataclass(frozen=True, slots=True)
class RequirementWithdrawn:
    """The rule selects nobody any more."""

    requirement_id: UUID
    credential_type: str
    origin_kind: OriginKind
    origin_ref: str


@dataclass(frozen=True, slots=True)
class Who:
    """What a selector looks at in a person."""

    department_id: str | None
    job_function: str | None
    is_people_manager: bool


@dataclass(frozen=True, slots=True)
class Selector:
    """Whom a rule concerns: those to whom everything that is given here applies. Nothing given: everyone."""

    department_id: str | None = None
    job_function: str | None = None
    people_managers: bool = False
    tool_id: UUID | None = None

    @property
    def everyone(self) -> bool:
        """Whether nobody who works here is left out."""
        return self == Selector()

    def selects(self, person: Who) -> bool:
        """Whether the person is concerned for what they are; who wants a tool is known by the access requests."""
        return (
            self.tool_id is None
            and self.department_id in (None, person.department_id)
            and self.job_function in (None, person.job_function)
            and (person.is_people_manager or not self.people_managers)
        )

    def __str__(self) -> str:
        parts = [
            "people managers" if self.people_managers else "everyone",
            f"in {self.department_id}" if self.department_id else "",
            f"working as {self.job_function}" if self.job_function else "",
        ]
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Requirement:
    """A rule in force, or one that was."""

    id: UUID
    tier: Tier
    origin_kind: OriginKind
    origin_ref: str
    selector: Selector
    credential_type: str
    due_days: int
    declared_by: str
    active_from: datetime
    withdrawn_at: datetime | None
    version: int

    @property
    def reason(self) -> str:
        """Why somebody whom the rule selects needs the credential, in words for that person."""
        match self.origin_kind:
            case OriginKind.UNIVERSAL:
                return "Everyone who works here needs it."
            case OriginKind.DEPARTMENT_RULE:
                return f"Department rule: required of {self.selector}."
            case OriginKind.COMMITTEE:
                return f"Enterprise rule: required of {self.selector}."
            case OriginKind.TOOL_CONDITION:
                return "A tool is approved on the condition that its users hold it."
            case OriginKind.PILOT:
                return "A pilot needs its cohort to hold it."

    @classmethod
    def declare(
        cls,
        id: UUID,
        credential_type: CredentialType,
        selector: Selector,
        due_days: int,
        *,
        by: str,
        tier: Tier,
        now: datetime,
    ) -> Change[Requirement]:
        """A rule of the enterprise or of one department. A department decides on role credentials only (T07)."""
        if not 1 <= due_days <= 3650:
            raise OutOfRange(what="The time to complete", allowed="between 1 and 3650 days")
        if tier is Tier.DEPARTMENT:
            if credential_type.tier is not CurriculumTier.ROLE:
                raise NotEntitled(
                    action=f"Requiring a {credential_type.tier.value} credential", tier=Tier.ENTERPRISE.value,
                    deciders=ENTERPRISE_DECIDERS,
                )  # fmt: skip
            kind, ref = OriginKind.DEPARTMENT_RULE, selector.department_id or ""
        else:
            kind, ref = OriginKind.UNIVERSAL if selector.everyone else OriginKind.COMMITTEE, "enterprise"
        return cls(id, tier, kind, ref, selector, credential_type.id, due_days, by, now, None, version=1)._because(
            RequirementActivated
        )

    @classmethod
    def of_tool(
        cls, id: UUID, credential_type: str, tool_id: UUID, due_days: int, now: datetime
    ) -> Change[Requirement]:
        """The rule behind a tool's condition: who wants the tool must hold the credential (C1)."""
        return cls(
            id, Tier.ENTERPRISE, OriginKind.TOOL_CONDITION, str(tool_id), Selector(tool_id=tool_id), credential_type,
            due_days, "governance", now, None, version=1,
        )._because(RequirementActivated)  # fmt: skip

    def withdraw(self, *, enterprise: bool, department_id: str | None, now: datetime) -> Change[Requirement]:
        """The rule ends. A department ends its own rules only, never one of the enterprise (T07)."""
        if self.origin_kind is OriginKind.TOOL_CONDITION:
            raise EndsWithItsTool
        if not enterprise and self.tier is Tier.ENTERPRISE:
            raise NotEntitled(
                action="Withdrawing an enterprise requirement", tier=Tier.ENTERPRISE.value, deciders=ENTERPRISE_DECIDERS
            )
        if not enterprise and self.selector.department_id != department_id:
            raise NotEntitled(
                action=f"Withdrawing a requirement of {self.selector.department_id}", tier=Tier.DEPARTMENT.value,
                deciders=f"the leader of {self.selector.department_id}",
            )  # fmt: skip
        return self.end(now)

    def end(self, now: datetime) -> Change[Requirement]:
        """The rule selects nobody from now on."""
        if self.withdrawn_at is not None:
            raise AlreadyWithdrawn
        return replace(self, withdrawn_at=now, version=self.version + 1)._because(RequirementWithdrawn)

    def _because(self, event: type[RequirementActivated] | type[RequirementWithdrawn]) -> Change[Requirement]:
        return Change(self, event(self.id, self.credential_type, self.origin_kind, self.origin_ref))
