"""Nobody is found by subtraction (M18)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from metrics.adoption.domain import Activity, Member, adoption
from metrics.privacy.domain import MIN_GROUP, Group, Why, hidden_groups

sizes = st.lists(st.integers(0, 12), min_size=1, max_size=8)


def groups(*sizes: int) -> list[Group]:
    return [Group(f"d{n}", size, exposed=True) for n, size in enumerate(sizes)]


def test_one_small_department_takes_the_next_smallest_with_it_M18():
    assert hidden_groups(groups(3, 20, 9)) == {"d0": Why.SMALL, "d2": Why.PROTECTS}


def test_several_small_ones_hide_each_other_once_they_are_five_together_M18():
    assert hidden_groups(groups(2, 3, 20)) == {"d0": Why.SMALL, "d1": Why.SMALL}
    assert hidden_groups(groups(1, 2, 20)) == {"d0": Why.SMALL, "d1": Why.SMALL, "d2": Why.PROTECTS}


def test_nothing_is_hidden_where_nobody_is_few_M18():
    assert hidden_groups(groups(5, 6)) == {}
    assert hidden_groups([Group("empty", 0, exposed=False), *groups(5)]) == {}


@given(sizes)
def test_what_subtraction_leaves_is_never_one_group_nor_fewer_than_five_people_M18(sizes):
    hidden = hidden_groups(groups(*sizes))
    total = sum(sizes)

    assert all(f"d{n}" in hidden for n, size in enumerate(sizes) if size < MIN_GROUP)
    if hidden and total >= MIN_GROUP and len(sizes) > 1:  # below five the total itself is hidden
        assert len(hidden) >= 2
        assert sum(size for n, size in enumerate(sizes) if f"d{n}" in hidden) >= MIN_GROUP


people = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", "d", None]),
        st.sampled_from(["one", "two", None]),
        st.booleans(),
        st.booleans(),
    ),
    max_size=40,
)


@given(people)
def test_no_hidden_department_or_team_can_be_derived_from_what_is_shown_M18(people):
    members, done = [], []
    for n, (department, half, licensed, active) in enumerate(people):
        team = f"{department}-{half}" if department and half else None
        members.append(Member(f"E{n}", department, team, True, frozenset({"t"} if licensed else ())))
        if active:
            done.append(Activity(f"E{n}", True, department, team, "t", 1, 1))
    found = adoption(members, done, tool=None)

    if found.enterprise.programme.suppressed:
        assert all(group.programme.suppressed for group in found.departments.values())
    else:
        _not_derivable(
            {department: [m for m in members if m.department_id == department] for department in "abcd"},
            {department: group.programme.suppressed for department, group in found.departments.items()},
            outside=[m for m in members if m.department_id is None],
        )
    for department, group in found.departments.items():
        mine = [member for member in members if member.department_id == department]
        teams = {name: [m for m in mine if m.team_id == name] for name in {m.team_id for m in mine} if name is not None}
        hidden = {name: found.teams[name].programme.suppressed for name in teams}
        if group.programme.suppressed:
            assert all(hidden.values())
        else:
            _not_derivable(teams, hidden, outside=[m for m in mine if m.team_id is None])
        assert group.adoption.suppressed or not group.programme.suppressed


@given(people)
def test_no_licensed_rate_of_a_few_can_be_derived_from_those_that_are_shown_M18(people):
    members = [
        Member(f"E{n}", department, None, True, frozenset({"t"} if licensed else ()))
        for n, (department, _, licensed, _) in enumerate(people)
    ]
    found = adoption(members, [], tool="t")
    seats = {
        department: [m for m in members if m.department_id == department and m.tools]
        for department in found.departments
    }
    shown = {department: group.adoption.denominator for department, group in found.departments.items()}

    assert all(rate is None or rate == 0 or rate >= MIN_GROUP for rate in shown.values())
    assert all(rate is None or rate == len(seats[department]) for department, rate in shown.items())
    if found.enterprise.adoption.denominator:
        left = found.enterprise.adoption.denominator - sum(rate or 0 for rate in shown.values())
        assert left == 0 or left >= MIN_GROUP


def _not_derivable(parts: dict[str, list[Member]], hidden: dict[str, bool], *, outside: list[Member]) -> None:
    """The total is shown: what remains after taking away the shown parts tells about five people at least.

    People outside every part are shown nowhere, so they remain too.
    """
    remaining = [part for name, part in parts.items() if part and hidden[name]] + ([outside] if outside else [])
    shown = [part for name, part in parts.items() if part and not hidden[name]]
    assert all(len(part) >= MIN_GROUP for part in shown)
    if any(len(part) < MIN_GROUP for part in remaining):
        assert len(remaining) >= 2
        assert sum(map(len, remaining)) >= MIN_GROUP
