"""The rules of procedures: complete controls, two signatures, one effective version, flags while a tool is suspended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.domain import NotFound
from process.controls.domain import (
    Actor,
    AiRole,
    Content,
    Control,
    EscalationPath,
    Handoff,
    Level,
    Method,
    QualityGate,
    SopIncomplete,
    SopMalformed,
    Step,
)
from process.processes.domain import AiPath, DataClass
from process.sops.domain import (
    Sop,
    SopApproved,
    SopCleared,
    SopEffective,
    SopEndorsed,
    SopFallbackActivated,
    SopFlagged,
)
from process.tools.domain import Tool
from process.versions.domain import (
    AlreadyApproved,
    AuthorCannotApprove,
    ChangeClass,
    Draft,
    FallbackUnusable,
    NewerVersionEffective,
    Part,
    State,
    StillNeeded,
    ToolNotUsable,
    VersionInWrongState,
    VersionOpen,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
OWNER, AUTHOR, STEWARD = "E0001", "E0002", "E0003"
A, B, C = (UUID(int=n) for n in (1, 2, 3))


def tools(approved: set[UUID], suspended: set[UUID] = frozenset()) -> dict[UUID, Tool]:  # type: ignore[assignment]
    found = {id: Tool(id, f"tool-{id.int}", approved_at=1) for id in approved}
    return {id: replace(tool, suspended_at=2) if id in suspended else tool for id, tool in found.items()}


def complete(*tools: UUID) -> Content:
    """A person begins, then each tool does one step, with every control."""
    steps = [Step(1, "Read the request", Actor.HUMAN, role="clerk")]
    handoffs, gates, paths = [], [], []
    for n, tool in enumerate(tools, start=2):
        steps.append(Step(n, f"Draft {n}", Actor.AI, None, AiRole.DRAFT, tool, DataClass.INTERNAL))
        handoffs.append(Handoff(n, Actor.HUMAN, Actor.AI, "the request is read"))
        handoffs.append(Handoff(n, Actor.AI, Actor.HUMAN, "the draft is there", "no invented facts", "draft"))
        gates.append(QualityGate(n, "reviewer", Method.SAMPLE, 0.2, "no error in the sample"))
        paths.append(EscalationPath(n, "two rejections in a row", (Level("team_lead", 60),)))
    return Content(tuple(steps), tuple(handoffs), tuple(gates), tuple(paths))


MANUAL = complete()


def a_draft(content: Content, *, fallback: int | None = None, effective_from: datetime | None = None) -> Draft:
    return Draft(AUTHOR, ChangeClass.MAJOR, content, fallback, effective_from)


def a_sop(content: Content) -> Sop:
    return Sop.start(
        UUID(int=1000), UUID(int=2000), code="answer", title="Answer a request", draft=a_draft(content), now=NOW
    ).after


def signed(sop: Sop, number: int) -> Sop:
    sop = sop.submit(number, AUTHOR, NOW).after
    sop = sop.approve(number, OWNER, frozenset({Part.OWNER}), NOW).after
    return sop.approve(number, STEWARD, frozenset({Part.CONTROL}), NOW).after


def effective_with_fallback(*needed: UUID) -> Sop:
    """Version 1 by hand, then version 2 with the tools and version 1 as its fallback."""
    sop = signed(a_sop(MANUAL), 1).make_effective(1, {}, NOW).after
    sop = sop.draft(a_draft(complete(*needed), fallback=1), NOW).after
    return signed(sop, 2).make_effective(2, tools(set(needed)), NOW).after


def without(field: str) -> Callable[[Content, int], Content]:
    """Takes the fact from the step."""
    nothing: dict[str, Any] = {field: None}
    return lambda content, n: replace(
        content, steps=tuple(replace(step, **nothing) if step.n == n else step for step in content.steps)
    )


REMOVE: dict[Control, Callable[[Content, int], Content]] = {
    Control.AI_ROLE: without("ai_role"),
    Control.TOOL: without("tool_id"),
    Control.DATA_CLASS: without("data_class"),
    Control.HANDOFF_TO_AI: lambda content, n: replace(
        content, handoffs=tuple(h for h in content.handoffs if (h.step, h.taker) != (n, Actor.AI))
    ),
    Control.HANDOFF_TO_HUMAN: lambda content, n: replace(
        content, handoffs=tuple(h for h in content.handoffs if (h.step, h.taker) != (n, Actor.HUMAN))
    ),
    Control.ACCEPTANCE_RULE: lambda content, n: replace(
        content,
        handoffs=tuple(
            replace(h, acceptance_rule=" ") if (h.step, h.taker) == (n, Actor.HUMAN) else h for h in content.handoffs
        ),
    ),
    Control.QUALITY_GATE: lambda content, n: replace(
        content, quality_gates=tuple(g for g in content.quality_gates if g.step != n)
    ),
    Control.ESCALATION_PATH: lambda content, n: replace(
        content, escalation_paths=tuple(p for p in content.escalation_paths if p.step != n)
    ),
}


@given(st.integers(1, 5).flatmap(lambda k: st.tuples(
    st.just(k), st.sets(st.tuples(st.integers(2, k + 1), st.sampled_from(list(Control))))
)))  # fmt: skip
def test_what_is_missing_is_exactly_what_was_removed_P08(case: tuple[int, set[tuple[int, Control]]]) -> None:
    count, removed = case
    content = complete(*(UUID(int=n) for n in range(1, count + 1)))
    for step, control in removed:
        content = REMOVE[control](content, step)
    # Without a handoff back there is no place for an acceptance rule: one thing is missing, not two.
    expected = {
        (step, control)
        for step, control in removed
        if control is not Control.ACCEPTANCE_RULE or (step, Control.HANDOFF_TO_HUMAN) not in removed
    }
    found = {(gap.step, control) for gap in content.gaps() for control in gap.lacks}
    assert found == expected
    content.must_be_well_formed()
    if expected:
        with pytest.raises(SopIncomplete) as refused:
            content.must_be_complete()
        assert len(refused.value.facts["missing"]) == len(expected)
    else:
        content.must_be_complete()


def test_the_refusal_says_which_step_lacks_what_for_all_at_once_P08() -> None:
    content = REMOVE[Control.QUALITY_GATE](complete(A, B), 2)
    content = REMOVE[Control.ESCALATION_PATH](REMOVE[Control.HANDOFF_TO_AI](content, 3), 3)
    with pytest.raises(SopIncomplete) as refused:
        a_sop(content).submit(1, AUTHOR, NOW)
    assert str(refused.value) == (
        "The procedure is not safe to use yet. Step 2 (Draft 2) lacks a quality gate. "
        "Step 3 (Draft 3) lacks a handoff from a human to the AI and an escalation path."
    )
    assert refused.value.facts["missing"] == (
        "step 2: a quality gate",
        "step 3: a handoff from a human to the AI",
        "step 3: an escalation path",
    )


def test_a_procedure_without_ai_needs_no_controls_P08() -> None:
    assert a_sop(MANUAL).submit(1, AUTHOR, NOW).after.get(1).state is State.IN_REVIEW


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (Content(()), "it has no steps"),
        (Content((Step(1, "x", Actor.HUMAN), Step(1, "y", Actor.HUMAN))), "not numbered 1, 2, 3"),
        (Content((Step(1, " ", Actor.HUMAN),)), "step 1 has no title"),
        (Content((Step(1, "x", Actor.HUMAN, tool_id=A),)), "not done by AI, yet names an AI role or tool"),
        (replace(MANUAL, handoffs=(Handoff(7, Actor.HUMAN, Actor.AI, "x"),)), "handoff names step 7"),
        (replace(MANUAL, handoffs=(Handoff(1, Actor.AI, Actor.AI, "x"),)), "from ai to ai"),
        (replace(MANUAL, quality_gates=(QualityGate(1, "r", Method.DUAL, 0, "x"),)), "samples a share of 0"),
        (replace(MANUAL, quality_gates=(QualityGate(1, "r", Method.CHECKLIST, 1, "x"),)), "no items"),
        (replace(MANUAL, escalation_paths=(EscalationPath(1, "x", (Level("r", 0),)),)), "at least one minute"),
    ],
)
def test_a_procedure_that_contradicts_itself_cannot_be_drafted_P07(content: Content, problem: str) -> None:
    with pytest.raises(SopMalformed, match=problem):
        a_sop(content)


def test_the_author_cannot_approve_and_nobody_approves_twice_P07() -> None:
    sop = a_sop(complete(A)).submit(1, AUTHOR, NOW).after
    both = frozenset(Part)
    with pytest.raises(AuthorCannotApprove):
        sop.approve(1, AUTHOR, both, NOW)
    first = sop.approve(1, OWNER, both, NOW)
    assert first.because == SopEndorsed(sop.id, sop.process_id, 1, OWNER, Part.OWNER)
    with pytest.raises(AlreadyApproved, match="a compliance officer or AI steward"):
        first.after.approve(1, OWNER, both, NOW)
    with pytest.raises(AlreadyApproved):
        first.after.approve(1, "E0009", frozenset({Part.OWNER}), NOW)
    second = first.after.approve(1, STEWARD, frozenset({Part.CONTROL}), NOW)
    assert second.because == SopApproved(sop.id, sop.process_id, 1)
    with pytest.raises(VersionInWrongState, match="is approved; this needs one that is in review"):
        second.after.approve(1, "E0009", both, NOW)


def test_the_content_stands_once_submitted_P07() -> None:
    sop = a_sop(MANUAL)
    sop = sop.revise(1, a_draft(complete(A))).after
    sop = sop.submit(1, AUTHOR, NOW).after
    with pytest.raises(VersionInWrongState):
        sop.revise(1, a_draft(MANUAL))
    with pytest.raises(VersionOpen, match="still in review"):
        sop.draft(a_draft(MANUAL), NOW)
    with pytest.raises(NotFound):
        sop.submit(2, AUTHOR, NOW)


def test_one_version_is_effective_and_the_newest_wins_P07() -> None:
    sop = signed(a_sop(complete(A)), 1)
    sop = signed(sop.draft(a_draft(complete(B)), NOW).after, 2)
    change = sop.make_effective(2, tools({A, B}), NOW)
    assert change.because == SopEffective(
        sop.id,
        sop.process_id,
        2,
        ChangeClass.MAJOR,
        ("clerk", "reviewer", "team_lead"),
        (B,),
        tuple(step.n for step in complete(B).steps),
    )
    assert [version.state for version in change.after.versions] == [State.SUPERSEDED, State.EFFECTIVE]
    later = signed(a_sop(complete(A)), 1)
    later = signed(later.draft(a_draft(complete(B)), NOW).after, 2)
    later = replace(later.make_effective(2, tools({A, B}), NOW).after, versions=(later.get(1), change.after.get(2)))
    with pytest.raises(NewerVersionEffective):
        later.make_effective(1, tools({A, B}), NOW)


@pytest.mark.parametrize(("known", "why"), [(tools({A}, {A}), "tool-1 is suspended"), ({}, "is unknown")])
def test_a_tool_must_be_known_and_not_suspended_P18(known: dict[UUID, Tool], why: str) -> None:
    with pytest.raises(ToolNotUsable, match=why):
        signed(a_sop(complete(A)), 1).make_effective(1, known, NOW)


def test_a_version_becomes_effective_on_its_day_P07() -> None:
    sop = signed(a_sop(complete(A)), 1).schedule(1, NOW + timedelta(days=1)).after
    assert not sop.may_become_effective(1, tools({A}), NOW)
    assert sop.may_become_effective(1, tools({A}), NOW + timedelta(days=1))
    assert not sop.may_become_effective(1, tools({A}, {A}), NOW + timedelta(days=1))


def test_a_fallback_is_an_approved_version_without_ai_P18() -> None:
    sop = signed(a_sop(complete(A)), 1)
    with pytest.raises(FallbackUnusable, match="steps done by AI"):
        sop.draft(a_draft(complete(A), fallback=1), NOW)
    with pytest.raises(FallbackUnusable, match="no other version"):
        sop.draft(a_draft(complete(A), fallback=2), NOW)
    manual = signed(a_sop(MANUAL), 1)
    with pytest.raises(StillNeeded):
        manual.draft(a_draft(complete(A), fallback=1), NOW).after.withdraw(1, OWNER, "old", NOW)


def test_a_suspended_tool_flags_and_brings_the_fallback_in_P18() -> None:
    sop = effective_with_fallback(A, B)
    changes = sop.weigh(tools({A, B}, {A}))
    assert [change.because for change in changes] == [
        SopFlagged(sop.id, sop.process_id, 2, "tool_suspended", A),
        SopFallbackActivated(sop.id, sop.process_id, 2, 1),
    ]
    assert [change.after.version for change in changes] == [sop.version + 1, sop.version + 2]
    blocked = changes[-1].after
    assert blocked.in_force is blocked.get(1)
    assert blocked.ai_path is AiPath.BLOCKED
    assert blocked.weigh(tools({A, B}, {A})) == []
    (flagged_too,) = blocked.weigh(tools({A, B}, {A, B}))
    (still_blocked,) = flagged_too.after.weigh(tools({A, B}, {B}))
    assert still_blocked.because == SopCleared(sop.id, sop.process_id, 2, A)
    assert still_blocked.after.fallback_in_force == 1
    (free,) = still_blocked.after.weigh(tools({A, B}))
    assert free.because == SopCleared(sop.id, sop.process_id, 2, B)
    assert free.after.in_force is free.after.effective
    assert free.after.ai_path is AiPath.EFFECTIVE


@given(st.lists(st.tuples(st.sampled_from([A, B, C]), st.booleans()), max_size=20))
def test_the_flags_are_the_suspended_tools_that_are_needed_whatever_happened_before_P18(
    history: list[tuple[UUID, bool]],
) -> None:
    sop = effective_with_fallback(A, B)
    suspended: set[UUID] = set()
    for tool, suspends in history:
        (suspended.add if suspends else suspended.discard)(tool)
        for change in sop.weigh(tools({A, B, C}, suspended)):
            assert change.after.version == sop.version + 1
            sop = change.after
        needed = suspended & {A, B}
        effective = sop.effective
        assert effective is not None
        assert effective.blocked_by == needed
        assert sop.fallback_in_force == (1 if needed else None)
        assert sop.weigh(tools({A, B, C}, suspended)) == []


def test_withdrawing_the_effective_version_ends_its_fallback_P07() -> None:
    sop = effective_with_fallback(A).weigh(tools({A}, {A}))[-1].after
    after = sop.withdraw(2, OWNER, "not good", NOW).after
    assert (after.effective, after.in_force, after.ai_path) == (None, None, AiPath.NONE)
