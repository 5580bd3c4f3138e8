"""Showing an enumeration of the domain in the graph."""

from __future__ import annotations

from enum import Enum
from typing import Any, cast

import strawberry


def describe(kind: type[Enum], name: str, description: str, values: dict[Any, str]) -> None:
    """Make an enumeration a GraphQL enum, every value described."""
    strawberry.enum(kind, name=name, description=description)
    for value in cast(Any, kind).__strawberry_definition__.values:
        value.description = values[kind[value.name]]
