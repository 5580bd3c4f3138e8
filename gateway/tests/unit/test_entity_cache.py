"""The entity cache by itself: its fences, its bounds, and what may be cached at all."""

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from chassis.events import Envelope
from gateway.engine import Engine
from gateway.entity_cache import EntityCache
from gateway.entity_cache_rules import Rules
from gateway.testing.federation import Federation

SHOP = Path(__file__).parents[1] / "corpus" / "graphs" / "shop"


def rules(engine: Engine, cached: dict[str, frozenset[str]], shared: dict[str, frozenset[str]] | None = None) -> Rules:
    return Rules(engine.supergraph, engine.access, cached, shared or {})


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def event(subject: str, data: object = None) -> Envelope:
    return Envelope(
        id="1", type="a.b.v1", source="/a", subject=subject, time=datetime.now(UTC), data=orjson.dumps(data), key="k"
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> EntityCache:
    engine = Federation.load(SHOP).engine
    made = EntityCache(rules(engine, {"users": frozenset({"User"})}), seconds=10, max_bytes=10_000, clock=clock)
    made.caught_up()
    return made


def test_an_answer_that_was_under_way_when_its_entity_changed_is_not_kept(cache: EntityCache) -> None:
    since = cache.step
    cache.received(event("u1"))
    cache.put(b"a", b"{}", graph="users", ids=("u1",), since=since)
    cache.put(b"b", b"{}", graph="users", ids=("u2",), since=since)
    assert (cache.get(b"a"), cache.get(b"b")) == (None, b"{}")
    since = cache.step
    cache.mutated("users")
    cache.put(b"c", b"{}", graph="users", ids=("u3",), since=since)
    cache.put(b"d", b"{}", graph="other", ids=("u3",), since=since)
    assert (cache.get(b"b"), cache.get(b"c"), cache.get(b"d")) == (None, None, b"{}")


def test_an_answer_from_before_a_loss_of_the_bus_is_not_kept(cache: EntityCache) -> None:
    since = cache.step
    cache.put(b"a", b"{}", graph="users", ids=("u1",), since=since)
    cache.lost()
    cache.put(b"b", b"{}", graph="users", ids=("u1",), since=cache.step)
    cache.caught_up()
    cache.put(b"c", b"{}", graph="users", ids=("u1",), since=since)
    assert [cache.get(key) for key in (b"a", b"b", b"c")] == [None, None, None]
    assert cache.bytes == 0


def test_an_event_names_entities_by_any_field(cache: EntityCache) -> None:
    for name in ("u1", "u2", "7", "u4"):
        cache.put(name.encode(), b"{}", graph="users", ids=(name,), since=cache.step)
    cache.received(event("x", {"people": [{"id": "u1"}, "u2"], "number": 7, "flag": True}))
    assert [cache.get(name.encode()) for name in ("u1", "u2", "7", "u4")] == [None, None, None, b"{}"]


def test_it_forgets_in_time_and_stays_in_its_bounds(cache: EntityCache, clock: Clock) -> None:
    cache.put(b"a", b"{}", graph="users", ids=("u1",), since=cache.step)
    clock.now = 9.9
    assert cache.get(b"a") == b"{}"
    clock.now = 10
    assert cache.get(b"a") is None
    for number in range(100):
        cache.put(b"%d" % number, b"x" * 100, graph="users", ids=(f"u{number}",), since=cache.step)
        assert cache.bytes <= 10_000
    assert cache.get(b"0") is None
    assert cache.get(b"99") == b"x" * 100


@pytest.mark.parametrize(
    ("query", "cached", "is_cached"),
    [
        ("{ topReviews { author { email } } }", {"users": {"User"}}, True),
        ("{ topReviews { author { email } } }", {"users": {"Other"}}, False),
        ("{ topReviews { author { email } } }", {"reviews": {"User"}}, False),
        ("{ users { reviews { id } } }", {"reviews": {"User"}}, False),
        ("{ products { size { height } } }", {"inventory": {"Product"}}, True),
        ("{ products { shipping } }", {"inventory": {"Product"}}, True),
    ],
)
def test_only_what_the_entity_itself_has_is_cached(query: str, cached: dict[str, set[str]], is_cached: bool) -> None:
    federation = Federation.load(SHOP)
    made = rules(federation.engine, {graph: frozenset(names) for graph, names in cached.items()})
    program = federation.plan(query).program
    found = [
        made.rule(request.graph, fetch)
        for request in program.requests
        for fetch in request.fetches
        if fetch.fetch.is_entity
    ]
    assert found
    assert [rule is not None for rule in found] == [is_cached]


def test_what_is_no_entity_there_is_told() -> None:
    engine = Federation.load(SHOP).engine
    made = rules(engine, {"users": frozenset({"User", "Nobody"}), "products": frozenset({"Size", "Brand"})})
    assert made.unknown() == ["products.Size", "users.Nobody"]
