"""Documents parsed once, for all who look at them."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from operator import is_not
from typing import TypeVar

from graphql import DocumentNode, FieldNode, Node, SelectionNode, SelectionSetNode, parse

Holder = TypeVar("Holder", bound=Node)


@lru_cache(maxsize=4)
def parsed(document: str) -> DocumentNode:
    """The syntax tree, in which no field stands twice side by side: that means nothing, and every rule would look at it.

    Trees are first counted and then validated, and parsing costs as much as either, so the last few are kept.
    """
    tree = parse(document)
    definitions = tuple(_without_repeated(definition) for definition in tree.definitions)
    return replace(tree, definitions=definitions) if any(map(is_not, definitions, tree.definitions)) else tree


def _without_repeated(node: Holder) -> Holder:
    selection_set: SelectionSetNode | None = getattr(node, "selection_set", None)
    if selection_set is None:
        return node
    kept: list[SelectionNode] = []
    plain: set[str] = set()
    is_changed = False
    for selection in selection_set.selections:
        if isinstance(selection, FieldNode) and _is_plain(selection):
            if selection.name.value in plain:
                is_changed = True
                continue
            plain.add(selection.name.value)
        below = _without_repeated(selection)
        is_changed = is_changed or below is not selection
        kept.append(below)
    if not is_changed:
        return node
    return replace(node, selection_set=replace(selection_set, selections=tuple(kept)))  # type: ignore[call-arg]


def _is_plain(field: FieldNode) -> bool:
    return not (field.alias or field.arguments or field.directives or field.selection_set)
