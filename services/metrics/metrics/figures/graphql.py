"""Figures in the graph."""

from __future__ import annotations

from enum import Enum
from typing import Self

import strawberry

from metrics.figures import domain


@strawberry.enum(name="FigureReason", description="Why a figure has no value.")
class Reason(Enum):
    SMALL_GROUP = strawberry.enum_value("small_group", description="Fewer than five people are eligible.")
    PROTECTS_ANOTHER = strawberry.enum_value(
        "protects_another", description="Shown, it would let a smaller group be found by subtraction."
    )
    NOBODY_ELIGIBLE = strawberry.enum_value(
        "nobody_eligible", description="There is nobody in the denominator, for example nobody holds a seat."
    )
    NOBODY_ACTIVE = strawberry.enum_value("nobody_active", description="Nobody was active in the window.")
    TOO_FEW_GROUPS = strawberry.enum_value("too_few_groups", description="Too few departments have a rate to show.")


def _reason(reason: domain.Reason | None) -> Reason | None:
    return None if reason is None else Reason[reason.name]


@strawberry.type(description="A distinct number of people, or the reason why it is withheld.")
class Headcount:
    value: int | None = strawberry.field(description="The number of people; null when it is withheld.")
    suppressed: bool = strawberry.field(description="Whether the number is withheld to protect a small group.")
    reason: Reason | None = strawberry.field(description="Why there is no number.")

    @classmethod
    def of(cls, count: domain.Headcount) -> Self:
        """As the graph shows it."""
        return cls(value=count.value, suppressed=count.suppressed, reason=_reason(count.reason))


@strawberry.type(description="A quotient that states what it divides by what.")
class Rate:
    value: float | None = strawberry.field(description="The quotient; null when there is none or it is withheld.")
    numerator: int | None = strawberry.field(description="What is divided; null when the rate is withheld.")
    denominator: int | None = strawberry.field(description="By what it is divided; null when the rate is withheld.")
    suppressed: bool = strawberry.field(description="Whether the rate is withheld to protect a small group.")
    reason: Reason | None = strawberry.field(description="Why there is no value.")

    @classmethod
    def of(cls, rate: domain.Rate) -> Self:
        """As the graph shows it."""
        return cls(
            value=rate.value,
            numerator=rate.numerator,
            denominator=rate.denominator,
            suppressed=rate.suppressed,
            reason=_reason(rate.reason),
        )
