"""What every figure means (M15). A changed formula is a new version here, so that no two meanings are ever compared."""

from __future__ import annotations

from dataclasses import dataclass

from metrics.privacy.domain import MIN_GROUP


@dataclass(frozen=True, slots=True)
class MetricDefinition:
    """One figure: its formula in words, what it is counted in and over which days."""

    code: str
    version: int
    name: str
    formula: str
    unit: str
    window: str
    min_group: int | None
    source: str


_USE = "usage.day-recorded facts joined with the directory on the day of use"
_SEATS = f"{_USE}; seats from governance.access-* events"
_DAY, _WEEK, _MONTH = "the day", "the 7 days that end on the day", "the 28 days that end on the day"


def _of(code: str, name: str, formula: str, unit: str, window: str, *, source: str = _USE) -> MetricDefinition:
    return MetricDefinition(code, 1, name, formula, unit, window, MIN_GROUP, source)


ADOPTION: tuple[MetricDefinition, ...] = (
    _of("DAU", "Daily active users", "distinct employees with at least one action on the day", "people", _DAY),
    _of("WAU", "Weekly active users", "distinct employees with at least one action in the window", "people", _WEEK),
    _of("MAU", "Monthly active users", "distinct employees with at least one action in the window", "people", _MONTH),
    _of("AVERAGE_DAILY_USERS", "Average daily users", "sum of DAU over the window / 28", "people", _MONTH),
    _of(
        "ADOPTION_RATE",
        "Adoption rate",
        "monthly active users who hold a seat on the day / employees at work who hold a seat on the day",
        "ratio",
        _MONTH,
        source=_SEATS,
    ),
    _of(
        "WEEKLY_ADOPTION_RATE",
        "Weekly adoption rate",
        "weekly active users who hold a seat on the day / employees at work who hold a seat on the day",
        "ratio",
        _WEEK,
        source=_SEATS,
    ),
    _of(
        "PROGRAMME_RATE",
        "Programme adoption rate",
        "monthly active users who are at work on the day / employees at work on the day",
        "ratio",
        _MONTH,
    ),
    _of("STICKINESS", "Stickiness", "sum of DAU over the window / (28 x MAU)", "ratio", _MONTH),
    _of("WEEKLY_STICKINESS", "Weekly stickiness", "WAU / MAU", "ratio", _MONTH),
    _of("ACTIVE_DAYS_PER_USER", "Frequency", "sum of active days / MAU", "days per person", _MONTH),
    _of("ACTIONS_PER_USER_WEEK", "Intensity", "sum of actions / (4 x MAU)", "actions per person and week", _MONTH),
    _of("TOOLS_PER_USER", "Breadth of tools", "sum of distinct tools used / MAU", "tools per person", _MONTH),
    _of(
        "DEPARTMENT_BREADTH",
        "Breadth across departments",
        "departments whose adoption rate is at least 25 % / departments whose adoption rate is shown",
        "ratio",
        _MONTH,
        source=_SEATS,
    ),
    _of(
        "DEPARTMENT_EVENNESS",
        "Evenness across departments",
        "Shannon entropy of the departments' shares of the sum of shown adoption rates / ln(number of them)",
        "index from 0 to 1",
        _MONTH,
        source=_SEATS,
    ),
)

_PERIOD = "the days that were asked for"
DEFINITIONS: tuple[MetricDefinition, ...] = (
    *ADOPTION,
    MetricDefinition(
        "CHANGE_FAILURE_RATE",
        1,
        "Change failure rate",
        "changes that within 90 days were taken back, or had an incident before the next change of the same tool or process"
        " / changes made",
        "ratio",
        _PERIOD,
        None,
        "changes from governance.tool-approved and process.sop-effective; taken back by an emergency's governance.tool-suspended"
        " and process.sop-withdrawn; governance.incident-opened",
    ),
    MetricDefinition(
        "TIME_TO_CONTAIN",
        1,
        "Time to contain",
        "median of the hours from the opening of an incident to its containment",
        "hours",
        _PERIOD,
        None,
        "governance.incident-* events",
    ),
)
