"""What suspending a tool, or cutting its scope, would do: told before anybody does it (X09)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from governance.processes.domain import Process, Standard
from governance.scope.domain import DataClass, Scope, UsageContext, Use, covers
from governance.tools.domain import Status, Tool
from governance.use_cases.domain import UseCase


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
    """What would change in one department."""

    department_id: str | None
    grants: int


@dataclass(frozen=True, slots=True)
class BlastRadius:
    """Everything that a suspension, or a narrower scope, would reach."""

    tool: Tool
    groups: tuple[Group, ...]
    people: int
    waiting_requests: int
    standards: tuple[tuple[Standard, Process | None], ...]
    use_cases: tuple[UseCase, ...]
    prompts: int
    teams_preferring: int
    alternatives: tuple[Tool, ...]

    @property
    def grants(self) -> int:
        """How many grants would be suspended."""
        return sum(group.grants for group in self.groups)

    @property
    def departments(self) -> tuple[Affected, ...]:
        """By department, the most affected first."""
        found: dict[str | None, int] = {}
        for group in self.groups:
            found[group.department_id] = found.get(group.department_id, 0) + group.grants
        return tuple(
            Affected(id, grants) for id, grants in sorted(found.items(), key=lambda each: (-each[1], each[0] or ""))
        )


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
