"""The short way of the hot route answers as the long one does."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from gateway.connections import connection_class
from gateway.settings import GatewaySettings
from gateway.testing.serving import served

LENGTH = (b"content-length", b"6")
ANSWERS: dict[str, list[Message]] = {
    "whole": [
        {"type": "http.response.start", "status": 200, "headers": [LENGTH]},
        {"type": "http.response.body", "body": b"answer"},
    ],
    "in pieces": [
        {"type": "http.response.start", "status": 200, "headers": [LENGTH]},
        {"type": "http.response.body", "body": b"ans", "more_body": True},
        {"type": "http.response.body", "body": b"wer"},
    ],
    "of unknown length": [
        {"type": "http.response.start", "status": 200, "headers": []},
        {"type": "http.response.body", "body": b"ans", "more_body": True},
        {"type": "http.response.body", "body": b"wer"},
    ],
}


def answering(messages: list[Message]) -> Any:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        for message in messages:
            await send(message)

    return app


@pytest.mark.parametrize("name", ANSWERS)
async def test_an_answer(name: str) -> None:
    async with (
        served(answering(ANSWERS[name]), connection_class(GatewaySettings())) as address,
        httpx.AsyncClient(trust_env=False, verify=False) as http,
    ):
        for _ in range(3):
            answer = await http.post(f"{address}/graphql", content=b"x" * 100_000)
            assert (answer.status_code, answer.text) == (200, "answer")


async def test_no_header_can_hold_a_line_break() -> None:
    start = {"type": "http.response.start", "status": 200, "headers": [LENGTH, (b"x", b"1\r\nset-cookie: y")]}
    app = answering([start, {"type": "http.response.body", "body": b"answer"}])
    async with (
        served(app, connection_class(GatewaySettings())) as address,
        httpx.AsyncClient(trust_env=False, verify=False) as http,
    ):
        with pytest.raises(httpx.RemoteProtocolError):
            await http.post(f"{address}/graphql")


async def test_a_connection_that_is_idle_is_closed_and_one_that_is_not_is_kept() -> None:
    connections = type("Soon", (connection_class(GatewaySettings()),), {})
    async with served(answering(ANSWERS["whole"]), connections) as address:
        host, port = address.removeprefix("http://").split(":")
        made: list[Any] = []
        original = connections.connection_made
        connections.connection_made = lambda self, transport: (  # type: ignore[method-assign]
            made.append(self),
            setattr(self, "timeout_keep_alive", 0.2),
            original(self, transport),
        )[2]
        reader, writer = await asyncio.open_connection(host, int(port))
        began = asyncio.get_running_loop().time()
        request = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n"
        answered = 0
        while asyncio.get_running_loop().time() < began + 0.5:
            writer.write(request)
            assert (await reader.readuntil(b"answer")).startswith(b"HTTP/1.1 200")
            answered += 1
        assert answered > 3
        assert await reader.read() == b""
        writer.close()
