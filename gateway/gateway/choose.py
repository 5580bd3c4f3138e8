"""Choose for every leaf where it is fetched, so that all leaves together take few fetches and few waves."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.field_set import FieldSet, Selected
from gateway.graph import ROOT, Entry, Graph, State
from gateway.moves import ENTRY_COST, Hop, Moves, Way
from gateway.occurring import Occurring, Unreachable
from gateway.places import TYPENAME, Leaf, Place, Places, Position, Use, chain, leaves
from gateway.supergraph import named

_WAVE_COST = 10


@dataclass(frozen=True, slots=True)
class Input:
    """A field of a representation: its name there, the slot it is read from, and the type it belongs to."""

    name: str
    slot: str
    types: frozenset[str]
    is_key: bool
    typed: bool = False
    children: tuple[Input, ...] | None = None


@dataclass(eq=False, slots=True)
class Holder:
    """A selection set that one step sends: `type_name` is its static type in the subgraph."""

    step: Step
    type_name: str
    nodes: dict[Place, Node] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Node:
    """Objects of a place as one step holds them."""

    place: Place
    state: State
    holder: Holder
    uses: dict[Use, Holder | None] = field(default_factory=dict)
    entered: dict[Entry, Node] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Step:
    """One fetch from one subgraph: of root fields, or of entities at a position."""

    graph: str
    position: Position
    entry: Entry | None
    depends_on: set[Step] = field(default_factory=set)
    inputs: dict[Place, tuple[Input, ...]] = field(default_factory=dict)
    holder: Holder = field(init=False)
    level: int = 0


@dataclass(eq=False, slots=True)
class Tree:
    """The choice: every step, with what it fetches."""

    root: Position
    steps: list[Step] = field(default_factory=list)
    leaves: int = 0


def choose(
    places: Places, moves: Moves, root: Position, root_graphs: list[str], avoided: frozenset[Entry] = frozenset()
) -> Tree:
    """Place every leaf of the operation below `root`, which may be answered by `root_graphs`.

    `avoided` entries are used only for what cannot be had without them.
    """
    chooser = _Chooser(places, moves, root, root_graphs, avoided)
    chooser.occurring.mark(root)
    found = leaves(root)
    graph = moves.graph
    ordered = sorted(found, key=lambda leaf: _freedom(graph, leaf))
    for leaf in ordered:
        chooser.add(leaf, frozenset())
    chooser.tree.leaves = len(ordered)
    return chooser.tree


def replaceable(graph: Graph, tree: Tree) -> list[Entry]:
    """The entries of a tree that might be spared: nothing that they bring is to be had in one subgraph only."""
    found: dict[Entry, bool] = {}
    for step in tree.steps:
        entry = step.entry or _root_entry(graph, step)
        if entry is not None:
            found[entry] = found.get(entry, True) and not _is_needed(graph, step.holder)
    return [entry for entry, spare in found.items() if spare]


def unused_roots(graph: Graph, tree: Tree) -> frozenset[Entry]:
    """The ways to root fields of which a tree makes no use: whoever looks for a smaller tree does not need them."""
    root = tree.root.type_name
    used = {step.graph for step in tree.steps}
    return frozenset(entry for entry in graph.entries(root, root) if entry.graph not in used)


def _root_entry(graph: Graph, step: Step) -> Entry | None:
    root = step.position.type_name
    return next((entry for entry in graph.entries(root, root) if entry.graph == step.graph), None)


def _is_needed(graph: Graph, holder: Holder) -> bool:
    return any(
        (use.name != TYPENAME and graph.offers(place.sample, use.name) == 1) or (below and _is_needed(graph, below))
        for place, node in holder.nodes.items()
        for use, below in node.uses.items()
    )


def _freedom(graph: Graph, leaf: Leaf) -> tuple[int, bool]:
    """In how few subgraphs a leaf can be had; where there is least to choose, the choice is made first."""
    place, position = leaf.place, leaf.place.position
    if leaf.use.name != TYPENAME:
        fewest = graph.offers(place.sample, leaf.use.name)
    elif position.abstract:
        known = graph.supergraph.types[position.type_name].members.values()
        fewest = sum(1 for members in known if place.sample in members)
    else:
        fewest = len(graph.supergraph.graphs)
    # Below a type without keys, what leads there has to be fetched from the same subgraph.
    while position.parent is not None and position.via is not None:
        fewest = min(fewest, graph.offers(position.parent.sample, position.via.name))
        if graph.entries(position.parent.sample, position.parent.sample):
            break
        position = position.parent.position
    return fewest, leaf.use.name == TYPENAME


class _Chooser:
    def __init__(
        self, places: Places, moves: Moves, root: Position, root_graphs: list[str], avoided: frozenset[Entry]
    ) -> None:
        self._avoided = avoided
        self._places = places
        self._moves = moves
        self._graph = moves.graph
        self._root_graphs = root_graphs
        self.occurring = Occurring(moves, root, root_graphs)
        self.tree = Tree(root)

    def add(self, leaf: Leaf, banned: frozenset[Entry]) -> Node | None:
        """Fetch a leaf: where it is at hand, or on the cheapest new way. None when it can never be there."""
        at_hand = self._at_hand(leaf) or self._next_door(leaf)
        if at_hand is not None:
            return at_hand
        if leaf.use.name == TYPENAME and leaf.place.optional and self._is_typed(leaf.place.position):
            return None
        steps = chain(leaf)
        sources: list[Node | str] = []
        starts: list[tuple[int, State, int]] = []
        for index, (place, _) in enumerate(steps):
            for state, node in place.nearest.items():
                sources.append(node)
                starts.append((index, state, node.holder.step.level * _WAVE_COST))
        root_type = self.tree.root.type_name
        for graph in self._root_graphs:
            sources.append(graph)
            starts.append((0, State(graph, root_type, ()), ENTRY_COST))
        way = self._search([(place.sample, use.name) for place, use in steps], starts, banned)
        if way is None:
            if leaf.place.optional:
                return None
            raise Unreachable(f"No subgraph can answer {leaf.place.sample}.{leaf.use.name} here.")
        source = sources[way.source]
        node = self._enter_root(steps[0][0], source) if isinstance(source, str) else source
        index = starts[way.source][0]
        for move in way.moves:
            if move.entry is not None:
                node = self._enter(node, move.entry, banned)
            if move.takes_field:
                following = steps[index + 1][0] if index + 1 < len(steps) else None
                node = self._take(node, steps[index][1], following, move.target)
                index += 1
        return node

    def _search(self, hops: list[Hop], starts: list[tuple[int, State, int]], banned: frozenset[Entry]) -> Way | None:
        if self._avoided:
            entered = [(start, state, paid + self._dislike(state, paid)) for start, state, paid in starts]
            way = self._moves.search(hops, entered, banned | self._avoided)
            if way is not None:
                return way
        return self._moves.search(hops, starts, banned)

    def _dislike(self, state: State, paid: int) -> int:
        """What makes a new root fetch from an avoided subgraph as dear as another entry."""
        is_new = paid == ENTRY_COST
        avoided = any(entry.kind == ROOT and entry.graph == state.graph for entry in self._avoided)
        return ENTRY_COST if is_new and avoided else 0

    def _is_typed(self, position: Position) -> bool:
        """Whether a fetch tells the types of the objects: one that it does not know is not there then."""
        return position.abstract and any(
            node.state.as_type == place.sample for place in position.places for node in place.nodes
        )

    def _at_hand(self, leaf: Leaf) -> Node | None:
        for node in leaf.place.nodes:
            if leaf.use in node.uses:
                return node
        for node in leaf.place.nodes:
            if self._has(leaf, node.state):
                node.uses[leaf.use] = None
                return node
        return None

    def _next_door(self, leaf: Leaf) -> Node | None:
        """The leaf one field further than the plan is: no entry can be cheaper, so nothing has to be searched."""
        place, use = leaf.place.position.parent, leaf.place.position.via
        if place is None or use is None:
            return None
        best: tuple[Node, State] | None = None
        for node in place.nodes:
            taken = self._graph.local(place.sample, node.state, use.name)
            below = self._graph.child_state(node.state, *taken, leaf.place.sample) if taken else None
            if below is None or (best and best[0].holder.step.level <= node.holder.step.level):
                continue
            if self._has(leaf, below):
                best = node, below
        if best is None:
            return None
        node = self._take(best[0], use, leaf.place, best[1])
        node.uses[leaf.use] = None
        return node

    def _has(self, leaf: Leaf, state: State) -> bool:
        if leaf.use.name == TYPENAME:
            return state.as_type == leaf.place.sample
        return self._graph.local(leaf.place.sample, state, leaf.use.name) is not None

    def _enter_root(self, place: Place, graph: str) -> Node:
        step = Step(graph, place.position, None)
        step.holder = Holder(step, place.position.type_name)
        self.tree.steps.append(step)
        return self._node(step.holder, place, State(graph, place.position.type_name, ()))

    def _node(self, holder: Holder, place: Place, state: State) -> Node:
        node = holder.nodes.get(place)
        if node is None:
            node = holder.nodes[place] = Node(place, state, holder)
            place.nodes.append(node)
            nearest = place.nearest.get(state)
            if nearest is None or nearest.holder.step.level > holder.step.level:
                place.nearest[state] = node
        return node

    def _take(self, node: Node, use: Use, following: Place | None, target: State | None) -> Node:
        holder = node.uses.setdefault(use, None)
        if following is None or target is None:
            return node
        if holder is None:
            join = self._graph.join(node.state.as_type, use.name, node.state.graph)
            assert join is not None
            holder = node.uses[use] = Holder(node.holder.step, named(join.type))
        return self._node(holder, following, target)

    def _enter(self, node: Node, entry: Entry, banned: frozenset[Entry]) -> Node:
        entered = node.entered.get(entry)
        if entered is not None:
            return entered
        place = node.place
        inputs: tuple[Input, ...] = ()
        depends_on = {node.holder.step}
        if entry.kind != ROOT:
            inputs, sources = self._require(node, entry, banned | {entry})
            depends_on |= sources
        step = Step(entry.graph, place.position, entry, depends_on)
        step.level = 1 + max(other.level for other in depends_on)
        step.inputs[place] = inputs
        static = entry.rep_type or (place.sample if len(place.types) == 1 else place.position.type_name)
        step.holder = Holder(step, static)
        self.tree.steps.append(step)
        entered = node.entered[entry] = self._node(step.holder, place, State(entry.graph, entry.as_type, ()))
        return entered

    def _require(self, node: Node, entry: Entry, banned: frozenset[Entry]) -> tuple[tuple[Input, ...], set[Step]]:
        sources: set[Step] = set()
        inputs = self._inputs_for(node.place, entry.inputs, entry.keys, banned, sources)
        return inputs, sources

    def _inputs_for(
        self, place: Place, wanted: FieldSet, keys: int, banned: frozenset[Entry], sources: set[Step]
    ) -> tuple[Input, ...]:
        found: list[Input] = []
        for number, selected in enumerate(wanted):
            use = self._places.require(place, selected)
            if use is None:
                continue
            is_key = number < keys
            if use.child is None:
                self._fetch(Leaf(place, use), banned, sources)
                found.append(Input(selected.name, use.slot, frozenset(place.types), is_key))
                continue
            children = self._below(use.child, selected, is_key, banned, sources)
            found.append(Input(selected.name, use.slot, frozenset(place.types), is_key, use.child.abstract, children))
        return tuple(found)

    def _below(
        self, position: Position, selected: Selected, is_key: bool, banned: frozenset[Entry], sources: set[Step]
    ) -> tuple[Input, ...]:
        children: list[Input] = []
        self.occurring.mark(position)
        for place in position.places:
            if place.absent:
                continue
            keys = len(selected.children) if is_key else 0
            below = self._inputs_for(place, selected.children, keys, banned, sources)
            children.extend(below)
            if position.abstract or not below:
                self._fetch(Leaf(place, self._places.typename(place)), banned, sources)
        return tuple(children)

    def _fetch(self, leaf: Leaf, banned: frozenset[Entry], sources: set[Step]) -> None:
        node = self.add(leaf, banned)
        if node is not None:
            sources.add(node.holder.step)
