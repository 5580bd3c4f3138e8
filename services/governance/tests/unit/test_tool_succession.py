"""How one tool follows another, and how long a proposal waits (G07, G08, G32)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.risk.domain import Assessment
from governance.tools.domain import BadSuccessor, Status, SunsetInThePast, Tool, ToolInWrongState
from governance.tools.events import ToolDecisionOverdue, ToolRetired
from governance.tools.likeness import alike, likeness

OLD, NEW, DECISION = UUID(int=1), UUID(int=2), UUID(int=3)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=90)


def a_tool(id: UUID = OLD, status: Status = Status.APPROVED, **differently: Any) -> Tool:
    proposed = Tool.propose(
        id, code=f"tool-{id.int}", name="Draft Assistant", vendor="Acme", model_version=str(id.int), hosting="cloud",
        purpose="drafts", owner_id="E0004", proposed_by="E0011", assessment=Assessment(), now=NOW,
    ).after  # fmt: skip
    return replace(proposed, status=status, **differently)


def test_a_deprecated_tool_is_used_until_its_date_and_then_retired_with_its_successor_named_G07() -> None:
    tool = a_tool().deprecate(DECISION, sunset_at=LATER, successor_id=NEW, now=NOW).after
    assert (tool.status, tool.sunset(LATER - timedelta(seconds=1))) == (Status.APPROVED, None)
    ended = tool.sunset(LATER)
    assert ended is not None
    assert ended.because == ToolRetired(OLD, "tool-1", DECISION, NEW)
    assert ended.after.sunset(LATER) is None
    with pytest.raises(SunsetInThePast):
        a_tool().deprecate(DECISION, sunset_at=NOW, successor_id=None, now=NOW)


def test_a_new_version_knows_nothing_of_its_risk_G07_G09() -> None:
    assert a_tool(NEW, replaces_id=OLD).assessment.unanswered()


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.APPROVED])
def test_only_an_approved_tool_takes_the_place_of_another_G07(status: Status) -> None:
    with pytest.raises(BadSuccessor, match="cannot take the place"):
        a_tool(NEW, status).may_follow(a_tool())
    with pytest.raises(BadSuccessor, match="it is the same tool"):
        a_tool().may_follow(a_tool())
    a_tool(NEW).may_follow(a_tool())


def test_a_duplicate_names_the_tool_that_it_is_G08() -> None:
    proposal = a_tool(NEW, Status.PROPOSED)
    marked = proposal.is_duplicate_of(a_tool()).after
    assert (marked.status, marked.duplicate_of) == (Status.REJECTED, OLD)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: proposal.is_duplicate_of(proposal),
        lambda: proposal.is_duplicate_of(replace(marked, id=UUID(int=9))),
    )
    for attempt in attempts:
        with pytest.raises(BadSuccessor):
            attempt()
    with pytest.raises(ToolInWrongState):
        a_tool().is_duplicate_of(proposal)
    assert marked.start_review("E0020").after.duplicate_of is None


def test_a_proposal_that_nobody_decides_is_told_once_after_thirty_days_G32() -> None:
    proposal = a_tool(status=Status.UNDER_REVIEW)
    late = NOW + timedelta(days=30)
    assert proposal.decision_is_overdue(late - timedelta(seconds=1)) is None
    overdue = proposal.decision_is_overdue(late)
    assert overdue is not None
    assert overdue.because == ToolDecisionOverdue(OLD, "tool-1", late)
    assert overdue.after.decision_is_overdue(late) is None
    assert a_tool().decision_is_overdue(late) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("Copilot", "GitHub"), ("GitHub Copilot", "Microsoft"), True),
        (("draft-assistant", "Acme"), ("Draft Assistants", "ACME"), True),
        (("Draft Assistant", "Acme"), ("Ticket Sorter", "Acme"), False),
        (("Gemini", "Google"), ("Claude", "Anthropic"), False),
    ],
)
def test_names_that_could_mean_the_same_are_found_G08(one: Any, other: Any, same: bool) -> None:
    assert alike(one, other) is same
    assert alike(other, one) is same


@given(st.text(max_size=20), st.text(max_size=20))
def test_likeness_is_a_share_and_does_not_depend_on_the_order_G08(one: str, other: str) -> None:
    assert 0 <= likeness(one, other) == likeness(other, one) <= 1
    assert likeness(one, one.upper()) == likeness(one, one) or one.upper().lower() != one.lower()
