"""Figures that say what they count, and why when they say nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from metrics.privacy.domain import Why


class Reason(StrEnum):
    """Why a figure has no value."""

    SMALL_GROUP = "small_group"
    PROTECTS_ANOTHER = "protects_another"
    NOBODY_ELIGIBLE = "nobody_eligible"
    NOBODY_ACTIVE = "nobody_active"
    TOO_FEW_GROUPS = "too_few_groups"


_HIDDEN = {Why.SMALL: Reason.SMALL_GROUP, Why.PROTECTS: Reason.PROTECTS_ANOTHER}


@dataclass(frozen=True, slots=True)
class Headcount:
    """A distinct number of people, or the reason it is withheld."""

    value: int | None
    reason: Reason | None = None

    @classmethod
    def of(cls, value: int, hidden: Why | None) -> Headcount:
        """The number, unless the group is hidden."""
        return cls(value) if hidden is None else cls(None, _HIDDEN[hidden])

    @property
    def suppressed(self) -> bool:
        """Whether the value exists but would tell about too few people."""
        return self.reason in _HIDDEN.values()


@dataclass(frozen=True, slots=True)
class Rate:
    """A quotient that states what it divides by what."""

    value: float | None
    numerator: int | None
    denominator: int | None
    reason: Reason | None = None

    @property
    def suppressed(self) -> bool:
        """Whether the value exists but would tell about too few people."""
        return self.reason in _HIDDEN.values()

    @classmethod
    def of(cls, numerator: int, denominator: int, *, empty: Reason, hidden: Why | None) -> Rate:
        """Divide; say `empty` when there is nothing to divide by, and nothing at all when the group is hidden."""
        if hidden is not None:
            return cls(None, None, None, _HIDDEN[hidden])
        if denominator == 0:
            return cls(None, numerator, denominator, empty)
        return cls(numerator / denominator, numerator, denominator)
