"""What suspending a tool, or cutting its scope, would do: told before anybody does it (X09)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from governance.processes.domain import Process, Standard
from governance.scope.domain import DataClass, Scope, UsageContext, Use, covers
from governance.tools.domain import Status, Tool
from governance.use_cases.domain import UseCase

SMALLEST_GROUP = 5
RATIFY_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Group:
    """Grants for the same use that are active today; no department for people who have none."""

    data_class: DataClass
    context: UsageContext
    region: str | None
    department_id: str | None
    grants: int

    @property
    def use(self) -> Use:
        """What they are for."""
        return Use(self.data_class, self.context, self.department_id, self.region)


@dataclass(frozen=True, slots=True)
class Affected:
    """What would change in one department; None where that would tell about too few people."""

    department_id: str | None
    grants: int | None
    people: int | None


@dataclass(frozen=True, slots=True)
class BlastRadius:
    """Everything that a suspension, or a narrower scope, would reach."""

    tool: Tool
    groups: tuple[Group, ...]
    holders: Mapping[str | None, int]
    suspended_already: int
    waiting_requests: int
    standards: tuple[tuple[Standard, Process | None], ...]
    use_cases: tuple[UseCase, ...]
    prompts: int
    teams_preferring: int
    open_motions: int
    open_incidents: int
    alternatives: tuple[Tool, ...]
    separated_from: tuple[Tool, ...] = ()

    @property
    def grants(self) -> int:
        """How many grants would be suspended."""
        return sum(group.grants for group in self.groups)

    @property
    def people(self) -> int | None:
        """How many people they belong to, unless these are too few to be shown."""
        return shown(sum(self.holders.values()))

    @property
    def departments(self) -> tuple[Affected, ...]:
        """By department, the most affected first."""
        grants: dict[str | None, int] = {}
        for group in self.groups:
            grants[group.department_id] = grants.get(group.department_id, 0) + group.grants
        hidden = suppressed(self.holders)
        return tuple(
            Affected(id, None, None) if id in hidden else Affected(id, count, self.holders[id])
            for id, count in sorted(grants.items(), key=lambda each: (-each[1], each[0] or ""))
        )


def shown(people: int) -> int | None:
    """A number of people, unless it is of too few."""
    return None if 0 < people < SMALLEST_GROUP else people


def suppressed(people: Mapping[str | None, int]) -> frozenset[str | None]:
    """The departments that are not shown. None of them can be found by subtraction from the total either: of those that
    are hidden there are at least two, with five people together, or all are hidden."""
    ranked = sorted(people.items(), key=lambda item: (item[1], item[0] or ""))
    hidden = {department for department, count in ranked if count < SMALLEST_GROUP}
    for department, _ in ranked:
        if not hidden or (len(hidden) > 1 and sum(people[each] for each in hidden) >= SMALLEST_GROUP):
            break
        hidden.add(department)
    return frozenset(hidden)


def outside(groups: Iterable[Group], remaining: Sequence[Scope] | None) -> tuple[Group, ...]:
    """The grants that a remaining scope does not cover; all of them when nothing is said to remain."""
    return tuple(group for group in groups if remaining is None or not covers(remaining, group.use))


def stopped(use_cases: Iterable[UseCase], remaining: Sequence[Scope] | None) -> tuple[UseCase, ...]:
    """The use cases that could not be carried on."""
    return tuple(each for each in use_cases if remaining is None or not covers(remaining, each.use))


def alternatives(groups: Sequence[Group], tool_id: UUID, others: Iterable[Tool]) -> tuple[Tool, ...]:
    """The approved tools that allow every use that would be taken away."""
    return tuple(
        other
        for other in others
        if other.id != tool_id
        and other.status is Status.APPROVED
        and groups
        and all(covers(other.scope, group.use) for group in groups)
    )
