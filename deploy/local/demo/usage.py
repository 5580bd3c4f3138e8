"""Eight weeks of AI use: it grows, engineering and marketing lead, the weekend is quiet; the same on every machine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from deploy.local.demo.clients import event
from deploy.local.demo.organisation import Employee, employees

WEEKS = 8
# In percent of a department's people on a working day of the last week; the first week has a third of it.
REACH = {
    "engineering": 62,
    "marketing": 55,
    "support": 40,
    "sales": 34,
    "operations": 24,
    "finance": 12,
    "people": 30,
}
# Who uses what: the tool that comes first is used by most.
TOOLS = {
    "engineering": ("code-companion", "assistant"),
    "marketing": ("assistant", "document-search"),
    "support": ("reply-drafts", "assistant"),
    "sales": ("assistant", "document-search"),
    "operations": ("assistant", "document-search"),
    "finance": ("document-search", "assistant"),
    "people": ("assistant", "document-search"),
}


def tools_of(employee: Employee) -> tuple[str, ...]:
    """The tools that somebody uses once they have access: everybody their department's first, every third also its second."""
    first, second = TOOLS[employee.department.id]
    return (first, second) if _chance(employee.id, "second") < 33 else (first,)


def uses_ai(employee: Employee) -> bool:
    """Whether somebody takes part at all within the eight weeks."""
    return _chance(employee.id, "at all") < REACH[employee.department.id] + 15


def days(anchor: date) -> Iterator[date]:
    """The working days of the eight weeks before the anchor day."""
    for back in range(WEEKS * 7, 0, -1):
        day = anchor - timedelta(days=back)
        if day.weekday() < 5:
            yield day


def events(anchor: date) -> Iterator[dict[str, Any]]:
    """One event for each person, tool and day with use, in order of days."""
    people = [employee for employee in employees() if uses_ai(employee)]
    for day in days(anchor):
        age = (anchor - day).days
        growth = 1 - (age / (WEEKS * 7)) * 2 / 3
        for employee in people:
            reach = REACH[employee.department.id] * 100 // (REACH[employee.department.id] + 15)
            if _chance(employee.id, day.isoformat()) >= reach * growth:
                continue
            for tool in tools_of(employee):
                actions = 1 + _chance(employee.id, tool, day.isoformat()) % 40
                data = {
                    "employee_id": employee.id,
                    "tool": tool,
                    "day": day.isoformat(),
                    "actions": actions,
                    "sessions": 1 + actions // 12,
                    "tokens": actions * 850,
                    "surface": "desktop",
                }
                at = datetime.combine(day, time(22), UTC)
                yield event("usage.day-recorded.v1", employee.id, data, at)


def _chance(*words: str) -> int:
    """A number from 0 to 99 that depends on nothing but the words."""
    digest = hashlib.blake2b("/".join(words).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % 100
