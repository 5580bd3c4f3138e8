"""Answers of `_entities`, kept until an event names the entity. The rules are in `entity_cache_rules.py`.

Three fences keep an answer from before a change out of the cache:

- A change is told after it is committed. An answer that was asked for before the event came, and arrives after it, may
  be from before the change, so it is not kept (`_Fence`).
- After a mutation through this gateway nothing that was read from its subgraph before is used.
- While the bus is not read, nothing is kept and nothing is used; when it is read again, the cache begins anew.

Whoever may be told what another was told is decided by the rules: an answer is kept for its caller alone otherwise.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import orjson

from chassis.events import Envelope
from gateway import telemetry
from gateway.compile import CompiledFetch
from gateway.entity_cache_rules import Rule, Rules

_OVERHEAD_BYTES = 600
"""About what the containers of one kept answer take."""
_FENCED_IDS = 100_000


@dataclass(slots=True)
class _Kept:
    value: bytes
    expires: float
    graph: str
    ids: tuple[str, ...]


class _Fence:
    """What changed when, in steps of a counter: of ids, of subgraphs, of everything."""

    def __init__(self) -> None:
        self.now = 0
        self._ids: OrderedDict[str, int] = OrderedDict()
        self._graphs: dict[str, int] = {}
        self._all = 0

    def id_changed(self, named: str) -> None:
        self.now += 1
        self._ids[named] = self.now
        self._ids.move_to_end(named)
        if len(self._ids) > _FENCED_IDS:
            self._all = max(self._all, self._ids.popitem(last=False)[1])

    def graph_changed(self, graph: str) -> None:
        self.now += 1
        self._graphs[graph] = self.now

    def all_changed(self) -> None:
        self.now += 1
        self._all = self.now

    def stands(self, since: int, graph: str, ids: tuple[str, ...]) -> bool:
        """Whether nothing of this changed since a step."""
        return (
            self._all <= since
            and self._graphs.get(graph, 0) <= since
            and all(self._ids.get(named, 0) <= since for named in ids)
        )


class EntityCache:
    """Bounded in bytes and in time; a listener of the bus. Nothing is kept before the bus is read."""

    def __init__(
        self, rules: Rules, *, seconds: float, max_bytes: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.rules = rules
        self.topics = frozenset(f"{graph}.events" for graph in rules.graphs)
        self.is_live = False
        self.bytes = 0
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._clock = clock
        self._fence = _Fence()
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._by_id: dict[str, set[bytes]] = {}
        telemetry.entity_cache_bytes.set_function(lambda: self.bytes)

    def of(self, authorization: bytes) -> CallerEntities:
        """The cache as one caller sees it."""
        return CallerEntities(self, blake2b(authorization, digest_size=16).digest() if authorization else b"")

    def use(self, rules: Rules) -> bool:
        """Begin anew by the rules of another supergraph; whether its subgraphs' events are heard of."""
        if not {f"{graph}.events" for graph in rules.graphs} <= self.topics:
            return False
        self._forget_all()
        self.rules = rules
        return True

    # the bus

    def received(self, envelope: Envelope) -> None:
        """Forget every entity that the event names, by whatever field."""
        try:
            data = orjson.loads(envelope.data) if envelope.data else None
        except orjson.JSONDecodeError:
            self._forget_all()
            return
        for named in {envelope.subject, envelope.key, *scalars(data)}:
            self._fence.id_changed(named)
            for key in self._by_id.get(named, frozenset()).copy():
                telemetry.entity_cache_invalidations_total.labels(self._drop(key).graph).inc()

    def caught_up(self) -> None:
        """Begin anew."""
        self._forget_all()
        self.is_live = True

    def lost(self) -> None:
        """Keep nothing and use nothing."""
        self.is_live = False
        self._forget_all()

    def mutated(self, graph: str) -> None:
        """A mutation was sent to the subgraph: what was read there may be old."""
        self._fence.graph_changed(graph)
        for key in [key for key, kept in self._kept.items() if kept.graph == graph]:
            self._drop(key)

    # entries

    @property
    def step(self) -> int:
        """What an answer that is asked for now is measured by."""
        return self._fence.now

    def get(self, key: bytes) -> bytes | None:
        """A kept answer that has not expired."""
        kept = self._kept.get(key)
        if kept is None or not self.is_live:
            return None
        if kept.expires <= self._clock():
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return kept.value

    def put(self, key: bytes, value: bytes, *, graph: str, ids: tuple[str, ...], since: int) -> None:
        """Keep an answer that was asked for at a step, unless something of it changed since."""
        if not self.is_live or not self._fence.stands(since, graph, ids) or not ids:
            return
        if key in self._kept:
            self._drop(key)
        self._kept[key] = _Kept(value, self._clock() + self._seconds, graph, ids)
        self.bytes += len(value) + _OVERHEAD_BYTES
        for named in ids:
            self._by_id.setdefault(named, set()).add(key)
        while self.bytes > self._max_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: bytes) -> _Kept:
        kept = self._kept.pop(key)
        self.bytes -= len(kept.value) + _OVERHEAD_BYTES
        for named in kept.ids:
            keys = self._by_id[named]
            keys.discard(key)
            if not keys:
                del self._by_id[named]
        return kept

    def _forget_all(self) -> None:
        self._fence.all_changed()
        self._kept.clear()
        self._by_id.clear()
        self.bytes = 0


@dataclass(slots=True)
class CallerEntities:
    """The cache as one caller sees it."""

    _cache: EntityCache
    _caller: bytes

    def recall(
        self, graph: str, fetch: CompiledFetch, variables: Mapping[str, Any], wanted: list[bytes]
    ) -> Recall | None:
        """What is known of the wanted representations; None when this fetch is not cached."""
        if not self._cache.is_live:
            return None
        rule = self._cache.rules.rule(graph, fetch)
        if rule is None:
            return None
        given = orjson.dumps([variables.get(name) for name in rule.variables])
        scope = b"\0".join((b"" if rule.is_shared else self._caller, rule.text, given))
        prefix = blake2b(scope, digest_size=32)
        keys = []
        for representation in wanted:
            key = prefix.copy()
            key.update(representation)
            keys.append(key.digest())
        found = [self._cache.get(key) for key in keys]
        hits = len(found) - found.count(None)
        telemetry.entity_cache_hits_total.labels(graph).inc(hits)
        telemetry.entity_cache_misses_total.labels(graph).inc(len(found) - hits)
        return Recall(self._cache, rule, graph, wanted, keys, found, self._cache.step)


@dataclass(slots=True)
class Recall:
    """One lookup: `found` has for each representation the entity's JSON, or None where it has to be asked for."""

    _cache: EntityCache
    _rule: Rule
    _graph: str
    _wanted: list[bytes]
    _keys: list[bytes]
    found: list[bytes | None]
    _since: int

    def learn(self, entities: Sequence[Any]) -> None:
        """Keep the entities that were asked for, in their order; only from an answer without errors."""
        missing = (number for number, known in enumerate(self.found) if known is None)
        for number, entity in zip(missing, entities, strict=False):
            if entity.__class__ is dict:
                ids = tuple(set(scalars(orjson.loads(self._wanted[number]))) - self._rule.types)
                self._cache.put(self._keys[number], orjson.dumps(entity), graph=self._graph, ids=ids, since=self._since)


def scalars(value: Any) -> Iterator[str]:
    """Every text and number in JSON, as text."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, int) and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, dict):
        for each in value.values():
            yield from scalars(each)
    elif isinstance(value, list):
        for each in value:
            yield from scalars(each)
