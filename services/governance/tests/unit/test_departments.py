"""No department can widen anything, whatever it does and in whatever order (G03, G23)."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.domain import Refused
from governance.departments.domain import (
    GuardrailViolation,
    ReasonMissing,
    Restriction,
    RestrictionEnded,
    ReviewDateOutOfBounds,
    against,
)
from governance.scope.domain import DataClass, Scope, UsageContext, Use, covers

TODAY = date(2026, 3, 2)
TOOLS = (UUID(int=1), UUID(int=2))
DEPARTMENTS = ("sales", "support")
ROW = Scope(DataClass.CLIENT, UsageContext.CLIENT_WORK)
rows = st.builds(
    Scope,
    st.sampled_from((DataClass.CLIENT, DataClass.PUBLIC)),
    st.sampled_from((UsageContext.CLIENT_WORK, UsageContext.INTERNAL)),
    st.sampled_from((None, *DEPARTMENTS)),
    st.sampled_from((None, "eu", "us")),
)
scopes = st.lists(rows, max_size=4).map(tuple)
USES = [
    Use(data, context, department, region)
    for data in (DataClass.CLIENT, DataClass.PUBLIC)
    for context in (UsageContext.CLIENT_WORK, UsageContext.INTERNAL)
    for department in DEPARTMENTS
    for region in (None, "eu", "us")
]
commands = st.one_of(
    st.tuples(
        st.just("restrict"),
        st.sampled_from(DEPARTMENTS),
        st.sampled_from((None, *TOOLS)),
        scopes,
        st.none() | scopes,
    ),
    st.tuples(st.just("lift"), st.integers(0, 9)),
    st.tuples(st.just("wait"), st.integers(1, 60)),
)


def a_restriction(**differently: object) -> Restriction:
    given = {
        "tool_id": TOOLS[0], "allowed": (ROW,), "removed": (ROW,), "remaining": None, "reason": "audit",
        "review_by": TODAY + timedelta(days=30), "by": "E0010", "today": TODAY, **differently,
    }  # fmt: skip
    return Restriction.impose(UUID(int=9), "sales", **given).after  # type: ignore[arg-type]


def allowed(scope: tuple[Scope, ...], held: list[Restriction], today: date) -> set[tuple[UUID, Use]]:
    return {
        (tool, use) for tool in TOOLS for use in USES if covers(scope, use) and against(held, tool, use, today) is None
    }


@given(scopes, st.lists(commands, max_size=8))
def test_no_sequence_of_department_commands_widens_anything_G03_G23(
    scope: tuple[Scope, ...], sequence: list[tuple[object, ...]]
) -> None:
    enterprise, held, today = allowed(scope, [], TODAY), list[Restriction](), TODAY
    for number, (what, *terms) in enumerate(sequence):
        before = allowed(scope, held, today)
        if what == "restrict":
            department, tool, removed, remaining = terms
            try:
                held.append(
                    Restriction.impose(
                        UUID(int=number),
                        department,
                        tool_id=tool,
                        allowed=scope,
                        removed=removed,
                        remaining=remaining,
                        reason="audit",
                        review_by=today + timedelta(days=30),
                        by="E0010",
                        today=today,
                    ).after
                )
            except Refused:
                assert allowed(scope, held, today) == before
            after = allowed(scope, held, today)
            assert after <= before
            assert all(use.department_id == department for _, use in before - after)
        elif what == "lift" and held:
            at = int(str(terms[0])) % len(held)
            if held[at].holds(today):
                held[at] = held[at].lift("done").after
        elif what == "wait":
            today += timedelta(days=int(str(terms[0])))
        assert allowed(scope, held, today) <= enterprise
    assert allowed(scope, held, today + timedelta(days=91)) == enterprise


@pytest.mark.parametrize(
    "wider",
    [
        {"remaining": (ROW, Scope(DataClass.PUBLIC, UsageContext.PUBLIC))},
        {"allowed": (Scope(ROW.data_class, ROW.context, None, "eu"),), "remaining": (ROW,)},
        {"removed": (Scope(ROW.data_class, ROW.context, "support"),)},
    ],
)
def test_an_attempt_to_widen_or_to_decide_for_others_names_the_guardrail_and_the_tier_G03(
    wider: dict[str, object],
) -> None:
    with pytest.raises(GuardrailViolation, match="enterprise tier") as refused:
        a_restriction(**wider)
    assert refused.value.facts["tier"] == "enterprise"


def test_a_restriction_has_a_reason_and_ends_within_ninety_days_G23() -> None:
    for days in (0, 91):
        with pytest.raises(ReviewDateOutOfBounds):
            a_restriction(review_by=TODAY + timedelta(days=days))
    with pytest.raises(ReasonMissing):
        a_restriction(reason=" ")
    made = a_restriction(review_by=TODAY + timedelta(days=90))
    assert made.lapse(TODAY + timedelta(days=89)) is None
    lapsed = made.lapse(TODAY + timedelta(days=90))
    assert lapsed is not None
    with pytest.raises(RestrictionEnded):
        lapsed.after.lift("late")
