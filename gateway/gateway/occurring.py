"""Which object types can occur at an abstract position: those that the subgraphs it is fetched from know there."""

from __future__ import annotations

from gateway.field_set import FieldSet
from gateway.graph import State
from gateway.moves import ENTRY_COST, Moves
from gateway.places import TYPENAME, Leaf, Place, Position, Use, chain
from gateway.supergraph import named


class Unreachable(Exception):
    """No subgraph can answer a field: the supergraph does not satisfy its own schema."""


class Occurring:
    """Marks the places whose objects cannot be there.

    Two subgraphs may give an abstract field different members. A field that both share resolves to the same objects in
    both, so only members of both occur; asking the second for the others would merge unlike lists. Where one subgraph
    is nearer than the others, its members count.
    """

    def __init__(self, moves: Moves, root: Position, root_graphs: list[str]) -> None:
        self._moves = moves
        self._graph = moves.graph
        self._starts = [(0, State(graph, root.type_name, ()), ENTRY_COST) for graph in root_graphs]

    def mark(self, position: Position) -> None:
        """Mark the absent places at and below a position; raises `Unreachable` for what can never be answered."""
        if position.abstract and position.parent is not None and position.via is not None:
            self._mark(position, position.parent, position.via)
        for place in position.places:
            if not place.absent:
                for use in place.uses:
                    if use.child is not None:
                        self.mark(use.child)

    def _mark(self, position: Position, parent: Place, via: Use) -> None:
        wanted = {name for place in position.places for name in place.types}
        holders = self._holders(parent, via)
        known = {graph: wanted & self._graph.members(static, graph) for graph, (static, _) in holders.items()}
        if len(holders) > 1 and any(members != wanted for members in known.values()):
            nearest = self._nearest(parent, via, list(holders))
            present = wanted.intersection(*(known[graph] for graph in nearest)) if nearest else set()
            present = present or set().union(*(known[graph] for graph in nearest))
            for place in position.places:
                place.absent = bool(present) and present.isdisjoint(place.types)
        for name in position.common:
            if name != TYPENAME and holders and not any(self._has(name, wanted, *found) for found in holders.items()):
                raise Unreachable(f"No subgraph can answer {position.type_name}.{name} for all of its types.")

    def _holders(self, parent: Place, via: Use) -> dict[str, tuple[str, FieldSet]]:
        """The subgraphs that have the field which leads to the position: its type there, and what it provides."""
        field = self._graph.field(parent.sample, via.name)
        found: dict[str, tuple[str, FieldSet]] = {}
        for graph in field.joins if field else ():
            join = self._graph.join(parent.sample, via.name, graph)
            if join is not None and not join.external:
                found[graph] = named(join.type), join.provides
        return found

    def _nearest(self, parent: Place, via: Use, graphs: list[str]) -> list[str]:
        hops = [(place.sample, use.name) for place, use in chain(Leaf(parent, via))]
        costs: dict[str, int] = {}
        for graph in graphs:
            way = self._moves.search(hops, self._starts, last_in=graph)
            if way is not None:
                costs[graph] = way.cost
        least = min(costs.values(), default=0)
        return [graph for graph, cost in costs.items() if cost == least]

    def _has(self, name: str, wanted: set[str], graph: str, holder: tuple[str, FieldSet]) -> bool:
        """Whether every object that the subgraph gives at the position can get the field, from there on."""
        static, provides = holder
        held_as = static if self._graph.is_interface_object(static, graph) else None
        members = wanted & self._graph.members(static, graph)
        return not members or all(
            self._moves.search([(member, name)], [(0, State(graph, held_as or member, provides), 0)]) is not None
            for member in members
        )
