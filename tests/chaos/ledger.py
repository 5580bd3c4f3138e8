"""What the outside world was promised: acknowledged commands, attempts without an answer, and events that were told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Command:
    """A mutation that somebody asked for. `event` is what it records on its object; `service` keeps both."""

    service: str
    operation: str
    caller: str
    key: str
    event: str
    input: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """An event of a system outside, the same however often it is told."""

    id: str
    type: str
    source: str
    subject: str
    time: datetime
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rumour:
    """A numbered event of a producer of our own kind that the test plays itself, so that it can be told out of order."""

    id: str
    type: str
    subject: str
    sequence: int
    time: datetime
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Poison:
    """A record that must end parked in these services, with this error. `event_id` is empty when it has none to read."""

    topic: str
    services: tuple[str, ...]
    event_id: str
    error: str
    said: str
    key: bytes = field(repr=False)
    value: bytes = field(repr=False)
    headers: list[tuple[str, bytes]] = field(repr=False)


@dataclass(slots=True)
class Ledger:
    """Everything that the checker holds the services to."""

    acknowledged: dict[Command, str] = field(default_factory=dict)
    unknown: set[Command] = field(default_factory=set)
    told: dict[str, Told] = field(default_factory=dict)
    rumours: dict[str, Rumour] = field(default_factory=dict)
    poison: list[Poison] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)

    def asked(self, command: Command) -> None:
        """Somebody is about to ask; until there is an answer it may or may not have happened."""
        if command not in self.acknowledged:
            self.unknown.add(command)

    def answered(self, command: Command, id: str) -> None:
        """The command was acknowledged with its object. A repeated one must be answered with the same."""
        before = self.acknowledged.setdefault(command, id)
        self.unknown.discard(command)
        if before != id:
            self.contradictions.append(f"{command.operation} {command.key} was answered with {before} and with {id}")

    def summary(self) -> str:
        """The size of it, for people."""
        return (
            f"{len(self.acknowledged)} commands acknowledged, {len(self.unknown)} without an answer, "
            f"{len(self.told)} events told, {len(self.rumours)} told out of order, {len(self.poison)} poisonous"
        )
