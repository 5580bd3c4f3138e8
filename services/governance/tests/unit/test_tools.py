"""The life of a tool (G04-G06, G09, G29)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from governance.risk.domain import Assessment, Risk, RiskProhibited, RiskUnknown
from governance.scope.domain import NO_CONDITIONS, DataClass, Scope, UsageContext
from governance.tools.domain import (
    BadToolCode,
    NobodyAccountable,
    NothingAllowed,
    ReviewDateInThePast,
    Status,
    Tool,
    ToolInWrongState,
    ToolRatificationOverdue,
    ToolSuspended,
)

ID = UUID("0190f5fe-7d1e-7b5a-9c55-0d3c1f7a2b10")
DECISION = UUID("0190f5fe-7d1e-7b5a-9c55-0d3c1f7a2b11")
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SCOPE = (Scope(DataClass.INTERNAL, UsageContext.INTERNAL),)
KNOWN = Assessment(False, False, False, False, False)


def a_tool(status: Status = Status.UNDER_REVIEW, **differently: Any) -> Tool:
    proposed = Tool.propose(
        ID, code="draft-assistant", name="Draft Assistant", vendor="Acme", model_version="1", hosting="cloud",
        purpose="drafts", owner_id="E0004", proposed_by="E0011", assessment=KNOWN, now=NOW,
    ).after  # fmt: skip
    return replace(proposed, status=status, **differently)


def approved(tool: Tool | None = None, review_by: date = date(2027, 3, 2), scope: tuple[Scope, ...] = SCOPE) -> Tool:
    return (tool or a_tool()).approve(
        DECISION, scope=scope, conditions=NO_CONDITIONS, review_by=review_by, today=NOW.date()
    ).after  # fmt: skip


def test_a_tool_whose_risk_is_unknown_cannot_be_approved_G09() -> None:
    with pytest.raises(RiskUnknown, match="Finish the assessment first: decides_about_people"):
        approved(a_tool(assessment=replace(KNOWN, decides_about_people=None)))


def test_a_prohibited_tool_cannot_be_approved_G09() -> None:
    with pytest.raises(RiskProhibited):
        approved(a_tool(assessment=replace(KNOWN, manipulates_or_scores_people=True)))


def test_a_tool_that_nobody_answers_for_cannot_be_approved_G27() -> None:
    with pytest.raises(NobodyAccountable):
        approved(a_tool(owner_id=None))


def test_a_tool_needs_a_scope_row_and_a_review_in_the_future_G05() -> None:
    with pytest.raises(NothingAllowed):
        approved(scope=())
    with pytest.raises(ReviewDateInThePast):
        approved(review_by=NOW.date())


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.UNDER_REVIEW])
def test_only_a_tool_under_review_can_be_approved_or_rejected_G06(status: Status) -> None:
    with pytest.raises(ToolInWrongState):
        approved(a_tool(status))
    with pytest.raises(ToolInWrongState):
        a_tool(status).reject(DECISION)


def test_retirement_is_final_G06() -> None:
    tool = approved().retire(DECISION).after
    attempts: tuple[Callable[[], object], ...] = (
        lambda: tool.start_review("E0020"),
        lambda: tool.suspend("?", by="E0020", now=NOW),
        lambda: tool.change_scope(DECISION, SCOPE),
        lambda: tool.retire(DECISION),
        lambda: tool.assess(KNOWN),
        lambda: tool.reinstate(DECISION, review_by=None, today=NOW.date()),
    )
    for attempt in attempts:
        with pytest.raises(ToolInWrongState):
            attempt()


def test_an_emergency_suspension_asks_the_committee_within_seven_days_G29() -> None:
    change = approved().suspend("leaks", by="E0021", now=NOW)
    assert change.because == ToolSuspended(ID, "draft-assistant", "leaks", True, NOW + timedelta(days=7))


def test_without_ratification_the_tool_stays_suspended_and_says_so_once_G29() -> None:
    tool = approved().suspend("leaks", by="E0021", now=NOW).after
    late = NOW + timedelta(days=7)
    assert tool.ratification_overdue(late - timedelta(seconds=1)) is None
    overdue = tool.ratification_overdue(late)
    assert overdue is not None
    assert overdue.because == ToolRatificationOverdue(ID)
    assert (overdue.after.status, overdue.after.suspension and overdue.after.suspension.overdue) == (
        Status.SUSPENDED,
        True,
    )
    assert overdue.after.ratification_overdue(late) is None
    assert tool.ratify(DECISION).after.ratification_overdue(late) is None
    assert tool.reinstate(DECISION, review_by=None, today=NOW.date()).after.ratification_overdue(late) is None


def test_a_review_that_is_overdue_is_a_flag_and_thirty_days_later_a_suspension_G06() -> None:
    tool = approved(review_by=date(2026, 6, 1))
    assert tool.review_is_due(datetime(2026, 5, 31, tzinfo=UTC)) is None
    flagged = tool.review_is_due(datetime(2026, 6, 1, tzinfo=UTC))
    assert flagged is not None
    assert (flagged.after.status, flagged.after.review_overdue) == (Status.APPROVED, True)
    assert flagged.after.review_is_due(datetime(2026, 6, 30, tzinfo=UTC)) is None
    suspended = flagged.after.review_is_due(datetime(2026, 7, 1, tzinfo=UTC))
    assert suspended is not None
    assert suspended.because == ToolSuspended(ID, "draft-assistant", "review overdue", False, None)
    with pytest.raises(ReviewDateInThePast):
        suspended.after.reinstate(DECISION, review_by=None, today=date(2026, 7, 2))


def test_an_approved_tool_cannot_become_one_of_unknown_risk_G09() -> None:
    with pytest.raises(RiskUnknown):
        approved().assess(replace(KNOWN, acts_without_review=None))
    assert approved().assess(replace(KNOWN, decides_about_people=True)).after.risk is Risk.HIGH


@pytest.mark.parametrize("code", ["", "Draft", "a b", "-a", "a-", "a--b", "ä", "a" * 61])
def test_a_code_is_a_slug_G04(code: str) -> None:
    with pytest.raises(BadToolCode):
        Tool.propose(
            ID, code=code, name="n", vendor="v", model_version="1", hosting="h", purpose="p", owner_id=None,
            proposed_by="E0011", assessment=KNOWN, now=NOW,
        )  # fmt: skip
