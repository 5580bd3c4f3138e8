"""A subgraph that fails too often is left alone; its errors say so, at once."""

from __future__ import annotations

import asyncio
from typing import Any

from chassis.testing import eventually
from gateway.testing.office import desks
from gateway.testing.serving import Start, a_free_port, served


async def test_it_is_left_alone_and_asked_again_when_it_is_back(start: Start) -> None:
    port = a_free_port()
    gateway = await start(
        subgraph_urls={"SUBGRAPH_DESKS_URL": f"http://127.0.0.1:{port}/graphql"},
        breaker_failures=3,
        breaker_open_seconds=0.2,
    )
    answers = [(await gateway.ask("{ free }")).json() for _ in range(4)]
    assert [answer["data"] for answer in answers] == [{"free": None}] * 4
    assert [answer["errors"][0]["extensions"].get("retryAfter") for answer in answers] == [None, None, None, 1]
    assert "failed too often" in answers[-1]["errors"][0]["message"]
    exposition = (await gateway.http.get("/metrics")).text
    assert 'subgraph_breaker_open{subgraph="desks"} 1.0' in exposition
    assert 'subgraph_requests_refused_total{subgraph="desks"}' in exposition

    async with served(desks(), port=port):

        async def is_back() -> None:
            assert (await gateway.ask("{ free }")).json() == {"data": {"free": 3}}

        await eventually(is_back)
    assert 'subgraph_breaker_open{subgraph="desks"} 0.0' in (await gateway.http.get("/metrics")).text


async def test_nobody_waits_while_it_hangs(start: Start) -> None:
    gateway = await start(breaker_failures=2, breaker_open_seconds=60, subgraph_seconds=0.05, deduplication=False)
    gateway.desks.go_on.clear()
    await asyncio.gather(gateway.ask("{ free }"), gateway.ask("{ free }"))
    asked = len(gateway.desks.asked)
    late: list[Any] = await asyncio.gather(*(gateway.ask("{ free }") for _ in range(20)))
    assert {answer.json()["errors"][0]["extensions"]["retryAfter"] for answer in late} == {60}
    assert len(gateway.desks.asked) == asked
    gateway.desks.go_on.set()


async def test_asking_for_too_much_is_not_its_failure(start: Start) -> None:
    gateway = await start(breaker_failures=1, max_subgraph_bytes=1_000)
    people = " ".join(f"a{number}: people {{ name }}" for number in range(40))
    assert (await gateway.ask(f"{{ {people} }}")).json()["errors"]
    assert "errors" not in (await gateway.ask("{ people { name } }")).json()
