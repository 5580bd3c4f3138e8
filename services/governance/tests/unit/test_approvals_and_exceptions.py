"""Consent in stages, and exceptions from policies (G12, G13, G16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.domain import Refused
from governance.access import approvers as access
from governance.approvals.domain import (
    AlreadyConsented,
    Chain,
    ChainHasEnded,
    ChainOutcome,
    NobodyToApprove,
    NotAnApprover,
    Stage,
)
from governance.entitlement.domain import Standing
from governance.exceptions.domain import (
    ControlMissing,
    ExceptionGranted,
    ExceptionInWrongState,
    ExceptionStatus,
    ExceptionTooLong,
    ExtendedBefore,
    PolicyException,
)
from governance.risk.domain import Assessment
from governance.scope.domain import Approval, BadPanel, Conditions, Panel
from governance.tools.domain import Tool

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PEOPLE = ("me", "a", "b", "c", "d")
names = st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=4).map(tuple)
stages = st.lists(
    st.builds(Stage, st.sampled_from(("one", "two")), names, st.integers(1, 2), st.integers(1, 5), names),
    min_size=1,
    max_size=3,
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("yes"), st.sampled_from(PEOPLE)),
        st.tuples(st.just("no"), st.sampled_from(PEOPLE)),
        st.tuples(st.just("wait"), st.integers(1, 6)),
    ),
    max_size=15,
)


@given(stages, steps)
def test_nobody_consents_to_a_request_of_their_own_and_no_stage_is_skipped_G12_G13(
    asked: list[Stage], sequence: list[tuple[str, object]]
) -> None:
    now = NOW
    try:
        chain = Chain.start("me", asked, now)
    except NobodyToApprove:
        assert any(len({*s.approvers, *s.alternates} - {"me"}) < s.at_least or len(set(s.approvers) - {"me"}) < s.at_least
                   for s in asked)  # fmt: skip
        return
    for what, given_ in sequence:
        before = chain
        try:
            if what == "yes":
                chain = chain.consent(str(given_), now)
            elif what == "no":
                chain = chain.deny(str(given_))
            else:
                now += timedelta(hours=int(str(given_)))
                chain = chain.time_passed(now) or chain
        except Refused:
            assert chain is before
        assert 0 <= chain.current - before.current <= 1
    done = chain.stages if chain.outcome is ChainOutcome.APPROVED else chain.stages[: chain.current]
    for stage in done:
        assert stage.complete
    for stage in chain.stages:
        given_by = [consent.by for consent in stage.consents]
        assert "me" not in given_by
        assert len(given_by) == len(set(given_by)) <= stage.at_least
        assert set(given_by) <= set(stage.asked)


def a_chain() -> Chain:
    return Chain.start(
        "me", [Stage("manager", ("a",), 1, 10, ("b",)), Stage("two of three", ("b", "c", "d", "me"), 2, 10)], NOW
    )


def test_stages_are_asked_one_after_the_other_one_or_some_of_them_G12() -> None:
    chain = a_chain()
    with pytest.raises(NotAnApprover, match="waits for a, not for b"):
        chain.consent("b", NOW)
    chain = chain.consent("a", NOW + HOUR)
    assert (chain.stage.name, chain.due_at, chain.stage.asked) == ("two of three", NOW + 11 * HOUR, ("b", "c", "d"))
    chain = chain.consent("b", NOW + HOUR)
    with pytest.raises(AlreadyConsented):
        chain.consent("b", NOW + HOUR)
    assert chain.outcome is ChainOutcome.PENDING
    chain = chain.consent("d", NOW + HOUR)
    assert chain.outcome is ChainOutcome.APPROVED
    with pytest.raises(ChainHasEnded):
        chain.deny("c")


def test_who_does_not_answer_is_stood_in_for_once_and_then_it_expires_G12() -> None:
    chain = a_chain()
    assert chain.time_passed(NOW + 9 * HOUR) is None
    escalated = chain.time_passed(NOW + 10 * HOUR)
    assert escalated is not None
    assert (escalated.stage.asked, escalated.due_at) == (("a", "b"), NOW + 20 * HOUR)
    assert escalated.consent("b", NOW + 11 * HOUR).current == 1
    expired = escalated.time_passed(NOW + 20 * HOUR)
    assert expired is not None
    assert expired.outcome is ChainOutcome.EXPIRED
    assert expired.time_passed(NOW + 90 * HOUR) is None


def test_a_stage_where_only_the_requester_could_consent_goes_to_the_alternates_or_nobody_G13() -> None:
    assert Chain.start("me", [Stage("manager", ("me",), alternates=("b",))], NOW).stage.asked == ("b",)
    with pytest.raises(NobodyToApprove, match="manager"):
        Chain.start("me", [Stage("manager", ("me",))], NOW)


def asked(days: int = 30, control: str = "a colleague reads along") -> PolicyException:
    return PolicyException.request(
        UUID(int=1), "me", "acceptable-use", tool_id=None, justification="on a ship", compensating_control=control,
        chain=Chain.start("me", [Stage("manager", ("a",))], NOW), valid_until=NOW + days * DAY, now=NOW,
    ).after  # fmt: skip


def test_an_exception_has_a_compensating_control_and_an_end_G16() -> None:
    with pytest.raises(ControlMissing):
        asked(control=" ")
    for days in (0, 181):
        with pytest.raises(ExceptionTooLong):
            asked(days)
    granted = asked().consented("a", NOW, None)
    assert isinstance(granted.because, ExceptionGranted)
    assert granted.after.expire(NOW + 29 * DAY) is None
    expired = granted.after.expire(NOW + 30 * DAY)
    assert expired is not None
    assert expired.after.status is ExceptionStatus.EXPIRED
    with pytest.raises(ExceptionInWrongState):
        expired.after.extend(NOW + 40 * DAY, NOW)


def test_an_exception_is_extended_once_G16() -> None:
    once = asked().consented("a", NOW, None).after.extend(NOW + 60 * DAY, NOW + 20 * DAY).after
    assert once.expire(NOW + 30 * DAY) is None
    with pytest.raises(ExtendedBefore):
        once.extend(NOW + 90 * DAY, NOW + 20 * DAY)


EVERYBODY = frozenset({"E0004", "E0010", "E0012", "E0020"})
DANA = Standing("E0011", works_here=True, department_id="sales", manager_id="E0010")
TOOL = Tool.propose(
    UUID(int=1), code="tool", name="Tool", vendor="Acme", model_version="1", hosting="cloud", purpose="",
    owner_id="E0004", proposed_by="E0011", assessment=Assessment(False, False, False, False, False), now=NOW,
).after  # fmt: skip


def test_a_panel_consents_by_one_by_all_or_by_a_quorum_G12() -> None:
    named = ("E0004", "E0010", "E0012")

    def panel(at_least: int, working: frozenset[str] = EVERYBODY, approval: Approval = Approval.NONE) -> list[Stage]:
        conditions = Conditions((), (), approval, Panel.of(named, at_least))
        return list(
            access.stages(
                replace(TOOL, conditions=conditions), DANA, access.Approvers(working, {"sales": ("E0012",)}, ("E0020",))
            )
        )

    for at_least in (1, 2, 3):
        assert panel(at_least) == [Stage("panel", named, at_least, 72, ("E0020",))]
        chain = Chain.start("E0011", panel(at_least), NOW)
        for who in named[:at_least]:
            assert chain.outcome is ChainOutcome.PENDING
            assert who in chain.stage.waits_for
            chain = chain.consent(who, NOW)
        assert chain.outcome is ChainOutcome.APPROVED
    for at_least in (0, 4):
        with pytest.raises(BadPanel, match=f"{at_least} of 3"):
            Panel.of(named, at_least)
    assert [stage.approvers for stage in panel(2, approval=Approval.LINE_MANAGER)] == [("E0010",), ("E0004", "E0012")]
    assert panel(2, frozenset({"E0012", "E0020"})) == [Stage("panel", ("E0012", "E0020"), 2, 72)]
    # Nobody decides alone for a quorum that cannot be met any more, and no stage before it falls away.
    assert panel(3, frozenset({"E0012", "E0020"})) == [Stage("panel", ("E0012", "E0020"), 2, 72)]
    assert [
        (stage.approvers, stage.at_least)
        for stage in panel(3, frozenset({"E0010", "E0012", "E0020"}), Approval.LINE_MANAGER)
    ] == [(("E0010",), 1), (("E0012", "E0020"), 2)]
    assert panel(2, frozenset({"E0011"})) == []


def test_a_panel_that_changes_keeps_the_consents_of_who_is_in_it_still_G12() -> None:
    chain = Chain.start("E0011", [Stage("panel", ("a", "b", "c"), 2, alternates=("d",))], NOW).consent("a", NOW)
    left_b = chain.follow([Stage("panel", ("a", "c"), 2, alternates=("d",))], NOW)
    assert left_b is not None
    assert left_b.stage.waits_for == ("c",)
    left_a = chain.follow([Stage("panel", ("b", "c"), 2, alternates=("d",))], NOW)
    assert left_a is not None
    assert left_a.stage.waits_for == ("b", "c")
    late = chain.time_passed(NOW + timedelta(hours=72))
    assert late is not None
    assert late.stage.waits_for == ("b", "c", "d")
    assert late.consent("d", NOW).outcome is ChainOutcome.APPROVED
    ended = late.time_passed(late.due_at)
    assert ended is not None
    assert ended.outcome is ChainOutcome.EXPIRED
