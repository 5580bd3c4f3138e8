"""Which `_entities` fetches may be cached, and for whom.

A type is cached only where a setting says so, for the subgraph that publishes its changes. Of such a type only what an
event about the entity can change is cached: its own fields and values without a key below them. A fetch that leads on to
other entities is never cached, for their changes name other ids.

What is kept is kept for its caller, unless the type is declared shared; and never shared is a field that the supergraph
guards (`@authenticated`, `@requiresScopes`, `@policy`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateway.authorization import Access
from gateway.choose import Holder
from gateway.compile import CompiledFetch
from gateway.supergraph import Supergraph


@dataclass(frozen=True, slots=True)
class Rule:
    """How a fetch is cached: what is asked, the client's variables in it, the types, and whether all may share it."""

    text: bytes
    variables: tuple[str, ...]
    types: frozenset[str]
    is_shared: bool


class Rules:
    """The rules of one supergraph; a fetch is looked at once."""

    def __init__(
        self,
        supergraph: Supergraph,
        access: Access,
        cached: Mapping[str, frozenset[str]],
        shared: Mapping[str, frozenset[str]],
    ) -> None:
        self._supergraph = supergraph
        self._access = access
        self._cached = cached
        self._shared = shared
        self.graphs = frozenset(cached)

    def unknown(self) -> list[str]:
        """What is to be cached, but is no entity of that subgraph."""
        return sorted(
            f"{graph}.{name}"
            for graph, names in self._cached.items()
            for name in names
            if name not in self._supergraph.types
            or not any(key.graph == graph and key.resolvable for key in self._supergraph.types[name].keys)
        )

    def rule(self, graph: str, compiled: CompiledFetch) -> Rule | None:
        """The rule for a fetch, or None when it is not cached."""
        if graph not in self._cached:
            return None
        if not compiled.is_looked_at:
            compiled.rule, compiled.is_looked_at = self._rule(graph, compiled), True
        return compiled.rule

    def _rule(self, graph: str, compiled: CompiledFetch) -> Rule | None:
        fetch = compiled.fetch
        types = {
            name
            for part in fetch.parts
            for name in ([part.rep_type] if part.rep_type is not None else part.place.types)
        }
        holders = [step.holder for step in fetch.steps]
        if not types or not types <= self._cached[graph] or self._leads_on(holders, is_entity=True):
            return None
        is_shared = types <= self._shared.get(graph, frozenset()) and not self._is_guarded(holders)
        text = f"{graph}\0{fetch.text}".encode()
        return Rule(text, tuple(sorted(fetch.text.variables)), frozenset(types), is_shared)

    def _leads_on(self, holders: Iterable[Holder], *, is_entity: bool) -> bool:
        for holder in holders:
            for place, node in holder.nodes.items():
                if not is_entity and any(self._supergraph.types[name].keys for name in place.types):
                    return True
                if self._leads_on([below for below in node.uses.values() if below], is_entity=False):
                    return True
        return False

    def _is_guarded(self, holders: Iterable[Holder]) -> bool:
        return any(
            any(self._access.need((name, use.name)) for name in place.types)
            or (below is not None and self._is_guarded([below]))
            for holder in holders
            for place, node in holder.nodes.items()
            for use, below in node.uses.items()
        )
