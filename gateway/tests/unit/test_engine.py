"""What the engine remembers, and what it does at once."""

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.engine import Engine
from gateway.operation import Operation
from gateway.planner import Planned

SHOP = (Path(__file__).parents[1] / "corpus" / "graphs" / "shop" / "supergraph.graphql").read_text()


async def users(_subgraph: str, _body: bytes, _kind: str) -> bytes:
    return b'{"data":{"users":[{"id":"u1"}]}}'


@pytest.fixture
def engine() -> Engine:
    return Engine.from_sdl(SHOP, cache_size=3)


@pytest.fixture
def planned(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[Operation]:
    seen: list[Operation] = []
    plan = engine.plan

    def counted(operation: Operation, labels: frozenset[str]) -> Planned:
        seen.append(operation)
        return plan(operation, labels)

    monkeypatch.setattr(engine, "plan", counted)
    return seen


async def test_a_document_is_planned_once(engine: Engine, planned: list[Operation]) -> None:
    for _ in range(3):
        answer = await engine.execute("{ users { id } }", None, None, users)
        assert orjson.loads(answer.body) == {"data": {"users": [{"id": "u1"}]}}
    assert len(planned) == 1


async def test_equal_requests_at_once_are_planned_once(engine: Engine, planned: list[Operation]) -> None:
    query = "{ users { id } " + "".join(f"a{number}: users {{ id }} " for number in range(200)) + "}"
    await asyncio.gather(*(engine.execute(query, None, None, users) for _ in range(5)))
    assert len(planned) == 1


async def test_a_plan_is_made_for_each_set_of_conditions(engine: Engine, planned: list[Operation]) -> None:
    query = (
        "query Q($a: Boolean!, $n: Int) { users @include(if: $a) { id } topReviews(first: $n) @skip(if: $a) { id } }"
    )
    for number, value in enumerate([True, False, True, False]):
        await engine.execute(query, {"a": value, "n": number}, None, users)
    assert len(planned) == 2


async def test_only_so_much_is_remembered(engine: Engine, planned: list[Operation]) -> None:
    for number in range(5):
        await engine.execute(f"{{ a{number}: users {{ id }} }}", None, None, users)
    await engine.execute("{ a0: users { id } }", None, None, users)
    assert len(planned) == 6


async def test_an_invalid_document_is_refused_again_without_reading_it(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await engine.execute("{ nothing }", None, None, users)
    monkeypatch.setattr("gateway.engine.parsed", None)
    assert await engine.execute("{ nothing }", None, None, users) == first


@pytest.mark.parametrize("raw", [b"<html>", b"[]", b"{}", b'"text"'])
async def test_an_answer_that_is_not_graphql_counts_as_no_answer(engine: Engine, raw: bytes) -> None:
    async def fetch(_subgraph: str, _body: bytes, _kind: str) -> bytes:
        return raw

    answer = await engine.execute("{ topReviews { id } }", None, None, fetch)
    found: dict[str, Any] = orjson.loads(answer.body)
    assert found["data"] == {"topReviews": None}
    assert [error["path"] for error in found["errors"]] == [["topReviews"]]


async def test_subgraph_errors_can_be_rewritten(engine: Engine) -> None:
    async def fetch(_subgraph: str, _body: bytes, _kind: str) -> bytes:
        return b'{"data":{"topReviews":null},"errors":[{"message":"secret","path":["topReviews"]}]}'

    def masked(subgraph: str, error: dict[str, Any]) -> dict[str, Any]:
        return {**error, "message": f"{subgraph} failed"}

    answer = await engine.execute("{ topReviews { id } }", None, None, fetch, present=masked)
    assert orjson.loads(answer.body)["errors"] == [{"message": "reviews failed", "path": ["topReviews"]}]


async def test_variables_reach_the_subgraphs_that_use_them(engine: Engine) -> None:
    bodies: list[dict[str, Any]] = []

    async def fetch(_subgraph: str, body: bytes, _kind: str) -> bytes:
        bodies.append(orjson.loads(body))
        return b'{"data":{"topReviews":[]}}'

    query = "query Q($n: Int = 5) { topReviews(first: $n) { id } }"
    await engine.execute(query, {"other": "x"}, None, fetch)
    await engine.execute(query, {"n": 3}, None, fetch)
    assert [body.get("variables") for body in bodies] == [None, {"n": 3}]
    assert bodies[0]["query"] == "query($n: Int = 5) { topReviews(first: $n) { id } }"
