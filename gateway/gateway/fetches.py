"""Write what each step sends: the selection text of its holders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.choose import Holder, Node
from gateway.graph import Graph
from gateway.places import TYPENAME, Place, Use


@dataclass(slots=True)
class Text:
    """A selection set as text, with the client's variables in it."""

    fields: list[str] = field(default_factory=list)
    variables: set[str] = field(default_factory=set)

    def __str__(self) -> str:
        return " ".join(self.fields)


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    use: Use


class Writer:
    """Writes selection sets; several holders that one request fetches together are written as one."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def roots(self, holders: Sequence[Holder]) -> Text:
        """The fields of root holders."""
        return self._write(holders)

    def entities(self, holders: Sequence[Holder], rep_type: str | None) -> Text:
        """What is asked of `_entities`: a fragment for each type, or one for an interface."""
        text = Text()
        if rep_type is not None:
            inner = self._write(holders)
            text.fields.append(f"... on {rep_type} {{ {inner} }}")
            text.variables = inner.variables
            return text
        for place, nodes in _by_place(holders).items():
            lines = self._lines(nodes, text.variables)
            body = " ".join(dict.fromkeys(line.text for line in lines)) or TYPENAME
            text.fields.extend(f"... on {name} {{ {body} }}" for name in place.types)
        return text

    def _write(self, holders: Sequence[Holder]) -> Text:
        graph, static = holders[0].step.graph, holders[0].type_name
        text = Text()
        by_place = _by_place(holders)
        lines = {place: self._lines(nodes, text.variables) for place, nodes in by_place.items()}
        known = self._graph.supergraph.types[static]
        if known.kind == "object" or self._graph.is_interface_object(static, graph):
            text.fields = list(dict.fromkeys(line.text for found in lines.values() for line in found)) or [TYPENAME]
            return text
        members = self._graph.members(static, graph)
        by_type: dict[str, dict[str, _Line]] = {
            name: {line.text: line for line in found}
            for place, found in lines.items()
            for name in place.types
            if name in members
        }
        shared: list[str] = []
        if members and members <= by_type.keys():
            shared = [
                line.text
                for line in next(iter(by_type.values())).values()
                if all(line.text in found for found in by_type.values())
                and self._on_interface(static, graph, line.use, members)
            ]
        text.fields = [TYPENAME, *shared]
        for name, own_lines in by_type.items():
            own = [line for line in own_lines if line not in shared and line != TYPENAME]
            if own:
                text.fields.append(f"... on {name} {{ {' '.join(own)} }}")
        return text

    def _on_interface(self, static: str, graph: str, use: Use, members: frozenset[str]) -> bool:
        join = self._graph.join(static, use.name, graph)
        known = self._graph.field(static, use.name)
        if join is None or known is None or (use.arguments and not use.argument_names <= known.arguments):
            return False
        if use.arguments and not use.argument_names:
            return False
        return all(
            own is not None and own.type == join.type
            for own in (self._graph.join(name, use.name, graph) for name in members)
        )

    def _lines(self, nodes: Sequence[Node], variables: set[str]) -> list[_Line]:
        found: dict[Use, list[Holder]] = {}
        for node in nodes:
            for use, holder in node.uses.items():
                found.setdefault(use, []).extend([holder] if holder else [])
        lines: list[_Line] = []
        # In the client's order: then an answer may be passed on as it comes.
        for use in nodes[0].place.uses:
            holders = found.get(use)
            if holders is None:
                continue
            variables |= use.variables
            text = use.name if use.slot == use.name else f"{use.slot}: {use.name}"
            text += use.arguments
            if use.child is not None:
                inner = self._write(holders)
                variables |= inner.variables
                text += f" {{ {inner} }}"
            lines.append(_Line(text, use))
        return lines


def _by_place(holders: Sequence[Holder]) -> dict[Place, list[Node]]:
    found: dict[Place, list[Node]] = {}
    for holder in holders:
        for place, node in holder.nodes.items():
            found.setdefault(place, []).append(node)
    return found
