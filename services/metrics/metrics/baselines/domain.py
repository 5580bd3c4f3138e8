"""Baselines and comparisons: the change of a median with an interval, and a verdict that may be "inconclusive" (M07, P13).

The interval is the percentile bootstrap of Efron (1979) for the relative change of the median. The median of a resample
of n values is drawn directly: the m-th smallest of n uniform draws is Beta(m, n + 1 - m) distributed (David & Nagaraja,
Order Statistics, 2003, section 2.3), and a uniform draw u stands for the sorted value at floor(u n).
"""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from statistics import median
from uuid import UUID

from chassis.domain import Change, Refused
from metrics.work_items.domain import WorkItem, WorkMetric

LEAST = 30
"""Fewer units on either side say nothing."""
RESAMPLES = 4000
CONFIDENCE = 0.95


class BaselineState(StrEnum):
    """Where a baseline stands."""

    COLLECTING = "collecting"
    FROZEN = "frozen"
    VOID = "void"


class Verdict(StrEnum):
    """What a comparison says."""

    IMPROVED = "improved"
    WORSE = "worse"
    INCONCLUSIVE = "inconclusive"
    INSUFFICIENT_DATA = "insufficient_data"


class Direction(StrEnum):
    """Which way a figure should go."""

    UP = "up"
    DOWN = "down"


class BaselineTooSmall(Refused):
    """The cohort completed {n} units in the baseline's window, and {least} are needed. Wait for more of them."""

    n: int
    least: int


class BaselineInWrongState(Refused):
    """The baseline is {state}; a frozen one is never edited. {action} needs it to be {needed}."""

    state: str
    action: str
    needed: str


class BaselineReasonMissing(Refused):
    """Say why the baseline does not hold."""


@dataclass(frozen=True, slots=True)
class BaselineBegun:
    """Units of work are collected before a pilot."""

    baseline_id: UUID
    pilot_id: UUID
    process_id: UUID
    metric: WorkMetric


@dataclass(frozen=True, slots=True)
class BaselineFrozen:
    """What a pilot will be compared with is settled and never edited; the median is in minutes."""

    baseline_id: UUID
    pilot_id: UUID
    process_id: UUID
    metric: WorkMetric
    n: int
    median: float
    p85: float
    content_hash: str


@dataclass(frozen=True, slots=True)
class BaselineVoided:
    """A baseline does not hold: its pilot cannot be compared."""

    baseline_id: UUID
    pilot_id: UUID
    process_id: UUID
    metric: WorkMetric
    reason: str


@dataclass(frozen=True, slots=True)
class Kpi:
    """What a pilot shall change, and by which share of the median at least."""

    metric: WorkMetric
    direction: Direction
    min_effect: float


@dataclass(frozen=True, slots=True)
class Study:
    """A pilot as far as its measurement needs it; the first KPI is what it is judged by."""

    pilot_id: UUID
    process_id: UUID
    process_code: str
    employee_ids: tuple[str, ...]
    kpis: tuple[Kpi, ...]
    planned_at: datetime

    @property
    def processes(self) -> tuple[str, str]:
        """The names that sources may give the process."""
        return self.process_code, str(self.process_id)


@dataclass(frozen=True, slots=True)
class Baseline:
    """A metric of a pilot's cohort before the pilot."""

    id: UUID
    pilot_id: UUID
    process_id: UUID
    metric: WorkMetric
    state: BaselineState
    from_time: datetime
    version: int
    to_time: datetime | None = None
    sample: tuple[float, ...] | None = None
    median: float | None = None
    p85: float | None = None
    content_hash: str | None = None
    void_reason: str | None = None

    @classmethod
    def begin(cls, id: UUID, study: Study, metric: WorkMetric, from_time: datetime) -> Change[Baseline]:
        """Collect from then on."""
        event = BaselineBegun(id, study.pilot_id, study.process_id, metric)
        return Change(cls(id, study.pilot_id, study.process_id, metric, BaselineState.COLLECTING, from_time, 1), event)

    def freeze(self, items: Sequence[WorkItem], now: datetime) -> Change[Baseline]:
        """Settle it with what was completed until now."""
        self._must_be(BaselineState.COLLECTING, "Freezing it")
        if len(items) < LEAST:
            raise BaselineTooSmall(n=len(items), least=LEAST)
        sample = tuple(sorted(item.value(self.metric) for item in items))
        middle, p85 = median(sample), quantile(sample, 0.85)
        content = [str(self.pilot_id), self.metric.value, self.from_time.isoformat(), now.isoformat(),
                   [(item.number, item.value(self.metric)) for item in items]]  # fmt: skip
        found = hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()
        event = BaselineFrozen(self.id, self.pilot_id, self.process_id, self.metric, len(sample), middle, p85, found)
        after = replace(
            self, state=BaselineState.FROZEN, to_time=now, sample=sample, median=middle, p85=p85, content_hash=found,
            version=self.version + 1,
        )  # fmt: skip
        return Change(after, event)

    def void(self, reason: str) -> Change[Baseline]:
        """Declare that it does not hold."""
        self._must_be(BaselineState.FROZEN, "Declaring it void")
        if not reason.strip():
            raise BaselineReasonMissing
        event = BaselineVoided(self.id, self.pilot_id, self.process_id, self.metric, reason)
        after = replace(self, state=BaselineState.VOID, void_reason=reason, version=self.version + 1)
        return Change(after, event)

    def _must_be(self, state: BaselineState, action: str) -> None:
        if self.state is not state:
            raise BaselineInWrongState(state=self.state.value, action=action, needed=state.value)


@dataclass(frozen=True, slots=True)
class ComparisonCompleted:
    """A pilot was compared with its baseline. Effect and interval are relative changes of the median: -0.2 is 20 % less."""

    comparison_id: UUID
    pilot_id: UUID
    process_id: UUID
    metric: WorkMetric
    verdict: Verdict
    effect: float | None
    ci_low: float | None
    ci_high: float | None
    n_before: int
    n_after: int
    median_before: float | None
    median_after: float | None
    rework_rate: float | None
    reopen_rate: float | None
    sla_miss_rate: float | None
    caveats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison; it is never changed, only made anew."""

    id: UUID
    compared_at: datetime
    result: ComparisonCompleted
    version: int

    @classmethod
    def make(
        cls, id: UUID, study: Study, baseline: Baseline | None, items: Sequence[WorkItem], now: datetime
    ) -> Change[Comparison]:
        """Compare what the cohort completed during the pilot with its baseline (M07)."""
        kpi = study.kpis[0]
        frozen = baseline is not None and baseline.state is BaselineState.FROZEN
        before = (baseline.sample or ()) if frozen and baseline is not None else ()
        after = sorted(item.value(kpi.metric) for item in items)
        caveats = ["before and after, without a comparison group"]
        if not frozen:
            caveats.append("the baseline is void" if baseline else "there is no baseline")
        found = change_of_median(before, after, seed=str(study.pilot_id))
        effect, low, high = found or (None, None, None)
        result = ComparisonCompleted(
            id, study.pilot_id, study.process_id, kpi.metric, verdict(kpi, found), effect, low, high,
            len(before), len(after), median(before) if before else None, median(after) if after else None,
            _share([item.reworked for item in items]), _share([item.reopened for item in items]),
            _share([not item.sla_met for item in items]), tuple(caveats),
        )  # fmt: skip
        return Change(cls(id, now, result, 1), result)


def _share(found: Sequence[bool]) -> float | None:
    return sum(found) / len(found) if found else None


Interval = tuple[float, float, float]
"""The relative change of the median, and the ends of its interval."""


def change_of_median(before: Sequence[float], after: Sequence[float], *, seed: str) -> Interval | None:
    """The change with its interval; None with too few values on a side or a baseline of 0. Both are sorted."""
    if min(len(before), len(after)) < LEAST or median(before) <= 0:
        return None
    draw = random.Random(seed)  # noqa: S311 - the same pilot gives the same interval
    changes = []
    for _ in range(RESAMPLES):
        base = _resampled_median(before, draw)
        if base > 0:
            changes.append(_resampled_median(after, draw) / base - 1)
    changes.sort()
    tail = (1 - CONFIDENCE) / 2
    return median(after) / median(before) - 1, quantile(changes, tail), quantile(changes, 1 - tail)


def _resampled_median(values: Sequence[float], draw: random.Random) -> float:
    n = len(values)
    m = (n + 1) // 2
    u = draw.betavariate(m, n + 1 - m)
    lower = values[min(int(u * n), n - 1)]
    if n % 2:
        return lower
    following = u + (1 - u) * draw.betavariate(1, n - m)
    return (lower + values[min(int(following * n), n - 1)]) / 2


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which that share of sorted values lies, between two neighbours in proportion (Hyndman-Fan 7)."""
    place = share * (len(values) - 1)
    low, high = math.floor(place), math.ceil(place)
    return values[low] + (values[high] - values[low]) * (place - low)


def verdict(kpi: Kpi, found: Interval | None) -> Verdict:
    """Improved: the whole interval lies on the wanted side and the change is large enough. Worse: on the other side."""
    if found is None:
        return Verdict.INSUFFICIENT_DATA
    sign = 1 if kpi.direction is Direction.UP else -1
    effect = sign * found[0]
    low, high = sorted((sign * found[1], sign * found[2]))
    if low > 0 and effect >= kpi.min_effect:
        return Verdict.IMPROVED
    return Verdict.WORSE if high < 0 else Verdict.INCONCLUSIVE
