"""What every rule is written with: refusals, changes and tiers. Standard library only, so that a `domain` module may import it."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

A = TypeVar("A")


class Refused(Exception):
    """The rules do not allow this."""

    def __init__(self, **facts: Any) -> None:
        """Format the class's docstring, which is the message for people, with the facts."""
        self.facts = facts
        for name, value in facts.items():
            setattr(self, name, value)
        super().__init__((inspect.getdoc(type(self)) or "").format(**facts))


class NotFound(Refused):
    """There is no {what} {id}."""

    what: str
    id: str


class NotEntitled(Refused):
    """{action} is decided at the {tier} tier by {deciders}. Ask one of them."""

    action: str
    tier: str
    deciders: str


class Tier(StrEnum):
    """Who a decision belongs to; a lower tier may only narrow what a higher one allows."""

    ENTERPRISE = "enterprise"
    DEPARTMENT = "department"
    TEAM = "team"


@dataclass(frozen=True, slots=True)
class Change(Generic[A]):
    """An aggregate as it stands after a command, and the event that says why.

    `after` has an `id` and a `version`; the version is 1 at creation and one more with each change, because it is
    also the order of that aggregate's events.
    """

    after: A
    because: Any
