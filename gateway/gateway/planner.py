"""All planner stages in their order, for one operation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import DocumentNode, FieldNode, GraphQLSchema

from gateway.choose import Tree, choose, replaceable, unused_roots
from gateway.execute import Program
from gateway.graph import Entry
from gateway.introspection import introspection_document, split_introspection
from gateway.moves import Moves
from gateway.operation import Operation, collect
from gateway.places import TYPENAME, Denied, Places, Position
from gateway.plan import Plan, make_plan, schedule
from gateway.projection import Projection

SEARCH_LEAVES = 600
"""How many leaves may be placed once more in search of a better plan: about 10 ms of CPU."""


@dataclass(frozen=True, slots=True)
class Planned:
    """An operation with its plan, ready to run."""

    operation: Operation
    roots: list[Position]
    trees: list[Tree]
    plan: Plan
    program: Program
    denied: list[Denied]
    introspection: DocumentNode | None


def plan_operation(
    moves: Moves, schema: GraphQLSchema, operation: Operation, narrowed: frozenset[str] = frozenset()
) -> Planned:
    """Plan an operation that was validated against the client's schema."""
    graph = moves.graph
    root_type = graph.supergraph.roots[operation.kind]
    places = Places(graph, schema, operation)
    search = _Search(moves, schema, operation, root_type)
    fields = collect(operation, root_type, places.applies, [operation.definition.selection_set]).fields
    order = list(fields)
    fields, own = split_introspection(fields)
    roots: list[Position] = []
    trees: list[Tree] = []
    denied: list[Denied] = []
    for part in _serial(moves, root_type, fields) if operation.kind == "mutation" else [fields]:
        found = search.best(part)
        roots.append(found.tree.root)
        trees.append(found.tree)
        denied += found.denied
    plan = make_plan(graph, operation.definition, trees)
    program = Program(plan, [Projection(schema, root, narrowed) for root in roots], order, denied)
    introspection = introspection_document(operation, own) if own else None
    return Planned(operation, roots, trees, plan, program, denied, introspection)


@dataclass(frozen=True, slots=True)
class _Found:
    """A tree, what it costs (requests, then waves), and what the caller may not see in it."""

    tree: Tree
    cost: tuple[int, int]
    denied: list[Denied]


class _Search:
    """Looks for the tree with the fewest requests, then the fewest waves, within a budget."""

    def __init__(self, moves: Moves, schema: GraphQLSchema, operation: Operation, root_type: str) -> None:
        self._moves = moves
        self._schema = schema
        self._operation = operation
        self._root_type = root_type
        self._graphs = sorted(moves.graph.supergraph.types[root_type].graphs)

    def best(self, fields: dict[str, list[FieldNode]]) -> _Found:
        """The greedy tree, then whatever gets better when one of its entries is avoided."""
        best = self._try(fields, frozenset())
        tries = SEARCH_LEAVES // (best.tree.leaves or 1)
        avoided: frozenset[Entry] = frozenset()
        tried: set[frozenset[Entry]] = set()
        is_better = best.cost[0] > 1
        while is_better and tries > 0:
            is_better = False
            for following in self._alternatives(best.tree, avoided):
                if following in tried or tries <= 0:
                    continue
                tried.add(following)
                tries -= 1
                found = self._try(fields, following)
                if found.cost < best.cost:
                    best, avoided, is_better = found, following, True
                    break
        return best

    def _alternatives(self, tree: Tree, avoided: frozenset[Entry]) -> Iterator[frozenset[Entry]]:
        """What may be avoided next: an entry of the tree, in favour of what the tree uses anyway or of anything."""
        graph = self._moves.graph
        unused = unused_roots(graph, tree)
        for entry in replaceable(graph, tree):
            yield avoided | {entry} | unused
            yield avoided | {entry}

    def _try(self, fields: dict[str, list[FieldNode]], avoided: frozenset[Entry]) -> _Found:
        places = Places(self._moves.graph, self._schema, self._operation)
        root = places.root(self._root_type, fields)
        if not any(use.child is not None or use.name != TYPENAME for use in root.places[0].uses):
            return _Found(Tree(root), (0, 0), places.denied)
        tree = choose(places, self._moves, root, self._graphs, avoided)
        return _Found(tree, schedule(tree.steps), places.denied)


def _serial(moves: Moves, root_type: str, fields: dict[str, list[FieldNode]]) -> list[dict[str, list[FieldNode]]]:
    """Mutations run one after another: only neighbours of one subgraph go together."""
    parts: list[tuple[object, dict[str, list[FieldNode]]]] = []
    for key, nodes in fields.items():
        name = nodes[0].name.value
        found = moves.graph.field(root_type, name)
        owners = frozenset(
            graph
            for graph in (found.joins if found else ())
            if (join := moves.graph.join(root_type, name, graph)) is not None and not join.external
        )
        if parts and (parts[-1][0] == owners or name == "__typename"):
            parts[-1][1][key] = nodes
        else:
            parts.append((owners, {key: nodes}))
    return [part for _, part in parts] or [{}]
