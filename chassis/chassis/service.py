"""A service on one screen: what it answers, publishes, listens to and does when a date comes."""

from __future__ import annotations

import importlib.util
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from starlette.routing import BaseRoute
from strawberry.federation import Schema

from chassis.caller import Tokens
from chassis.database import Database, Transaction
from chassis.directory import Directory
from chassis.migrate import CHASSIS, Migration
from chassis.migrate import read as read_migrations
from chassis.settings import ServiceSettings

EventHandler = Callable[[Transaction, Any], Awaitable[None]]
DueHandler = Callable[[Transaction, str, datetime], Awaitable[None]]
# What a service's worker does for ever beside what every worker does.
Loop = Callable[[Database, ServiceSettings], Awaitable[None]]
# What a service answers beside GraphQL; it checks tokens itself.
Routes = Callable[[Database, Tokens | None], Sequence[BaseRoute]]


@dataclass(frozen=True, slots=True)
class Service:
    """The wiring of one service. `package` is its Python package; its folder also holds migrations and contract."""

    name: str
    package: str
    schema: Schema
    publishes: Sequence[type] = ()
    listens: Mapping[str, Sequence[EventHandler]] = field(default_factory=dict)
    due: Mapping[str, DueHandler] = field(default_factory=dict)
    directory: Directory = field(default_factory=Directory)
    settings: type[ServiceSettings] = ServiceSettings
    routes: Routes | None = None
    loops: Mapping[str, Loop] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        """The service's folder."""
        found = importlib.util.find_spec(self.package)
        if found is None or not found.submodule_search_locations:
            raise LookupError(f"There is no package {self.package!r} on the path.")
        return Path(next(iter(found.submodule_search_locations))).parent

    @property
    def contract(self) -> Path:
        """Where `schema` writes what others may rely on."""
        return self.root / "contract"

    @property
    def all_listens(self) -> dict[str, list[EventHandler]]:
        """Event type -> handlers: the directory's first, so that the slices find the people they are told of."""
        told = {name: list(handlers) for name, handlers in self.directory.listens.items()}
        for name, handlers in self.listens.items():
            told.setdefault(name, []).extend(handlers)
        return told

    @property
    def all_due(self) -> dict[str, DueHandler]:
        """Kind of date -> handler, with the directory's."""
        return {**self.directory.due, **self.due}

    def migrations(self) -> list[Migration]:
        """The chassis' migrations and then this service's."""
        return read_migrations([("chassis", CHASSIS), (self.name, self.root / "migrations")])
