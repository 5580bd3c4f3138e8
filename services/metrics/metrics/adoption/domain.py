"""Adoption as of a day (M01-M04): who was active over exact windows, out of whom, in which groups.

Distinct people are counted over the union of days, tools and departments; no figure is a sum of other distinct counts.
Activity belongs to the department and team its person was in on the day of the activity.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from chassis.domain import Refused
from metrics.figures.domain import Headcount, Rate, Reason
from metrics.privacy.domain import Group, Why, hidden_groups, why_hidden

WEEK = 7
MONTH = 28
BREADTH_THRESHOLD = 0.25
LONGEST_SERIES = 400
_DAY_MASK, _WEEK_MASK, _MONTH_MASK = 1, (1 << WEEK) - 1, (1 << MONTH) - 1


class DayNotReached(Refused):
    """There are no figures as of {day} yet: today is {today}."""

    day: date
    today: date


class SeriesTooLong(Refused):
    """A series has 1 to {longest} days, not {days}. Ask for a shorter range whose end is not before its start."""

    days: int
    longest: int


def window(as_of: date) -> tuple[date, date]:
    """The trailing 28 days that end on the day, both ends included."""
    return as_of - timedelta(days=MONTH - 1), as_of


def check_series(first: date, last: date, today: date) -> None:
    """Refuse a series that is empty, too long, or ahead of today."""
    days = (last - first).days + 1
    if not 1 <= days <= LONGEST_SERIES:
        raise SeriesTooLong(days=days, longest=LONGEST_SERIES)
    check_day(last, today)


def check_day(as_of: date, today: date) -> None:
    """Refuse a day that has not come."""
    if as_of > today:
        raise DayNotReached(day=as_of, today=today)


@dataclass(frozen=True, slots=True)
class Member:
    """A person's stay in one department and team within the window, and how they stand on its last day."""

    employee_id: str
    department_id: str | None
    team_id: str | None
    counted: bool
    tools: frozenset[str]


@dataclass(frozen=True, slots=True)
class Activity:
    """What one person did with one tool while in one department and team.

    Bit n of `days` is the day n days before the last.

    `known` says that somebody of that id was employed here on those days.
    """

    employee_id: str
    known: bool
    department_id: str | None
    team_id: str | None
    tool: str
    days: int
    actions: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The adoption of one group: the enterprise, a department or a team."""

    employees: int
    licensed: Headcount
    daily: Headcount
    weekly: Headcount
    monthly: Headcount
    average_daily: Rate
    adoption: Rate
    weekly_adoption: Rate
    programme: Rate
    stickiness: Rate
    weekly_stickiness: Rate
    active_days: Rate
    actions_per_week: Rate
    tools: Rate


def active_days(activities: Iterable[Activity]) -> dict[str, int]:
    """For each person the union of the days on which they were active."""
    days: dict[str, int] = defaultdict(int)
    for activity in activities:
        days[activity.employee_id] |= activity.days & _MONTH_MASK
    return {employee: mask for employee, mask in days.items() if mask}


def users(days: Mapping[str, int], mask: int) -> set[str]:
    """Those who were active on any of the days in the mask."""
    return {employee for employee, active in days.items() if active & mask}


def daily_users(days: Mapping[str, int]) -> set[str]:
    """DAU: active on the last day."""
    return users(days, _DAY_MASK)


def weekly_users(days: Mapping[str, int]) -> set[str]:
    """WAU: active in the trailing 7 days."""
    return users(days, _WEEK_MASK)


def monthly_users(days: Mapping[str, int]) -> set[str]:
    """MAU: active in the trailing 28 days."""
    return users(days, _MONTH_MASK)


def figures(
    members: Sequence[Member],
    activities: Sequence[Activity],
    *,
    tool: str | None,
    hidden: Why | None,
    hidden_licensed: Why | None,
) -> Figures:
    """Count one group. `activities` are those of days on which their person was in the group."""
    employees = {member.employee_id for member in members if member.counted}
    licensed = {member.employee_id for member in members if member.counted and holds(member, tool)}
    days = active_days(activities)
    month, week, day = monthly_users(days), weekly_users(days), daily_users(days)
    person_days = sum(mask.bit_count() for mask in days.values())
    used_tools = {(activity.employee_id, activity.tool) for activity in activities if activity.days}
    actions = sum(activity.actions for activity in activities)

    def per_active(numerator: int, denominator: int) -> Rate:
        return Rate.of(numerator, denominator, empty=Reason.NOBODY_ACTIVE, hidden=hidden)

    def per_licensed(people: set[str]) -> Rate:
        return Rate.of(len(people & licensed), len(licensed), empty=Reason.NOBODY_ELIGIBLE, hidden=hidden_licensed)

    return Figures(
        employees=len(employees),
        licensed=Headcount.of(len(licensed), hidden_licensed),
        daily=Headcount.of(len(day), hidden),
        weekly=Headcount.of(len(week), hidden),
        monthly=Headcount.of(len(month), hidden),
        average_daily=per_active(person_days, MONTH),
        adoption=per_licensed(month),
        weekly_adoption=per_licensed(week),
        programme=Rate.of(len(month & employees), len(employees), empty=Reason.NOBODY_ELIGIBLE, hidden=hidden),
        stickiness=per_active(person_days, MONTH * len(month)),
        weekly_stickiness=per_active(len(week), len(month)),
        active_days=per_active(person_days, len(month)),
        actions_per_week=per_active(actions, (MONTH // WEEK) * len(month)),
        tools=per_active(len(used_tools), len(month)),
    )


def holds(member: Member, tool: str | None) -> bool:
    """Whether the person holds a seat of the tool, or of any when none is named."""
    return bool(member.tools) if tool is None else tool in member.tools


@dataclass(frozen=True, slots=True)
class Adoption:
    """Everything that is known of adoption as of a day, for one tool or for all together."""

    enterprise: Figures
    departments: Mapping[str, Figures]
    teams: Mapping[str, Figures]
    breadth: Rate
    evenness: float | None
    unknown_users: int

    def department(self, id: str) -> Figures:
        """The figures of one department; of nobody when nobody was in it."""
        return self.departments.get(id, NOBODY)

    def team(self, id: str) -> Figures:
        """The figures of one team; of nobody when nobody was in it."""
        return self.teams.get(id, NOBODY)

    @property
    def suppressed_departments(self) -> list[str]:
        """Departments left out of breadth and evenness because their rates are withheld."""
        return [name for name, group in self.departments.items() if group.adoption.suppressed]


NOBODY = figures((), (), tool=None, hidden=None, hidden_licensed=None)


def adoption(members: Sequence[Member], activities: Sequence[Activity], *, tool: str | None) -> Adoption:
    """Count the enterprise, every department and every team, and withhold what would tell about too few people."""
    used = [activity for activity in activities if tool is None or activity.tool == tool]
    known = [activity for activity in used if activity.known]
    whole = _hidden_whole(members, tool)
    staff, done = _grouped(members, _department), _grouped(known, _department)
    hidden = _hidden_parts(staff, tool, whole)
    departments: dict[str, Figures] = {}
    teams: dict[str, Figures] = {}
    for department, people in staff.items():
        why = hidden[department]
        deeds = done.get(department, [])
        if department is not None:
            departments[department] = _counted(people, deeds, tool, why)
        teams |= _teams(people, deeds, tool, why)
    rates = [group.adoption for group in departments.values()]
    return Adoption(
        enterprise=_counted(members, known, tool, whole),
        departments=dict(sorted(departments.items())),
        teams=teams,
        breadth=breadth(rates),
        evenness=evenness(rates),
        unknown_users=len({activity.employee_id for activity in used if not activity.known}),
    )


def breadth(rates: Sequence[Rate], threshold: float = BREADTH_THRESHOLD) -> Rate:
    """The share of departments whose adoption rate reaches the threshold, of those whose rate is shown."""
    shown = [rate.value for rate in rates if rate.value is not None]
    reached = sum(value >= threshold for value in shown)
    return Rate.of(reached, len(shown), empty=Reason.TOO_FEW_GROUPS, hidden=None)


def evenness(rates: Sequence[Rate]) -> float | None:
    """How evenly adoption is spread over the departments whose rate is shown: 1 is even, 0 is all in one.

    Pielou's index of the rates, not of the counts, so that a department's size does not weigh. One department, or none
    that uses anything, has no evenness.
    """
    shown = [rate.value for rate in rates if rate.value is not None]
    total = sum(shown)
    if len(shown) < 2 or total == 0:
        return None
    shares = [value / total for value in shown]
    entropy = -sum(share * math.log(share) for share in shares if share > 0)
    return min(1.0, max(0.0, entropy / math.log(len(shown))))


@dataclass(frozen=True, slots=True)
class _Hidden:
    """Whether a group's figures are hidden, and those of its licensed people."""

    all: Why | None
    licensed: Why | None


def _counted(people: Sequence[Member], deeds: Sequence[Activity], tool: str | None, why: _Hidden) -> Figures:
    return figures(people, deeds, tool=tool, hidden=why.all, hidden_licensed=why.licensed)


def _teams(
    people: Sequence[Member], deeds: Sequence[Activity], tool: str | None, department: _Hidden
) -> dict[str, Figures]:
    """The teams of one department. Those of a hidden department are hidden too, or their sum would show it."""
    staff, done = _grouped(people, _team), _grouped(deeds, _team)
    hidden = _hidden_parts(staff, tool, department)
    return {
        team: _counted(members, done.get(team, []), tool, hidden[team])
        for team, members in staff.items()
        if team is not None
    }


def _hidden_whole(members: Sequence[Member], tool: str | None) -> _Hidden:
    employees, licensed = _sizes(members, tool)
    small = why_hidden(Group(None, employees, exposed=bool(members)))
    return _Hidden(small, small or why_hidden(Group(None, licensed, exposed=licensed > 0)))


def _hidden_parts(
    parts: Mapping[str | None, Sequence[Member]], tool: str | None, whole: _Hidden
) -> dict[str | None, _Hidden]:
    """What to hide of the parts of a whole. People outside every part are a part too: they could be subtracted.

    Where all figures are hidden, those of the licensed are: nearly everybody who uses a tool holds a seat.
    """
    sizes = {part: _sizes(members, tool) for part, members in parts.items()}
    everything = hidden_groups(Group(part, employees, exposed=True) for part, (employees, _) in sizes.items())
    licensed = hidden_groups(
        (Group(part, seats, exposed=seats > 0 or part in everything) for part, (_, seats) in sizes.items()),
        already=everything,
    )
    return {part: _Hidden(whole.all or everything.get(part), whole.licensed or licensed.get(part)) for part in parts}


def _sizes(members: Sequence[Member], tool: str | None) -> tuple[int, int]:
    counted = [member for member in members if member.counted]
    return (
        len({member.employee_id for member in counted}),
        len({member.employee_id for member in counted if holds(member, tool)}),
    )


T = TypeVar("T", Member, Activity)


def _department(row: Member | Activity) -> str | None:
    return row.department_id


def _team(row: Member | Activity) -> str | None:
    return row.team_id


def _grouped(rows: Iterable[T], part: Callable[[T], str | None]) -> dict[str | None, list[T]]:
    groups: dict[str | None, list[T]] = defaultdict(list)
    for row in rows:
        groups[part(row)].append(row)
    return dict(groups)


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """The enterprise on one day of a series."""

    day: date
    employees: int
    licensed: Headcount
    daily: Headcount
    weekly: Headcount
    monthly: Headcount


def point(*, day: date, employees: int, licensed: int, daily: int, weekly: int, monthly: int) -> SeriesPoint:
    """The figures of one day; withheld like those of the report of that day."""
    small = why_hidden(Group(None, employees, exposed=True))
    few_seats = small or why_hidden(Group(None, licensed, exposed=licensed > 0))
    return SeriesPoint(
        day=day,
        employees=employees,
        licensed=Headcount.of(licensed, few_seats),
        daily=Headcount.of(daily, small),
        weekly=Headcount.of(weekly, small),
        monthly=Headcount.of(monthly, small),
    )
