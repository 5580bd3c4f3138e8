"""The score of a candidate: gates, a geometric mean, and every factor explained."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from process.candidates.domain import (
    WEIGHTS,
    Assessment,
    Explained,
    Factor,
    Findings,
    Gate,
    Judgement,
    JudgementInvalid,
    Measured,
    NotACandidate,
    Outcome,
    explain,
    score,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
GOOD = Judgement(0.8, "seen in the audit")
FINDINGS = Findings(GOOD, GOOD, GOOD)
MEASURED = Measured(1000, 10, 4, 0.1, ("cycle time",))
VALUES = st.dictionaries(st.sampled_from(list(Factor)), st.floats(0, 1), min_size=len(Factor), max_size=len(Factor))


def assessed(measured: Measured = MEASURED, findings: Findings = FINDINGS) -> Assessment:
    return Assessment.begin(UUID(int=1), UUID(int=2), "support", measured, findings, "E0001", NOW).after


def factors(values: dict[Factor, float]) -> tuple[Explained, ...]:
    return tuple(Explained(factor, value, WEIGHTS[factor], "") for factor, value in values.items())


def test_the_weights_add_up_P04() -> None:
    assert sum(WEIGHTS.values()) == pytest.approx(1)
    assert set(WEIGHTS) == set(Factor)


@given(VALUES, st.sampled_from(list(Factor)))
def test_the_score_lies_between_the_worst_and_the_best_factor_and_one_zero_disqualifies_P04(
    values: dict[Factor, float], factor: Factor
) -> None:
    found = score(factors(values))
    assert 100 * min(values.values()) - 1e-9 <= found <= 100 * max(values.values()) + 1e-9
    assert score(factors({**values, factor: 0})) == 0
    assert score(factors({**values, factor: 1})) >= found


def test_every_factor_says_why_P04() -> None:
    found = {one.factor: (one.value, one.why) for one in explain(MEASURED, FINDINGS)}
    assert found[Factor.VOLUME][0] == pytest.approx(1000 / 1050)
    assert found[Factor.STANDARDISATION] == (0.9, "90% of the cases go the usual way")
    assert found[Factor.DOCUMENTATION] == (1, "documentation level 4 of 4")
    assert found[Factor.VERIFIABILITY] == (0.8, "seen in the audit")
    assert set(found) == set(Factor)


def test_it_is_ranked_by_score_times_hours_at_stake_P04() -> None:
    assert assessed().rank_value == pytest.approx(assessed().score * 1000 * 10 / 60)


@pytest.mark.parametrize(
    ("measured", "findings", "gate", "why"),
    [
        (Measured(1000, 10, 1, 0.1, ("cycle time",)), FINDINGS, Gate.DOCUMENTED, "documentation level is below 2"),
        (Measured(1000, 10, 4, 0.1, ()), FINDINGS, Gate.MEASURABLE, "how an improvement would be measured"),
        (MEASURED, Findings(GOOD, GOOD, GOOD, prohibited=True), Gate.NOT_PROHIBITED, "AI is prohibited"),
    ],
)
def test_a_failed_gate_disqualifies_and_comes_last_P04(
    measured: Measured, findings: Findings, gate: Gate, why: str
) -> None:
    found = assessed(measured, findings)
    assert (found.failed_gates, found.outcome, found.rank_value) == ((gate,), Outcome.NOT_ELIGIBLE, 0)
    with pytest.raises(NotACandidate, match=why):
        found.accept("Refund", "we want it")


def test_a_decision_holds_until_the_next_assessment_P05() -> None:
    accepted = assessed().accept("Refund", "the most hours").after
    assert (accepted.outcome, accepted.version) == (Outcome.ACCEPTED, 2)
    again = accepted.assess(MEASURED, FINDINGS, "E0001", NOW).after
    assert (again.outcome, again.reason) == (Outcome.SCORED, None)
    assert again.park("no capacity").after.outcome is Outcome.PARKED


@pytest.mark.parametrize("judgement", [Judgement(1.1, "x"), Judgement(0.5, " ")])
def test_a_judgement_needs_a_value_and_evidence_P04(judgement: Judgement) -> None:
    with pytest.raises(JudgementInvalid, match="Verifiability needs"):
        assessed(findings=Findings(GOOD, judgement, GOOD))
