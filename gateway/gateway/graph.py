"""What each subgraph can answer: nodes are (type, subgraph), and entries lead from one to another."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import NamedTuple

from gateway.field_set import FieldSet, union
from gateway.supergraph import Field, FieldJoin, Key, Supergraph, named

ENTITY = "entity"
ROOT = "root"


class State(NamedTuple):
    """Where a planner stands: objects held in `graph` as the type `as_type`, with what @provides adds there.

    `as_type` is the object's own type, or the interface that the subgraph holds as an interface object.
    """

    graph: str
    as_type: str
    view: FieldSet


@dataclass(frozen=True, eq=False, slots=True)
class Entry:
    """A way into a subgraph: by representations of `rep_type` (None: of the object's own type) that hold `inputs`.

    The leading `keys` of the inputs must not be null. `field` is set when the entry only serves this field's @requires.
    """

    kind: str
    graph: str
    as_type: str
    rep_type: str | None
    inputs: FieldSet = ()
    keys: int = 0
    field: str | None = None


class Graph:
    """The supergraph as the planner walks it; every answer depends on the supergraph only and is remembered."""

    def __init__(self, supergraph: Supergraph, active_labels: frozenset[str] = frozenset()) -> None:
        self.supergraph = supergraph
        self._labels = active_labels
        self._joins: dict[tuple[str, str, str], FieldJoin | None] = {}
        self._entries: dict[tuple[str, str], tuple[Entry, ...]] = {}
        self._field_entries: dict[tuple[str, str, str], tuple[Entry, ...]] = {}
        self._views: dict[tuple[FieldSet, str, str], FieldSet | None] = {}
        self._signatures: dict[str, Hashable] = {}
        self._offers: dict[tuple[str, str], int] = {}
        self._key_fields = self._collect_key_fields()
        self._required = self._collect_interface_object_requirements()
        self._root_types = {name: kind for kind, name in supergraph.roots.items()}

    # what a subgraph has

    def field(self, type_name: str, name: str) -> Field | None:
        """The supergraph's field."""
        known = self.supergraph.types.get(type_name)
        return known.fields.get(name) if known else None

    def join(self, type_name: str, name: str, graph: str) -> FieldJoin | None:
        """How the subgraph has the field, if it has it at all; overridden fields are external there."""
        asked = (type_name, name, graph)
        if asked not in self._joins:
            self._joins[asked] = self._find_join(type_name, name, graph)
        return self._joins[asked]

    def _find_join(self, type_name: str, name: str, graph: str) -> FieldJoin | None:
        found = self.field(type_name, name)
        join = found.joins.get(graph) if found else None
        if found is None or join is None:
            return None
        external = join.external or (type_name, name, graph) in self._required
        if join.overrides and join.label and join.label not in self._labels:
            external = True
        for other in found.joins.values():
            if other.overrides == graph and other.graph != graph and (not other.label or other.label in self._labels):
                external = True
        if (
            external
            and (type_name, name, graph) in self._key_fields
            and graph in self.supergraph.types[type_name].extended_in
        ):
            external = False
        if external == join.external:
            return join
        return FieldJoin(graph, join.type, external, join.requires, join.provides)

    def local(self, type_name: str, state: State, name: str) -> tuple[FieldJoin, FieldSet] | None:
        """The field where the state stands, without leaving it: how it is joined, and the view below it."""
        join = self.join(state.as_type, name, state.graph)
        if join is None:
            return None
        provided = self._provided(state.view, type_name, name) if state.view else None
        if provided is not None:
            return join, union(provided, join.provides)
        if join.external or join.requires:
            return None
        return join, join.provides

    def members(self, type_name: str, graph: str) -> frozenset[str]:
        """The object types that the subgraph knows behind a type (every one, behind an interface object)."""
        return self.supergraph.types[type_name].members.get(graph, frozenset())

    def is_composite(self, type_name: str) -> bool:
        """Whether the type has fields or members."""
        return type_name in self.supergraph.types

    def is_abstract(self, type_name: str) -> bool:
        """Whether the type is an interface or a union in the supergraph."""
        return self.supergraph.types[type_name].kind != "object"

    def is_interface_object(self, type_name: str, graph: str) -> bool:
        """Whether the subgraph holds the interface as an object."""
        return graph in self.supergraph.types[type_name].interface_object_in

    def applies(self, condition: str, type_name: str) -> bool:
        """Whether objects of the type fulfil a type condition, anywhere in the supergraph."""
        if condition == type_name:
            return True
        known = self.supergraph.types.get(condition)
        return known is not None and any(type_name in members for members in known.members.values())

    def child_state(self, parent: State, join: FieldJoin, view: FieldSet, child: str) -> State | None:
        """Where objects of type `child` stand below a field, or None when the field never gives such there."""
        static = named(join.type)
        if static == child:
            return State(parent.graph, child, view)
        if child not in self.members(static, parent.graph):
            return None
        as_type = static if self.is_interface_object(static, parent.graph) else child
        return State(parent.graph, as_type, view)

    def _provided(self, view: FieldSet, type_name: str, name: str) -> FieldSet | None:
        asked = (view, type_name, name)
        if asked not in self._views:
            found: FieldSet | None = None
            for selected in view:
                if selected.name == name and all(self.applies(condition, type_name) for condition in selected.on):
                    found = union(found or (), selected.children)
            self._views[asked] = found
        return self._views[asked]

    # ways from one subgraph into another

    def entries(self, type_name: str, as_type: str) -> tuple[Entry, ...]:
        """Every way into a subgraph for an object of the type that is held as `as_type`."""
        asked = (type_name, as_type)
        if asked not in self._entries:
            self._entries[asked] = tuple(self._find_entries(type_name, as_type))
        return self._entries[asked]

    def _find_entries(self, type_name: str, as_type: str) -> list[Entry]:
        types = self.supergraph.types
        root = self._root_types.get(type_name)
        if root is not None:
            # Nobody but the client may start a mutation.
            if root != "query":
                return []
            return [Entry(ROOT, graph, type_name, None) for graph in sorted(types[type_name].graphs)]
        if as_type != type_name:
            return [
                Entry(ENTITY, key.graph, self._held_as(as_type, key.graph, type_name), as_type, key.fields, _many(key))
                for key in types[as_type].keys
                if key.resolvable and type_name in self.members(as_type, key.graph)
            ]
        found = [
            Entry(ENTITY, key.graph, type_name, None, key.fields, _many(key))
            for key in types[type_name].keys
            if key.resolvable
        ]
        for interface in sorted(types[type_name].interfaces):
            found.extend(
                Entry(ENTITY, key.graph, interface, interface, key.fields, _many(key))
                for key in (types[interface].keys if interface in types else ())
                if key.resolvable and self.is_interface_object(interface, key.graph)
            )
        return found

    def _held_as(self, interface: str, graph: str, type_name: str) -> str:
        return interface if self.is_interface_object(interface, graph) else type_name

    def field_entries(self, type_name: str, as_type: str, name: str) -> tuple[Entry, ...]:
        """The ways that bring what a field's @requires asks for; the field is local right behind them."""
        asked = (type_name, as_type, name)
        if asked not in self._field_entries:
            found = []
            for entry in self.entries(type_name, as_type):
                join = self.join(entry.as_type, name, entry.graph)
                if entry.kind == ENTITY and join is not None and join.requires and not join.external:
                    inputs = union(entry.inputs, join.requires)
                    found.append(
                        Entry(ENTITY, entry.graph, entry.as_type, entry.rep_type, inputs, entry.keys, field=name)
                    )
            self._field_entries[asked] = tuple(found)
        return self._field_entries[asked]

    def offers(self, type_name: str, name: str) -> int:
        """In how many subgraphs the field can be answered at all: the fewer, the less there is to choose."""
        found = self.field(type_name, name)
        if found is None:
            return len(self.supergraph.graphs)
        asked = (type_name, name)
        if asked not in self._offers:
            types = self.supergraph.types
            graphs = {graph for graph in found.joins if self._answers(type_name, name, graph)}
            for interface in types[type_name].interfaces & types.keys():
                graphs |= {one for one in types[interface].interface_object_in if self._answers(interface, name, one)}
            self._offers[asked] = len(graphs)
        return self._offers[asked]

    def _answers(self, type_name: str, name: str, graph: str) -> bool:
        join = self.join(type_name, name, graph)
        return join is not None and not join.external

    # equal types

    def signature(self, type_name: str) -> Hashable:
        """Two types with equal signatures have the same keys, memberships and key fields: one plan serves both."""
        if type_name not in self._signatures:
            known = self.supergraph.types[type_name]
            linked = {selected.name for key in known.keys for selected in key.fields}
            for found in known.fields.values():
                for join in found.joins.values():
                    linked.update(selected.name for selected in join.requires)
            memberships = frozenset(
                (other.name, graph)
                for other in self.supergraph.types.values()
                if other.kind != "object"
                for graph, members in other.members.items()
                if type_name in members
            )
            fields = tuple((name, self.field_signature(type_name, name)) for name in sorted(linked))
            self._signatures[type_name] = (known.graphs, known.keys, memberships, fields)
        return self._signatures[type_name]

    def field_signature(self, type_name: str, name: str) -> Hashable:
        """Equal for two fields that every subgraph has in the same way."""
        found = self.field(type_name, name)
        return (found.type, tuple(sorted(found.joins.items()))) if found else None

    def _collect_key_fields(self) -> frozenset[tuple[str, str, str]]:
        found: set[tuple[str, str, str]] = set()

        def walk(type_name: str, graph: str, fields: FieldSet) -> None:
            for selected in fields:
                owner = selected.on[-1] if selected.on else type_name
                found.add((owner, selected.name, graph))
                target = self.field(owner, selected.name)
                if target and selected.children:
                    walk(named(target.type), graph, selected.children)

        for known in self.supergraph.types.values():
            for key in known.keys:
                walk(known.name, key.graph, key.fields)
        return frozenset(found)

    def _collect_interface_object_requirements(self) -> frozenset[tuple[str, str, str]]:
        # Composition drops `external` from an interface object's fields, so what it requires must count as external.
        return frozenset(
            (known.name, selected.name, graph)
            for known in self.supergraph.types.values()
            for graph in known.interface_object_in
            for found in known.fields.values()
            if graph in found.joins
            for selected in found.joins[graph].requires
        )


def _many(key: Key) -> int:
    return len(key.fields)
