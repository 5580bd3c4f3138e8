"""All planner stages in their order, for one operation."""

from __future__ import annotations

from dataclasses import dataclass

from graphql import DocumentNode, FieldNode, GraphQLSchema

from gateway.choose import Tree, choose
from gateway.execute import Program
from gateway.introspection import introspection_document, split_introspection
from gateway.moves import Moves
from gateway.operation import Operation, collect
from gateway.places import Denied, Places, Position
from gateway.plan import Plan, make_plan
from gateway.projection import Projection


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
    fields = collect(operation, root_type, places.applies, [operation.definition.selection_set]).fields
    order = list(fields)
    fields, own = split_introspection(fields)
    graphs = sorted(graph.supergraph.types[root_type].graphs)
    roots: list[Position] = []
    trees: list[Tree] = []
    for part in _serial(moves, root_type, fields) if operation.kind == "mutation" else [fields]:
        root = places.root(root_type, part)
        roots.append(root)
        asks = any(use.child is not None or use.name != "__typename" for use in root.places[0].uses)
        trees.append(choose(places, moves, root, graphs) if asks else Tree(root))
    plan = make_plan(graph, operation.definition, trees)
    program = Program(plan, [Projection(schema, root, narrowed) for root in roots], order, places.denied)
    introspection = introspection_document(operation, own) if own else None
    return Planned(operation, roots, trees, plan, program, places.denied, introspection)


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
