"""Phases: what ends one is proven by events (L01-L03, C16)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from chassis.database import new_id
from governance.phases.domain import (
    EXITS,
    CriteriaOpen,
    Criterion,
    Fact,
    Facts,
    NeverCompletes,
    Phase,
    PhaseCode,
    PhaseExitReady,
    PhaseNotActive,
    PhaseStatus,
    by_criterion,
    following,
)

NOW = datetime(2026, 3, 2, tzinfo=UTC)
FOUNDATION = [each.criterion for each in EXITS if each.phase is PhaseCode.FOUNDATION]


def proven(*criteria: Criterion, times: int = 1) -> list[Fact]:
    return [
        Fact(criterion, f"thing-{n}", f"event-{criterion}-{n}", "x.y.v1", NOW + timedelta(minutes=n))
        for criterion in criteria
        for n in range(times)
    ]


def facts(*criteria: Criterion, times: int = 1) -> Facts:
    return by_criterion(proven(*criteria, times=times))


def entered(code: PhaseCode = PhaseCode.FOUNDATION) -> Phase:
    return Phase.enter(new_id(), code, NOW).after


def test_month_one_asks_for_committee_tools_policy_and_training_and_nothing_else_L02_L03():
    assert FOUNDATION == [
        Criterion.COMMITTEE_SEATED,
        Criterion.TOOLS_APPROVED,
        Criterion.ACCEPTABLE_USE_PUBLISHED,
        Criterion.UNIVERSAL_TRAINING_LAUNCHED,
    ]


@pytest.mark.parametrize("lacking", FOUNDATION)
def test_a_phase_is_ready_when_everything_is_proven_and_not_before_L01(lacking: Criterion):
    some = facts(*(each for each in FOUNDATION if each is not lacking))
    assert entered().look(some, NOW) is None
    with pytest.raises(CriteriaOpen):
        entered().complete(some, "E0001", NOW)
    change = entered().look(facts(*FOUNDATION), NOW)
    assert change is not None
    assert change.after.status is PhaseStatus.EXIT_READY
    assert isinstance(change.because, PhaseExitReady)
    assert [(each.criterion, each.event_id) for each in change.because.evidence] == [
        (each, f"event-{each}-0") for each in FOUNDATION
    ]
    assert change.after.look(facts(*FOUNDATION), NOW) is None


def test_the_order_of_events_does_not_matter_C16():
    all_facts = proven(*FOUNDATION)
    phase = entered()
    seen = {phase.look(by_criterion(order), NOW) for order in permutations(all_facts)}
    assert len(seen) == 1


def test_three_of_something_are_three_different_things_L01():
    pilot = [each for each in EXITS if each.phase is PhaseCode.PILOT]
    for times, ready in ((1, False), (5, True)):
        change = entered(PhaseCode.PILOT).look(facts(*(each.criterion for each in pilot), times=times), NOW)
        assert (change is not None) is ready


def test_the_last_phase_never_ends_L10():
    assert following(PhaseCode.SCALE) is PhaseCode.EVOLVE
    assert following(PhaseCode.EVOLVE) is None
    assert entered(PhaseCode.EVOLVE).look(facts(*Criterion, times=9), NOW) is None
    with pytest.raises(NeverCompletes):
        entered(PhaseCode.EVOLVE).complete({}, "E0001", NOW)


def test_a_phase_is_completed_once_L01():
    ready = entered().look(facts(*FOUNDATION), NOW)
    assert ready is not None
    done = ready.after.complete(facts(*FOUNDATION), "E0001", NOW).after
    assert done.status is PhaseStatus.COMPLETED
    with pytest.raises(PhaseNotActive):
        done.complete(facts(*FOUNDATION), "E0001", NOW)
