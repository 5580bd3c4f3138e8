"""The places of an answer: positions of objects, and per position the groups of object types asked the same."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from graphql import FieldNode, GraphQLSchema, SelectionSetNode, is_abstract_type

from gateway.field_set import Selected, arguments_text
from gateway.graph import Graph, State
from gateway.operation import Collected, Operation, collect, variables_in
from gateway.supergraph import named

if TYPE_CHECKING:
    from gateway.choose import Node

TYPENAME = "__typename"
# What a caller may not see is kept nowhere: no subgraph can answer under this name.
DENIED = " denied"


class TooComplex(Exception):
    """The operation asks for more places than the gateway plans."""


@dataclass(eq=False, slots=True)
class Use:
    """One field asked at a place. Its value is kept under `slot` of the object."""

    slot: str
    name: str
    arguments: str
    variables: frozenset[str]
    child: Position | None = None
    response_key: str | None = None
    argument_names: frozenset[str] = frozenset()
    required: Selected | None = None


@dataclass(frozen=True, slots=True)
class _Stored:
    """What a slot keeps for a type; `content` tells composite values apart that have other fields."""

    type_name: str
    name: str
    arguments: str
    content: tuple[object, ...]


@dataclass(eq=False, slots=True)
class Position:
    """A slot of the answer that holds objects (or lists of them).

    `common` names the fields that are asked of every type of an abstract position alike.
    """

    type_name: str
    parent: Place | None
    via: Use | None
    places: list[Place] = field(default_factory=list)
    slots: dict[str, list[_Stored]] = field(default_factory=dict)
    abstract: bool = False
    typed: bool = False
    common: tuple[str, ...] = ()

    def path(self) -> list[tuple[Place, str]]:
        """The way from the root: at each place, the slot that leads on."""
        steps: list[tuple[Place, str]] = []
        position = self
        while position.parent is not None and position.via is not None:
            steps.append((position.parent, position.via.slot))
            position = position.parent.position
        steps.reverse()
        return steps

    def shown_path(self) -> str:
        """The way from the root for people."""
        return ".".join(slot for _, slot in self.path()) or "(root)"


@dataclass(eq=False, slots=True)
class Place:
    """The objects of certain types at a position; all of these types are asked the same and planned alike.

    `nearest` is, for each state that the plan holds them in, the node that is there first.
    They are `absent` when no subgraph that the position is fetched from gives objects of these types there.
    """

    position: Position
    types: tuple[str, ...]
    uses: list[Use] = field(default_factory=list)
    visible: list[tuple[str, Use]] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    nearest: dict[State, Node] = field(default_factory=dict)
    optional: bool = False
    absent: bool = False

    @property
    def sample(self) -> str:
        """One of the types, in whose name the planner asks."""
        return self.types[0]


@dataclass(frozen=True, slots=True)
class Denied:
    """A field that the caller asked for and may not see."""

    place: Place
    key: str
    name: str
    needs: str


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field that has to be fetched for its own sake."""

    place: Place
    use: Use


@dataclass(slots=True)
class Places:
    """Builds the positions of an operation, and those that only the plan needs."""

    graph: Graph
    schema: GraphQLSchema
    operation: Operation
    budget: int = 20_000
    denied: list[Denied] = field(default_factory=list)
    _texts: dict[int, tuple[str, frozenset[str]]] = field(default_factory=dict)

    def root(self, type_name: str, fields: dict[str, list[FieldNode]]) -> Position:
        """The root position, with everything below it."""
        root = Position(type_name, None, None)
        place = Place(root, (type_name,))
        root.places.append(place)
        self._fill(place, Collected(fields))
        return root

    def _below(self, place: Place, use: Use, type_name: str, selection_sets: list[SelectionSetNode]) -> Position:
        position = Position(type_name, place, use, abstract=self.graph.is_abstract(type_name))
        types = self._possible(type_name)
        groups: dict[object, tuple[list[str], Collected]] = {}
        for name in types:
            collected = collect(self.operation, name, self.applies, selection_sets)
            signature: object = name
            if len(types) > 1:
                asked = tuple(
                    self.graph.field_signature(name, nodes[0].name.value) for nodes in collected.fields.values()
                )
                signature = (collected.identity(), asked, self.graph.signature(name), self._denials(name, collected))
            groups.setdefault(signature, ([], collected))[0].append(name)
        if len(types) > 1:
            position.common = _common([collected for _, collected in groups.values()])
        for names, collected in groups.values():
            below = Place(position, tuple(names), optional=place.optional or len(types) > 1)
            position.places.append(below)
            self._fill(below, collected)
        # A type that clients may not see has to be recognised, to be left out.
        has_hidden = position.abstract and len(self._all_possible(type_name)) > len(types)
        position.typed = has_hidden or (position.abstract and _depends_on_type(position))
        if position.typed:
            for below in position.places:
                self.typename(below)
        return position

    def _fill(self, place: Place, collected: Collected) -> None:
        self._spend()
        for key, nodes in collected.fields.items():
            name = nodes[0].name.value
            if name == TYPENAME:
                place.visible.append((key, Use(TYPENAME, TYPENAME, "", frozenset(), response_key=key)))
                continue
            needs = self.operation.denied.get((place.sample, name))
            if needs is not None:
                place.visible.append((key, Use(DENIED, name, "", frozenset(), response_key=key)))
                self.denied.append(Denied(place, key, name, needs))
                continue
            arguments, variables = self._text(nodes[0])
            selection_sets = [node.selection_set for node in nodes if node.selection_set]
            content = tuple(map(id, nodes)) if selection_sets else ()
            use = Use(
                self._slot(place, key, _Stored(place.sample, name, arguments, content)),
                name,
                arguments,
                variables,
                response_key=key,
            )
            use.argument_names = frozenset(argument.name.value for argument in nodes[0].arguments or ())
            place.uses.append(use)
            place.visible.append((key, use))
            target = self.graph.field(place.sample, name)
            if selection_sets and target is not None:
                use.child = self._below(place, use, named(target.type), selection_sets)
        if not place.uses:
            self.typename(place)

    def _denials(self, type_name: str, collected: Collected) -> tuple[str, ...]:
        if not self.operation.denied:
            return ()
        names = (nodes[0].name.value for nodes in collected.fields.values())
        return tuple(name for name in names if (type_name, name) in self.operation.denied)

    def _spend(self) -> None:
        self.budget -= 1
        if self.budget < 0:
            raise TooComplex("The operation is too complex to plan.")

    def _slot(self, place: Place, key: str, stored: _Stored) -> str:
        """Where a value is kept. Types share a slot for what no subgraph would refuse to answer under one name."""
        slots, slot, number = place.position.slots, key, 0
        while any(not self._may_share(stored, other) for other in slots.get(slot, ())):
            slot, number = f"_{key}_{number}", number + 1
        slots.setdefault(slot, []).append(stored)
        return slot

    def _may_share(self, one: _Stored, other: _Stored) -> bool:
        if (one.name, one.arguments, one.content) != (other.name, other.arguments, other.content):
            return False
        if one.type_name == other.type_name:
            return True
        first, second = self.graph.field(one.type_name, one.name), self.graph.field(other.type_name, other.name)
        if first is None or second is None or first.type != second.type:
            return False
        if one.content and not (first.joins and second.joins):
            return False
        return all(join.type == second.joins[name].type for name, join in first.joins.items() if name in second.joins)

    def _text(self, node: FieldNode) -> tuple[str, frozenset[str]]:
        known = self._texts.get(id(node))
        if known is None:
            known = self._texts[id(node)] = (arguments_text(node), variables_in(node))
        return known

    def _possible(self, type_name: str) -> list[str]:
        known = self.schema.type_map.get(type_name)
        if is_abstract_type(known):
            # An interface that no type implements can still be held as an interface object.
            return sorted(possible.name for possible in self.schema.get_possible_types(known)) or [type_name]
        return [type_name]

    def applies(self, condition: str, type_name: str) -> bool:
        """Whether the objects of a type fulfil a type condition of the client."""
        if condition == type_name:
            return True
        known = self.schema.type_map.get(condition)
        possible = self.schema.type_map.get(type_name)
        return is_abstract_type(known) and self.schema.is_sub_type(known, possible)  # type: ignore[arg-type]

    # what only the plan needs

    def require(self, place: Place, selected: Selected) -> Use | None:
        """Ask a place for a field of a field set; None when its objects do not have the field."""
        target = self.graph.field(place.sample, selected.name)
        if target is None or not all(self.graph.applies(condition, place.sample) for condition in selected.on):
            return None
        below = named(target.type) if selected.children else None
        use = self._existing(place, selected, below)
        if use is not None:
            return use
        content: tuple[object, ...] = () if below is None else (object(),)
        slot = self._slot(place, selected.name, _Stored(place.sample, selected.name, selected.arguments, content))
        use = Use(slot, selected.name, selected.arguments, frozenset())
        place.uses.append(use)
        if below is not None:
            self._spend()
            use.required = selected
            abstract = self.graph.is_abstract(below)
            use.child = Position(below, place, use, abstract=abstract, typed=abstract)
            types = self._all_possible(below)
            use.child.places = [Place(use.child, (name,), optional=place.optional or len(types) > 1) for name in types]
        return use

    def _existing(self, place: Place, selected: Selected, below: str | None) -> Use | None:
        for use in place.uses:
            if use.name != selected.name or use.arguments != selected.arguments or use.variables:
                continue
            # An abstract position is shared only with the same requirement: its types may be grouped otherwise.
            if below is None or use.required is selected or (use.child and not self.graph.is_abstract(below)):
                return use
        return None

    def typename(self, place: Place) -> Use:
        """The use of a place that fetches the type of its objects."""
        for use in place.uses:
            if use.name == TYPENAME:
                return use
        use = Use(TYPENAME, TYPENAME, "", frozenset())
        place.uses.append(use)
        return use

    def _all_possible(self, type_name: str) -> list[str]:
        if not self.graph.is_abstract(type_name):
            return [type_name]
        known = self.graph.supergraph.types[type_name]
        return sorted(set().union(*known.members.values()))


def _common(collected: list[Collected]) -> tuple[str, ...]:
    first, *others = collected
    return tuple(
        nodes[0].name.value
        for key, nodes in first.fields.items()
        if any(all(any(node is one for one in other.fields.get(key, ())) for other in others) for node in nodes)
    )


def _depends_on_type(position: Position) -> bool:
    if any(key for place in position.places for key, use in place.visible if use.name == TYPENAME):
        return True
    return len({_shape(place) for place in position.places}) > 1


def _shape(place: Place) -> Hashable:
    """Equal for two places whose answers are made in the same way."""
    return tuple(
        (key, use.slot, tuple(_shape(below) for below in use.child.places) if use.child else None)
        for key, use in place.visible
    )


def leaves(root: Position) -> list[Leaf]:
    """Every leaf of the operation, in answer order."""
    found: list[Leaf] = []
    walk(root, lambda place: found.extend(Leaf(place, use) for use in place.uses if use.child is None))
    return found


def walk(position: Position, visit: Callable[[Place], None]) -> None:
    """Call `visit` with every place at and below a position, but for absent ones."""
    for place in position.places:
        if place.absent:
            continue
        visit(place)
        for use in place.uses:
            if use.child is not None:
                walk(use.child, visit)


def chain(leaf: Leaf) -> list[tuple[Place, Use]]:
    """The fields from the root down to a leaf."""
    steps: list[tuple[Place, Use]] = [(leaf.place, leaf.use)]
    position = leaf.place.position
    while position.parent is not None and position.via is not None:
        steps.append((position.parent, position.via))
        position = position.parent.position
    steps.reverse()
    return steps


def all_places(root: Position) -> Iterator[Place]:
    """Every place at and below a position."""
    found: list[Place] = []
    walk(root, found.append)
    yield from found
