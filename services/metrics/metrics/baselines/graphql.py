"""Baselines and comparisons in the graph."""

from __future__ import annotations

from datetime import datetime
from typing import Self

import strawberry

from chassis.graphql import Info, Payload, mutation, run, uuid_of
from chassis.graphql.description import describe
from metrics.baselines import commands, domain, repository
from metrics.baselines.domain import BaselineState, Verdict
from metrics.work_items.domain import WorkMetric

describe(
    WorkMetric,
    "WorkMetric",
    "What is measured of every unit of work, in minutes.",
    {
        WorkMetric.CYCLE_TIME: "From its opening to its completion.",
        WorkMetric.TOUCH_TIME: "The time that people spent on it.",
        WorkMetric.WAIT_TIME: "From its opening to its start.",
    },
)
describe(
    BaselineState,
    "BaselineState",
    "Where a baseline stands.",
    {
        BaselineState.COLLECTING: "Units of work are collected.",
        BaselineState.FROZEN: "It is settled and never edited.",
        BaselineState.VOID: "It does not hold; its pilot cannot be compared.",
    },
)
describe(
    Verdict,
    "ComparisonVerdict",
    "What a comparison says.",
    {
        Verdict.IMPROVED: "The whole interval lies on the wanted side, and the change is as large as hoped for.",
        Verdict.WORSE: "The whole interval lies on the other side.",
        Verdict.INCONCLUSIVE: "Neither can be told.",
        Verdict.INSUFFICIENT_DATA: "There are too few units, or there is no baseline.",
    },
)


@strawberry.type(description="A metric of a pilot's cohort before the pilot.")
class Baseline:
    id: strawberry.ID = strawberry.field(description="The baseline's id.")
    metric: WorkMetric = strawberry.field(description="What is measured.")
    state: BaselineState = strawberry.field(description="Where it stands.")
    from_time: datetime = strawberry.field(description="The first moment of its window.")
    to_time: datetime | None = strawberry.field(description="When it was frozen; null before.")
    n: int | None = strawberry.field(description="How many units it rests on; null before it is frozen.")
    median: float | None = strawberry.field(description="Half of the units took no more minutes; null before.")
    p85: float | None = strawberry.field(description="85 % of the units took no more minutes; null before.")
    content_hash: str | None = strawberry.field(description="SHA-256 of what it rests on; null before.")
    void_reason: str | None = strawberry.field(description="Why it does not hold; null unless it is void.")

    @classmethod
    def of(cls, one: domain.Baseline) -> Self:
        """The baseline as the graph shows it."""
        return cls(
            id=strawberry.ID(str(one.id)), metric=one.metric, state=one.state, from_time=one.from_time,
            to_time=one.to_time, n=None if one.sample is None else len(one.sample), median=one.median, p85=one.p85,
            content_hash=one.content_hash, void_reason=one.void_reason,
        )  # fmt: skip


@strawberry.type(description="A pilot compared with its baseline; changes are shares of the median: -0.2 is 20 % less.")
class Comparison:
    id: strawberry.ID = strawberry.field(description="The comparison's id.")
    metric: WorkMetric = strawberry.field(description="What is compared.")
    verdict: Verdict = strawberry.field(description="What it says.")
    effect: float | None = strawberry.field(description="The change of the median; null with too few data.")
    ci_low: float | None = strawberry.field(description="The lower end of its 95 % interval.")
    ci_high: float | None = strawberry.field(description="The upper end of its 95 % interval.")
    n_before: int = strawberry.field(description="How many units the baseline has.")
    n_after: int = strawberry.field(description="How many units the cohort completed while the pilot ran.")
    median_before: float | None = strawberry.field(description="The median of the baseline, in minutes.")
    median_after: float | None = strawberry.field(description="The median while the pilot ran, in minutes.")
    rework_rate: float | None = strawberry.field(description="The share of units done again while the pilot ran.")
    reopen_rate: float | None = strawberry.field(description="The share of units opened again while it ran.")
    sla_miss_rate: float | None = strawberry.field(description="The share that missed the service level while it ran.")
    caveats: list[str] = strawberry.field(description="What to bear in mind.")
    compared_at: datetime = strawberry.field(description="When it was made.")

    @classmethod
    def of(cls, one: domain.Comparison) -> Self:
        """The comparison as the graph shows it."""
        it = one.result
        return cls(
            id=strawberry.ID(str(one.id)), metric=it.metric, verdict=it.verdict, effect=it.effect, ci_low=it.ci_low,
            ci_high=it.ci_high, n_before=it.n_before, n_after=it.n_after, median_before=it.median_before,
            median_after=it.median_after, rework_rate=it.rework_rate, reopen_rate=it.reopen_rate,
            sla_miss_rate=it.sla_miss_rate, caveats=list(it.caveats), compared_at=one.compared_at,
        )  # fmt: skip


@strawberry.federation.type(keys=["id"], description="A pilot, and what is measured of it.")
class Pilot:
    id: strawberry.ID = strawberry.field(description="The pilot's id, a UUID.")

    @strawberry.field(description="What it is compared with, one for each KPI.")
    async def baselines(self, info: Info) -> list[Baseline]:
        found = await info.context.load(repository.of_pilots, uuid_of(self.id, "pilot")) or []
        return [Baseline.of(one) for one in found]

    @strawberry.field(description="The latest comparison with the baseline; null before its window is closed.")
    async def comparison(self, info: Info) -> Comparison | None:
        found = await info.context.load(repository.comparisons_of, uuid_of(self.id, "pilot"))
        return Comparison.of(found) if found else None

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Self:
        """The pilot that another service refers to."""
        return cls(id=id)


@strawberry.input(description="A baseline to be settled.")
class FreezeBaselineInput:
    pilot_id: strawberry.ID = strawberry.field(description="The pilot.")
    metric: WorkMetric = strawberry.field(description="The metric.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key has effect once.")


@strawberry.input(description="A baseline that does not hold.")
class VoidBaselineInput:
    pilot_id: strawberry.ID = strawberry.field(description="The pilot.")
    metric: WorkMetric = strawberry.field(description="The metric.")
    reason: str = strawberry.field(description="Why it does not hold.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key has effect once.")


@strawberry.type(description="The baseline as it is now, or why it was not changed.")
class BaselinePayload(Payload):
    baseline: Baseline | None = strawberry.field(default=None, description="The baseline; null when it was refused.")


@strawberry.type
class BaselineMutations:
    @mutation(
        refuses=(domain.BaselineTooSmall, domain.BaselineInWrongState),
        description="Settle what a pilot will be compared with. For metrics owners and AI stewards.",
    )
    async def freeze_baseline(self, info: Info, input: FreezeBaselineInput) -> BaselinePayload:
        baseline = await run(
            info, commands.freeze_baseline, key=input.idempotency_key, again=repository.get,
            pilot_id=uuid_of(input.pilot_id, "pilot"), metric=input.metric,
        )  # fmt: skip
        return BaselinePayload(baseline=Baseline.of(baseline))

    @mutation(
        refuses=(domain.BaselineInWrongState, domain.BaselineReasonMissing),
        description="Declare that a baseline does not hold; its pilot pauses. For metrics owners and AI stewards.",
    )
    async def void_baseline(self, info: Info, input: VoidBaselineInput) -> BaselinePayload:
        baseline = await run(
            info, commands.void_baseline, key=input.idempotency_key, again=repository.get,
            pilot_id=uuid_of(input.pilot_id, "pilot"), metric=input.metric, reason=input.reason,
        )  # fmt: skip
        return BaselinePayload(baseline=Baseline.of(baseline))
