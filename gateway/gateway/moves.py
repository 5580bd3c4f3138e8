"""The cheapest way from where the plan already stands to a field."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.field_set import FieldSet
from gateway.graph import ROOT, Entry, Graph, State
from gateway.supergraph import named

FIELD_COST = 1
ENTRY_COST = 1_000
# An entity waits for another fetch, a root field for none: it may stand a few fields higher for the same price.
WAIT_COST = 5

Hop = tuple[str, str]
"""An object type and the field to take from it; a way is asked for along a chain of hops."""


@dataclass(frozen=True, slots=True)
class Move:
    """One step of a way: through an entry when there is one, then along the hop's field unless it stays."""

    entry: Entry | None
    takes_field: bool
    target: State | None


Steps = tuple[tuple[Move, int], ...]
"""The moves from a state along a hop, each with its price."""

_REMEMBERED = 20_000
_FAR = 1 << 60


@dataclass(frozen=True, slots=True)
class Way:
    """From a source (its number and the hop it stands at) to the end of the chain."""

    source: int
    moves: tuple[Move, ...]
    cost: int


class Moves:
    """Finds ways; what a requirement costs at a state does not depend on the query, so it is remembered."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._costs: dict[tuple[str, State, FieldSet, frozenset[Entry]], int | None] = {}
        self._steps: dict[tuple[Hop, str | None, frozenset[Entry]], dict[State, Steps]] = {}
        self._chains: dict[tuple[str, FieldSet], list[tuple[tuple[Hop, ...], bool]]] = {}

    def search(
        self,
        hops: Sequence[Hop],
        sources: Iterable[tuple[int, State, int]],
        banned: frozenset[Entry] = frozenset(),
        last_in: str | None = None,
    ) -> Way | None:
        """The cheapest way along the hops from any of the sources, given as (hop number, state, cost so far).

        `last_in` names the subgraph in which the last field has to be taken.
        """
        last = len(hops)
        known = [self._known(hops, index, banned) for index in range(last)]
        # An A* search: every hop that is left costs at least a field.
        queue: list[tuple[int, int, int, State | None]] = []
        came: list[tuple[int, Move | None]] = []
        least: dict[tuple[int, State | None], int] = {}
        for source, (start, first, paid) in enumerate(sources):
            came.append((-source - 1, None))
            queue.append((paid + (last - start) * FIELD_COST, source, start, first))
        heapq.heapify(queue)
        done: set[tuple[int, State | None]] = set()
        bound = _FAR
        while queue:
            cost, number, index, state = heapq.heappop(queue)
            if index == last:
                return self._way(came, number, cost)
            if state is None or (index, state) in done:
                continue
            done.add((index, state))
            for move, price in known[index].get(state) or self._steps_from(hops, index, state, banned, known[index]):
                following, total = index, cost + price
                if total > bound + FIELD_COST:
                    break
                if move.takes_field:
                    following, total = index + 1, total - FIELD_COST
                    if following == last and last_in and (move.entry or state).graph != last_in:
                        continue
                elif index + 1 == last and move.target is not None and (not last_in or move.target.graph == last_in):
                    # An entry that is followed by the last field: nothing dearer has to be looked at.
                    beyond = known[index].get(move.target) or self._steps_from(
                        hops, index, move.target, banned, known[index]
                    )
                    if beyond and beyond[0][0].entry is None:
                        bound = min(bound, total)
                reached = (following, move.target)
                if total < least.get(reached, _FAR):
                    least[reached] = total
                    came.append((number, move))
                    heapq.heappush(queue, (total, len(came) - 1, following, move.target))
        return None

    def _steps_from(
        self, hops: Sequence[Hop], index: int, state: State, banned: frozenset[Entry], known: dict[State, Steps]
    ) -> Steps:
        """The moves from a state, the cheapest first."""
        found = tuple(sorted(self._moves(hops, index, state, banned), key=lambda step: step[1]))
        known[state] = found
        return found

    def _known(self, hops: Sequence[Hop], index: int, banned: frozenset[Entry]) -> dict[State, Steps]:
        """What was found out already about moving along a hop; forgotten at times, for queries can be without end."""
        following = hops[index + 1][0] if index + 1 < len(hops) else None
        asked = (hops[index], following, banned)
        found = self._steps.get(asked)
        if found is None:
            if len(self._steps) >= _REMEMBERED:
                self._steps.clear()
                self._costs.clear()
            found = self._steps[asked] = {}
        return found

    def _way(self, came: list[tuple[int, Move | None]], number: int, cost: int) -> Way:
        moves: list[Move] = []
        while True:
            before, move = came[number]
            if move is None:
                return Way(-before - 1, tuple(reversed(moves)), cost)
            moves.append(move)
            number = before

    def _moves(
        self, hops: Sequence[Hop], index: int, state: State, banned: frozenset[Entry]
    ) -> Iterable[tuple[Move, int]]:
        graph = self.graph
        type_name, name = hops[index]
        taken = self._take(hops, index, state)
        if taken is not None:
            yield Move(None, True, taken[0]), FIELD_COST
        for entry in graph.entries(type_name, state.as_type):
            if entry in banned or (entry.graph == state.graph and entry.as_type == state.as_type):
                continue
            price = self._entry_cost(type_name, state, entry, banned)
            if price is not None:
                yield Move(entry, False, State(entry.graph, entry.as_type, ())), price
        for entry in graph.field_entries(type_name, state.as_type, name):
            if entry in banned:
                continue
            landed = self._take(hops, index, State(entry.graph, entry.as_type, ()), required=True)
            price = self._entry_cost(type_name, state, entry, banned) if landed else None
            if landed is not None and price is not None:
                yield Move(entry, True, landed[0]), price + FIELD_COST

    def _take(
        self, hops: Sequence[Hop], index: int, state: State, required: bool = False
    ) -> tuple[State | None] | None:
        """The state behind a hop's field (None behind a leaf), or nothing when the field is not there."""
        type_name, name = hops[index]
        if name == "__typename":
            return (None,) if state.as_type == type_name else None
        if required:
            join = self.graph.join(state.as_type, name, state.graph)
            found = (join, join.provides) if join else None
        else:
            found = self.graph.local(type_name, state, name)
        if found is None:
            return None
        if index + 1 == len(hops):
            return (None,)
        if not self.graph.is_composite(named(found[0].type)):
            return None
        below = self.graph.child_state(state, found[0], found[1], hops[index + 1][0])
        return (below,) if below else None

    def _entry_cost(self, type_name: str, state: State, entry: Entry, banned: frozenset[Entry]) -> int | None:
        if entry.kind == ROOT:
            return ENTRY_COST
        needed = self.requirement_cost(type_name, state, entry.inputs, banned | {entry})
        return None if needed is None else ENTRY_COST + WAIT_COST + needed

    def requirement_cost(self, type_name: str, state: State, wanted: FieldSet, banned: frozenset[Entry]) -> int | None:
        """What it costs to have a field set where the state stands; None when it cannot be had."""
        if all(not selected.children and self.graph.local(type_name, state, selected.name) for selected in wanted):
            return 0
        asked = (type_name, state, wanted, banned)
        if asked not in self._costs:
            self._costs[asked] = self._find_cost(type_name, state, wanted, banned)
        return self._costs[asked]

    def _find_cost(self, type_name: str, state: State, wanted: FieldSet, banned: frozenset[Entry]) -> int | None:
        total = 0
        reached = not wanted
        for hops, optional in self._chains_of(type_name, wanted):
            way = self.search(hops, [(0, state, 0)], banned)
            if way is not None:
                reached = True
                total += way.cost if way.cost >= ENTRY_COST else 0
            elif not optional:
                return None
        return total if reached else None

    def _chains_of(self, type_name: str, wanted: FieldSet) -> list[tuple[tuple[Hop, ...], bool]]:
        asked = (type_name, wanted)
        if asked not in self._chains:
            self._chains[asked] = self._find_chains(type_name, wanted)
        return self._chains[asked]

    def _find_chains(self, type_name: str, wanted: FieldSet) -> list[tuple[tuple[Hop, ...], bool]]:
        found: list[tuple[tuple[Hop, ...], bool]] = []
        for selected in wanted:
            target = self.graph.field(type_name, selected.name)
            if not all(self.graph.applies(condition, type_name) for condition in selected.on) or target is None:
                continue
            hop = (type_name, selected.name)
            if not selected.children:
                found.append(((hop,), False))
                continue
            below = named(target.type)
            abstract = self.graph.is_abstract(below)
            for child in sorted(self._object_types(below)):
                children = self._find_chains(child, selected.children)
                if not children or abstract:
                    children = [*children, (((child, "__typename"),), True)]
                found.extend(((hop, *rest), optional or abstract) for rest, optional in children)
        return found

    def _object_types(self, type_name: str) -> frozenset[str]:
        members = self.graph.supergraph.types[type_name].members
        return frozenset().union(*members.values())
