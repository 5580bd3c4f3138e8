"""Where a person is counted, and why or why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from chassis.domain import Refused


class ActivityIsPrivate(Refused):
    """A person's own use of AI tools is shown to that person only. Ask for the figures of a team or department."""


class Standing(StrEnum):
    """Why a person is, or is not, in the denominators today."""

    AT_WORK = "at_work"
    NOT_STARTED = "not_started"
    ON_LEAVE = "on_leave"
    LEFT = "left"
    NO_DEPARTMENT = "no_department"


@dataclass(frozen=True, slots=True)
class ReportingGroup:
    """The department whose figures a person's activity counts in, since when, and whether it counts today."""

    department_id: str | None
    since: date | None
    standing: Standing

    @property
    def counted(self) -> bool:
        """Whether the person is in today's denominators."""
        return self.standing is Standing.AT_WORK


@dataclass(frozen=True, slots=True)
class Place:
    """What the directory knows of a person on a day."""

    department_id: str | None
    since: date | None
    employed_before: bool
    employed_on: bool
    on_leave: bool


def reporting_group(place: Place) -> ReportingGroup:
    """Judge a person's place: only people employed, at work and in a department are counted."""
    if not place.employed_on:
        standing = Standing.LEFT if place.employed_before else Standing.NOT_STARTED
    elif place.on_leave:
        standing = Standing.ON_LEAVE
    elif place.department_id is None:
        standing = Standing.NO_DEPARTMENT
    else:
        standing = Standing.AT_WORK
    return ReportingGroup(place.department_id, place.since, standing)
