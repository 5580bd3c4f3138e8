"""Subscriptions and queries as server-sent events."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from chassis.database import Database

from .conftest import Served, open_book, token


@asynccontextmanager
async def events(served: Served, query: str, **headers: str) -> AsyncIterator[AsyncIterator[tuple[str, Any]]]:
    """The events of one request, without the comments."""
    given = {"accept": "text/event-stream", "authorization": f"Bearer {token()}"} | headers

    async def read(answer: httpx.Response) -> AsyncIterator[tuple[str, Any]]:
        name = ""
        async for line in answer.aiter_lines():
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data:"):
                yield name, json.loads(line[5:]) if line[5:].strip() else None

    async with (
        httpx.AsyncClient(trust_env=False, timeout=10) as http,
        http.stream("POST", f"{served.address}/graphql", json={"query": query}, headers=given) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield read(answer)


async def test_server_sent_events_carry_a_subscription(served: Served, database: Database) -> None:
    async with events(served, 'subscription { opened(id: "b1") }') as stream:
        assert await anext(stream) == ("next", {"data": {"opened": 0}})
        async with database.transaction() as tx:
            await open_book(tx, "b1", 1)
        assert await anext(stream) == ("next", {"data": {"opened": 1}})
        served.stop()
        assert await anext(stream) == ("complete", None)


async def test_server_sent_events_carry_a_query(served: Served) -> None:
    async with events(served, "{ reader }") as stream:
        assert [event async for event in stream] == [("next", {"data": {"reader": "E0001"}}), ("complete", None)]


async def test_server_sent_events_tell_what_is_wrong_with_a_document(served: Served) -> None:
    async with events(served, "{ nothing }") as stream:
        (name, result), end = [event async for event in stream]
        assert name == "next"
        assert "nothing" in result["errors"][0]["message"]
        assert end == ("complete", None)


async def test_server_sent_events_are_not_sent_to_a_bad_token(served: Served) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        headers = {"accept": "text/event-stream", "authorization": "Bearer nonsense"}
        answer = await http.post(f"{served.address}/graphql", json={"query": "{ hello }"}, headers=headers)
    assert answer.status_code == 401
