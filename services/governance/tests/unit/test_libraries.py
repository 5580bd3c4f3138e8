"""Use cases stay within guardrails; prompts go up one step at a time; a preference takes nothing away (G03, G24-G26)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from governance.departments.domain import GuardrailViolation, Restriction
from governance.preferences.domain import NotAmongTheApproved, prefer
from governance.prompts.domain import BadRating, NotAPromotion, Prompt, PromptIsRetired, PromptUnchanged, Visibility
from governance.risk.domain import Assessment, Risk
from governance.scope.domain import DataClass, Scope, UsageContext
from governance.tools.domain import Status, Tool
from governance.use_cases.domain import BadUseCaseReview, UseCase, UseCaseIsRetired, obstacles, risk_of

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ROW = Scope(DataClass.CLIENT, UsageContext.CLIENT_WORK)
KNOWN = Assessment(False, False, False, False, False)


def a_tool(id: int = 1, **differently: Any) -> Tool:
    proposed = Tool.propose(
        UUID(int=id), code=f"tool-{id}", name=f"Tool {id}", vendor="Acme", model_version="1", hosting="cloud",
        purpose="", owner_id="E0004", proposed_by="E0011", assessment=KNOWN, now=NOW,
    ).after  # fmt: skip
    return replace(proposed, **{"status": Status.APPROVED, "scope": (ROW,), **differently})


def a_ban() -> Restriction:
    return Restriction.impose(
        UUID(int=9), "sales", tool_id=None, allowed=(), removed=(ROW,), remaining=None, reason="audit",
        review_by=NOW.date() + timedelta(days=30), by="E0010", today=NOW.date(),
    ).after  # fmt: skip


def registered(*tools: Tool, restrictions: tuple[Restriction, ...] = ()) -> UseCase:
    return UseCase.register(
        UUID(int=5), "sales", title="Replies", purpose="", tools=tools or (a_tool(),), restrictions=restrictions,
        process_id=None, data_class=DataClass.CLIENT, context=UsageContext.CLIENT_WORK, owner_id="E0004", by="E0010",
        now=NOW,
    ).after  # fmt: skip


def test_a_use_case_stays_within_what_its_tools_are_approved_for_G03_G26() -> None:
    cases: list[tuple[tuple[Tool, ...], tuple[Restriction, ...], str]] = [
        ((a_tool(status=Status.SUSPENDED),), (), "is suspended"),
        ((a_tool(), a_tool(2, scope=())), (), "Tool 2 is not approved for these data"),
        ((a_tool(),), (a_ban(),), "the department restricts Tool 1"),
    ]
    for tools, restrictions, why in cases:
        with pytest.raises(GuardrailViolation, match=why) as refused:
            registered(*tools, restrictions=restrictions)
        assert refused.value.facts["tier"] == "enterprise"
    assert obstacles(registered().use, [a_tool()], (), NOW.date()) == ()


def test_a_use_case_is_looked_at_again_within_a_year_G26_G33() -> None:
    today = NOW.date()
    use_case = registered()
    assert use_case.review_by == today + timedelta(days=365)
    for day in (today, today + timedelta(days=366)):
        with pytest.raises(BadUseCaseReview, match="within 365 days"):
            use_case.confirm(day, today)
    assert use_case.confirm(today + timedelta(days=90), today).after.review_by == today + timedelta(days=90)
    with pytest.raises(UseCaseIsRetired):
        use_case.retire("done", NOW).after.confirm(today + timedelta(days=90), today)


def test_the_risk_of_a_use_case_is_the_highest_of_its_tools_G09_G26() -> None:
    limited = a_tool(2, assessment=replace(KNOWN, processes_personal_data=True))
    assert risk_of([a_tool(), limited]) is Risk.LIMITED
    assert risk_of([limited, a_tool(3, assessment=Assessment())]) is Risk.TO_BE_DETERMINED
    with pytest.raises(UseCaseIsRetired):
        registered().retire("done", NOW).after.owned_by("E0002")


def a_prompt(visibility: Visibility = Visibility.TEAM) -> Prompt:
    return Prompt.share(
        UUID(int=6), team_id="sales-one", department_id="sales", author_id="E0011", title="Reply", body="Write.",
        tools=(a_tool(),), visibility=visibility, forked_from=None, now=NOW,
    ).after  # fmt: skip


def test_a_prompt_goes_up_one_step_at_a_time_G25() -> None:
    prompt = a_prompt(Visibility.PRIVATE)
    with pytest.raises(NotAPromotion):
        prompt.promote(Visibility.DEPARTMENT, "E0010")
    for step in (Visibility.TEAM, Visibility.DEPARTMENT, Visibility.ENTERPRISE):
        prompt = prompt.promote(step, "E0010").after
    with pytest.raises(NotAPromotion):
        prompt.promote(Visibility.TEAM, "E0010")
    with pytest.raises(NotAPromotion):
        a_prompt(Visibility.ENTERPRISE)


@pytest.mark.parametrize(
    ("visibility", "seen"),
    [
        (Visibility.PRIVATE, [True, False, False, False]),
        (Visibility.TEAM, [True, True, False, False]),
        (Visibility.DEPARTMENT, [True, True, True, False]),
        (Visibility.ENTERPRISE, [True, True, True, True]),
    ],
)
def test_a_prompt_is_seen_as_far_as_it_was_let_G25(visibility: Visibility, seen: list[bool]) -> None:
    prompt = replace(a_prompt(), visibility=visibility)
    viewers = [("E0011", None, None), ("a", "sales-one", "sales"), ("b", "sales-two", "sales"), ("c", None, None)]
    assert [prompt.seen_by(*viewer) for viewer in viewers] == seen


def test_a_prompt_has_versions_ratings_by_others_and_an_end_G25() -> None:
    assert a_prompt().revise("Write well.").after.number == 2
    with pytest.raises(PromptUnchanged):
        a_prompt().revise("Write.")
    for by, stars in (("E0011", 5), ("E0010", 0), ("E0010", 6)):
        with pytest.raises(BadRating):
            a_prompt().rated(by, stars)
    with pytest.raises(PromptIsRetired, match="Fork it"):
        a_prompt().retire().after.rated("E0010", 5)


def test_a_team_prefers_among_approved_tools_only_G24() -> None:
    first = prefer("sales-one", [a_tool(2), a_tool(1), a_tool(2)], before=None, by="E0011", now=NOW).after
    assert first.tool_ids == (UUID(int=2), UUID(int=1))
    assert prefer("sales-one", [], before=first, by="E0011", now=NOW).after.version == 2
    with pytest.raises(NotAmongTheApproved, match="is under review"):
        prefer("sales-one", [a_tool(status=Status.UNDER_REVIEW)], before=None, by="E0011", now=NOW)
