"""The graphql-transport-ws protocol: operations, who may ask, and what ends a connection."""

import json
import time
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from chassis.subscriptions import websocket
from chassis.subscriptions.websocket import Bounds

from .conftest import Served, data, serving, token


class _Nobody:
    async def open(self, headers: Any, payload: Any) -> Any:
        raise AssertionError("nobody comes in")


async def test_queries_and_mutations_too(served: Served) -> None:
    async with served.socket() as client:
        await client.subscribe("q", "{ reader }")
        assert await client.next() == {"id": "q", "type": "next", "payload": {"data": {"reader": "E0001"}}}
        assert await client.next() == {"id": "q", "type": "complete"}


async def test_a_document_that_is_not_valid_is_an_error(served: Served) -> None:
    async with served.socket() as client:
        await client.subscribe("q", "subscription { nothing }")
        message = await client.next()
        assert (message["id"], message["type"]) == ("q", "error")
        assert message["payload"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_what_fails_inside_is_not_shown(served: Served) -> None:
    async with served.socket() as client:
        await client.subscribe("q", "subscription { failing }")
        assert data(await client.next()) == {"failing": 1}
        message = await client.next()
        assert "secret" not in json.dumps(message)
        assert message["payload"]["errors"][0]["extensions"]["code"] == "INTERNAL"


async def test_strangers_get_what_is_public_only(served: Served) -> None:
    async with served.socket(nothing="here") as client:
        await client.subscribe("q", "{ hello }")
        assert data(await client.next()) == {"hello": "hello"}
        await client.next()
        await client.subscribe("s", 'subscription { opened(id: "b1") }')
        message = await client.next()
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_rights_are_asked_for(served: Served) -> None:
    async with served.socket(authorization=f"Bearer {token(roles=[])}") as client:
        await client.subscribe("s", 'subscription { opened(id: "b1") }')
        message = await client.next()
        assert message["payload"]["errors"][0]["extensions"]["code"] == "NOT_ENTITLED"


async def test_the_token_of_the_handshake_will_do(served: Served) -> None:
    async with served.raw(additional_headers={"authorization": f"Bearer {token()}"}) as client:
        await client.send({"type": "connection_init"})
        await client.next()
        await client.subscribe("q", "{ reader }")
        assert data(await client.next()) == {"reader": "E0001"}


async def test_the_end_of_the_token_ends_the_operation(served: Served) -> None:
    leeway = 30
    async with served.socket(authorization=f"Bearer {token(exp=time.time() - leeway + 1)}") as client:
        await client.subscribe("s", 'subscription { opened(id: "b1") }')
        assert data(await client.next()) == {"opened": 0}
        message = await client.next()
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == "TOKEN_EXPIRED"


async def test_an_id_may_be_used_again_when_its_operation_is_over(served: Served) -> None:
    async with served.socket() as client:
        for _ in range(3):
            await client.subscribe("q", "{ hello }")
            assert [(await client.next())["type"], (await client.next())["type"]] == ["next", "complete"]


async def test_too_many_operations_are_refused(served: Served) -> None:
    most = Bounds().operations
    async with served.socket() as client:
        for number in range(most + 1):
            await client.subscribe(str(number), f'subscription {{ opened(id: "b{number}") }}')
        messages = [await client.next() for _ in range(most + 1)]
        (error,) = [message for message in messages if message["type"] == "error"]
        assert error["id"] == str(most)
        assert error["payload"][0]["extensions"]["code"] == "TOO_MANY_OPERATIONS"


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }"}}], 4401),
        ([{"type": "connection_init", "payload": {"authorization": "Bearer nonsense"}}], 4403),
        ([{"type": "connection_init"}, {"type": "connection_init"}], 4429),
        (
            [
                {"type": "connection_init", "payload": {"authorization": "TOKEN"}},
                {"type": "subscribe", "id": "1", "payload": {"query": 'subscription { opened(id: "b") }'}},
                {"type": "subscribe", "id": "1", "payload": {"query": "{ hello }"}},
            ],
            4409,
        ),
        (["nonsense"], 4400),
        ([{"type": "nonsense"}], 4400),
        ([{"id": "1"}], 4400),
        ([{"type": "connection_init", "payload": "x"}], 4400),
        ([{"type": "connection_init"}, {"type": "subscribe", "payload": {"query": "{ hello }"}}], 4400),
        ([{"type": "connection_init"}, {"type": "subscribe", "id": "", "payload": {"query": "{ hello }"}}], 4400),
        ([{"type": "connection_init"}, {"type": "subscribe", "id": "1", "payload": {"query": 1}}], 4400),
        ([{"type": "connection_init"}, {"type": "subscribe", "id": "1", "payload": {}}], 4400),
    ],
)
async def test_what_breaks_the_protocol_closes_the_connection(served: Served, messages: list[Any], code: int) -> None:
    async with served.raw() as client:
        for message in messages:
            await client.socket.send(json.dumps(message).replace("TOKEN", f"Bearer {token()}"))
        while client.socket.close_code is None:
            try:
                await client.next()
            except ConnectionClosed:
                break
        assert client.socket.close_code == code


async def test_bytes_are_not_read(served: Served) -> None:
    async with served.raw() as client:
        await client.socket.send(b"\x00")
        assert await client.closed() == 4400


async def test_another_subprotocol_is_not_spoken(served: Served) -> None:
    async with served.raw("graphql-ws") as client:
        assert await client.closed() == 4406


async def test_who_says_nothing_is_let_go() -> None:
    endpoint = websocket.WebSocketEndpoint(_Nobody(), Bounds(init_seconds=0.05), service="reading")
    async with serving(endpoint) as address, Served(address).raw() as client:
        assert await client.closed() == 4408


async def test_one_connection_too_many_is_refused() -> None:
    endpoint = websocket.WebSocketEndpoint(_Nobody(), Bounds(connections=1), service="reading")
    async with serving(endpoint) as address:
        served = Served(address)
        async with served.raw():
            with pytest.raises(Exception, match="503"):
                async with served.raw():
                    pass


async def test_a_stop_completes_what_runs_and_closes(served: Served) -> None:
    async with served.socket() as client:
        await client.subscribe("s", 'subscription { opened(id: "b1") }')
        await client.next()
        served.stop()
        assert await client.next() == {"id": "s", "type": "complete"}
        assert await client.closed() == 1001
