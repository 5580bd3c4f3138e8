"""What a version of a policy says, for whom and by when; and within which limits a department may say it (G14)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from chassis.domain import Refused, Tier
from governance.departments.domain import GuardrailViolation

LOOKED_AT_WITHIN = timedelta(days=366)
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class BadPolicyCode(Refused):
    """{code} cannot be a policy's code: use up to 60 lower-case letters, digits and single hyphens."""

    code: str


class PolicyTextMissing(Refused):
    """A policy has a title and a text."""


class BadAcknowledgementTime(Refused):
    """A version can be acknowledged within 0 to 366 days, not {days}."""

    days: str


class BadValidity(Refused):
    """An acknowledgement can be good for 1 to 1096 days, or for good, not for {days} days."""

    days: str


class BadReviewDate(Refused):
    """A policy is looked at again within {days} days, and not before tomorrow: {review_by} is not such a day."""

    days: str
    review_by: str


class PolicyKind(StrEnum):
    """What a policy is about."""

    ACCEPTABLE_USE = "acceptable_use"
    DATA_HANDLING = "data_handling"
    COMPLIANCE = "compliance"


class ChangeClass(StrEnum):
    """Whether a new version has to be acknowledged anew."""

    MAJOR = "major"
    MINOR = "minor"


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is asked to acknowledge: who works in one of these departments, with one of these job functions; none is all."""

    departments: tuple[str, ...] = ()
    job_functions: tuple[str, ...] = ()


EVERYBODY = Audience()


@dataclass(frozen=True, slots=True)
class Terms:
    """All that is reviewed and published together."""

    title: str
    content: str
    change_class: ChangeClass
    review_by: date
    effective_from: datetime | None = None
    acknowledge_within_days: int = 14
    valid_for_days: int | None = None
    audience: Audience = EVERYBODY

    @property
    def content_hash(self) -> str:
        """What fixes the text."""
        return hash_of(self.content)

    def check(self, today: date) -> None:
        """Raise what is wrong with them by themselves."""
        if not self.title.strip() or not self.content.strip():
            raise PolicyTextMissing
        if not 0 <= self.acknowledge_within_days <= 366:
            raise BadAcknowledgementTime(days=str(self.acknowledge_within_days))
        if self.valid_for_days is not None and not 1 <= self.valid_for_days <= 1096:
            raise BadValidity(days=str(self.valid_for_days))
        must_be_near(self.review_by, today)


def must_be_near(review_by: date, today: date) -> None:
    """Raise BadReviewDate for a day on which nobody would look in time."""
    if not today < review_by <= today + LOOKED_AT_WITHIN:
        raise BadReviewDate(days=str(LOOKED_AT_WITHIN.days), review_by=review_by.isoformat())


def check_code(code: str) -> None:
    """Raise BadPolicyCode for what cannot be a code."""
    if not _CODE.fullmatch(code) or len(code) > 60:
        raise BadPolicyCode(code=code)


def hash_of(content: str) -> str:
    """The SHA-256 of a text in UTF-8, in hexadecimal."""
    return sha256(content.encode()).hexdigest()


def only_adds(terms: Terms, department_id: str, enterprise: Iterable[tuple[str, Terms]]) -> None:
    """Raise GuardrailViolation unless a department's policy adds to the enterprise's of the same kind, given by code.

    Those bind its people as well, whatever it says. It asks its own people only, gives them no more time, and lets their
    word be good for no longer.
    """
    if terms.audience.departments != (department_id,):
        raise GuardrailViolation(
            guardrail=f"A policy of the department {department_id} is for its own people only.",
            tier=Tier.ENTERPRISE.value,
        )
    for code, above in enterprise:
        if terms.acknowledge_within_days > above.acknowledge_within_days:
            raise GuardrailViolation(
                guardrail=f"{code} is acknowledged within {above.acknowledge_within_days} days; a department gives no more.",
                tier=Tier.ENTERPRISE.value,
            )
        longest = above.valid_for_days
        if longest is not None and (terms.valid_for_days is None or terms.valid_for_days > longest):
            raise GuardrailViolation(
                guardrail=f"The acknowledgement of {code} is good for {longest} days; in a department for no longer.",
                tier=Tier.ENTERPRISE.value,
            )
