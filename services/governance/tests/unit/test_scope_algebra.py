"""The scope algebra: nothing that departments and teams do, in whatever order, lets anybody do more (G03).

What may be done is what the enterprise allows, less what the department's restrictions take away; what a team prefers ranks
tools and takes nothing away. The machine below gives departments' commands as they come and compares with the enterprise.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from chassis.database import new_id
from chassis.domain import Refused
from governance.departments.domain import Restriction, RestrictionStatus, against
from governance.scope.domain import DataClass, Scope, UsageContext, Use, covers, intersect

TODAY = date(2026, 3, 2)
DEPARTMENTS, REGIONS = ("sales", "support"), (None, "eu", "us")
TOOLS = (new_id(), new_id())
USES = [
    Use(data, context, department, region)
    for data, context, department, region in product(DataClass, UsageContext, DEPARTMENTS, REGIONS)
]
scopes = st.lists(
    st.builds(
        Scope,
        st.sampled_from(DataClass),
        st.sampled_from(UsageContext),
        st.sampled_from((None, *DEPARTMENTS)),
        st.sampled_from(REGIONS),
    ),
    max_size=5,
).map(tuple)
tools = st.sampled_from((None, *TOOLS))


class Departments(RuleBasedStateMachine):
    """Departments restrict, lift and let lapse; the enterprise's scopes stand."""

    def __init__(self) -> None:
        super().__init__()
        self.enterprise: dict[UUID, tuple[Scope, ...]] = {}
        self.restrictions: list[Restriction] = []
        self.today = TODAY

    @precondition(lambda self: not self.enterprise)
    @rule(one=scopes, other=scopes)
    def enterprise_decides(self, one: tuple[Scope, ...], other: tuple[Scope, ...]) -> None:
        self.enterprise = dict(zip(TOOLS, (one, other), strict=True))

    @precondition(lambda self: bool(self.enterprise))
    @rule(
        department=st.sampled_from(DEPARTMENTS),
        tool=tools,
        removed=scopes,
        remaining=st.none() | scopes,
        days=st.integers(-1, 100),
    )
    def department_restricts(
        self,
        department: str,
        tool: UUID | None,
        removed: tuple[Scope, ...],
        remaining: tuple[Scope, ...] | None,
        days: int,
    ) -> None:
        before = self.allowed()
        try:
            change = Restriction.impose(
                new_id(),
                department,
                tool_id=tool,
                allowed=self.enterprise[tool] if tool else (),
                removed=removed,
                remaining=remaining,
                reason="audit",
                review_by=self.today + timedelta(days=days),
                by="leader",
                today=self.today,
            )
        except Refused:
            assert self.allowed() == before
            return
        self.restrictions.append(change.after)
        assert self.allowed() <= before
        others = [department_ for department_ in DEPARTMENTS if department_ != department]
        assert {use for use in before if use[1].department_id in others} <= self.allowed()

    @precondition(lambda self: bool(self.restrictions))
    @rule(n=st.integers(0, 50))
    def department_lifts(self, n: int) -> None:
        n %= len(self.restrictions)
        if self.restrictions[n].status is RestrictionStatus.ACTIVE:
            self.restrictions[n] = self.restrictions[n].lift("done").after

    @rule(days=st.integers(1, 60))
    def days_pass(self, days: int) -> None:
        self.today += timedelta(days=days)
        for n, restriction in enumerate(self.restrictions):
            change = restriction.lapse(self.today)
            if change is not None:
                self.restrictions[n] = change.after

    @invariant()
    def nobody_may_do_more_than_the_enterprise_allows(self) -> None:
        for tool, use in self.allowed():
            assert covers(self.enterprise[tool], use)

    @invariant()
    def without_restrictions_everything_the_enterprise_allows_is_allowed(self) -> None:
        if not any(each.holds(self.today) for each in self.restrictions):
            assert self.allowed() == {
                (tool, use) for tool, scope in self.enterprise.items() for use in USES if covers(scope, use)
            }

    def allowed(self) -> set[tuple[UUID, Use]]:
        return {
            (tool, use)
            for tool, scope in self.enterprise.items()
            for use in USES
            if covers(scope, use) and against(self.restrictions, tool, use, self.today) is None
        }


TestNoSequenceOfDepartmentCommandsWidens_G03 = Departments.TestCase
TestNoSequenceOfDepartmentCommandsWidens_G03.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)


@given(scopes, scopes, st.sampled_from(USES))
def test_an_intersection_allows_exactly_what_both_allow_G03(one: tuple[Scope, ...], other: tuple[Scope, ...], use: Use):
    assert covers(intersect(one, other), use) == (covers(one, use) and covers(other, use))


@given(scopes, scopes, scopes, st.sampled_from(USES))
def test_intersections_may_be_made_in_any_order_G03(
    one: tuple[Scope, ...], other: tuple[Scope, ...], third: tuple[Scope, ...], use: Use
):
    assert covers(intersect(one, intersect(other, third)), use) == covers(intersect(intersect(third, one), other), use)
