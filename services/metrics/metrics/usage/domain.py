"""What people did with AI tools on a day, as its source stated it (M01, M20), and the daily figures told to others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from chassis.domain import Change, Refused
from metrics.privacy.domain import MIN_GROUP

DAY_TO_COUNT = "usage-day-count"
DAY_TO_JUDGE = "usage-day-judge"
GRACE = timedelta(hours=6)
RECOUNT_EVERY = timedelta(minutes=5)
_COMMIT_TAKES_AT_MOST = timedelta(minutes=1)
_LARGEST_COUNT = 2**31 - 1


class StatementIncomplete(Refused):
    """A statement of use must name its {field}."""

    field: str


class CountImpossible(Refused):
    """{field} of {employee_id} on {day} is {value}. A count is a whole number from 0 to 2147483647."""

    field: str
    employee_id: str
    day: date
    value: int


class DayAhead(Refused):
    """{day} lies ahead: today is {today}. State use after it happened."""

    day: date
    today: date


@dataclass(frozen=True, slots=True)
class Statement:
    """What one person did with one tool on one day, as its source says. The latest word on a day replaces the earlier."""

    employee_id: str
    tool: str
    day: date
    surface: str
    actions: int
    sessions: int | None
    tokens: int | None

    @classmethod
    def of(
        cls,
        *,
        employee_id: str,
        tool: str,
        day: date,
        actions: int,
        sessions: int | None,
        tokens: int | None,
        surface: str | None,
        today: date,
    ) -> Statement:
        """Accept what a source states, however late. Counts below zero and days ahead are refused.

        One day ahead is accepted: it has begun where the source is, east of UTC.
        """
        employee_id, tool = employee_id.strip(), tool.strip()
        for field, text in (("employee_id", employee_id), ("tool", tool)):
            if not text:
                raise StatementIncomplete(field=field)
        for field, value in (("actions", actions), ("sessions", sessions)):
            if value is not None and not 0 <= value <= _LARGEST_COUNT:
                raise CountImpossible(field=field, employee_id=employee_id, day=day, value=value)
        if tokens is not None and not 0 <= tokens < 2**63:
            raise CountImpossible(field="tokens", employee_id=employee_id, day=day, value=tokens)
        if day > today + timedelta(days=1):
            raise DayAhead(day=day, today=today)
        return cls(employee_id, tool, day, (surface or "").strip(), actions, sessions, tokens)

    @property
    def tool_id(self) -> UUID | None:
        """The tool, when the source speaks of it by its id and not by its code."""
        try:
            return UUID(self.tool)
        except ValueError:
            return None


def complete_at(day: date) -> datetime:
    """When a day is counted: it has ended everywhere west of Greenwich that matters, and sources had time to report."""
    return datetime.combine(day + timedelta(days=1), time(), UTC) + GRACE


def count_at(day: date, now: datetime) -> datetime:
    """When to count a day that was stated now: once it is complete, or again soon when it already was.

    Statements of the same five minutes share one count. The count comes a minute after the latest of them at least,
    so that a statement whose transaction is still open then is never missed.
    """
    earliest = now + _COMMIT_TAKES_AT_MOST
    complete = complete_at(day)
    if earliest < complete:
        return complete
    midnight = datetime.combine(earliest.date(), time(), UTC)
    return midnight + ((earliest - midnight) // RECOUNT_EVERY + 1) * RECOUNT_EVERY


@dataclass(frozen=True, slots=True)
class UsageRecorded:
    """A day is complete, or was restated. Without a tool it is about all tools together, each person counted once."""

    tool_id: UUID | None
    day: date
    active_employees: int | None
    actions: int


@dataclass(frozen=True, slots=True)
class DailyUse:
    """The use of one tool, or of all, on one day, as last told to others."""

    id: UUID
    tool_id: UUID | None
    day: date
    active_employees: int
    actions: int
    version: int

    @classmethod
    def first(
        cls, id: UUID, *, tool_id: UUID | None, day: date, active_employees: int, actions: int
    ) -> Change[DailyUse]:
        """The day is counted for the first time."""
        return _told(cls(id, tool_id, day, active_employees, actions, version=1))

    def counted(self, *, active_employees: int, actions: int) -> Change[DailyUse] | None:
        """The day is counted again; nothing is told when nothing changed."""
        if (active_employees, actions) == (self.active_employees, self.actions):
            return None
        return _told(replace(self, active_employees=active_employees, actions=actions, version=self.version + 1))


def _told(use: DailyUse) -> Change[DailyUse]:
    shown = use.active_employees if use.active_employees >= MIN_GROUP else None
    return Change(use, UsageRecorded(use.tool_id, use.day, shown, use.actions))
