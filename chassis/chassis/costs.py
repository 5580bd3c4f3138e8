"""What the queries of `chassis.lists` cost in SQL statements, over few rows and over more, and what they refuse: for tests that
no list asks once for each of its rows, and that none fails on what a client sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from chassis.caller import Caller
from chassis.testing import Asks

# Loads that are asked for at different moments are sent apart, whatever the number of rows.
_LEEWAY = 5
# How many more rows there have to be, so that one statement for each of them cannot hide in the leeway.
_MORE = 15


@dataclass(frozen=True, slots=True)
class Cost:
    """How many rows a query answered with, with how many SQL statements, and how many items the lists inside had, by type and
    field. A report has as many rows as its lists have items."""

    rows: int
    statements: int
    inside: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Growth:
    """Queries that did not answer with at least fifteen more rows, lists inside rows that nobody had anything in - both prove
    nothing -, and the queries that sent more statements for more rows, with how many before and after."""

    no_longer: frozenset[str]
    never_filled: frozenset[str]
    dearer: Mapping[str, tuple[int, int]]


NONE_DEARER = Growth(frozenset(), frozenset(), {})


async def costs(
    graph: Asks,
    statements: list[str],
    queries: Mapping[str, str],
    *,
    caller: Caller,
    first: int = 1,
    keys: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> dict[str, Cost]:
    """What each query costs; lists ask for `first` rows, entities are those with the `keys` of their type."""
    found: dict[str, Cost] = {}
    for name, query in queries.items():
        variables: dict[str, Any] = {"first": first} if "$first" in query else {}
        if "$of" in query:
            variables = {"of": [{"__typename": name, "id": key} for key in keys[name]]}
        statements.clear()
        answer = await graph(query, variables, caller=caller)
        assert answer["errors"] is None, (name, answer["errors"])
        (listed,) = answer["data"].values()
        sent = len(statements)
        inside: Counter[str] = Counter()
        if isinstance(listed, dict) and "nodes" not in listed:
            _count(listed, "", inside)
            found[name] = Cost(inside.total(), sent, inside)
            continue
        rows = listed["nodes"] if isinstance(listed, dict) else listed
        assert all(rows), f"{name} lacks some of the rows that were asked for"
        for row in rows:
            _count(row, "", inside)
        found[name] = Cost(len(rows), sent, inside)
    return found


async def refusals(graph: Asks, queries: Mapping[str, str], *, caller: Caller) -> dict[str, Any]:
    """The code of the first error of each query that is not answered; None for an error without one."""
    found: dict[str, Any] = {}
    for name, query in queries.items():
        errors = (await graph(query, {"first": 1} if "$first" in query else {}, caller=caller))["errors"]
        if errors:
            found[name] = errors[0].get("extensions", {}).get("code")
    return found


def growth(few: Mapping[str, Cost], more: Mapping[str, Cost]) -> Growth:
    """How the costs over few rows compare with those over more."""
    inside: Counter[str] = Counter()
    for cost in more.values():
        inside.update(cost.inside)
    return Growth(
        frozenset(name for name in few if more[name].rows < few[name].rows + _MORE),
        frozenset(field for field, items in inside.items() if not items),
        {
            name: (few[name].statements, more[name].statements)
            for name in few
            if more[name].statements > few[name].statements + _LEEWAY
        },
    )


def _count(value: Any, field: str, inside: Counter[str]) -> None:
    """Add the items of every list of an object, by the object's type and the field."""
    if isinstance(value, list):
        inside[field] += len(value)
        for item in value:
            _count(item, field, inside)
    elif isinstance(value, dict):
        owner = value.get("__typename", field)
        for name, inner in value.items():
            _count(inner, f"{owner}.{name}", inside)
