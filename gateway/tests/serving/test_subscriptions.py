"""Subscriptions that are forwarded to subgraphs, completed by others, and what ends them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from chassis.testing import eventually
from gateway.testing.clients import event_stream, socket
from gateway.testing.office import watched_supergraph
from gateway.testing.serving import Running, Start

RENAMED = 'subscription { renamed(id: "1") { name desk } }'


@pytest.fixture
def watched(start: Start, tmp_path: Path) -> Start:
    """Start a gateway over the office with its subscriptions."""
    path = tmp_path / "watched.graphql"
    path.write_text(watched_supergraph())

    async def begin(**settings: Any) -> Running:
        return await start(supergraph=path, **settings)

    return begin


async def rename(gateway: Running, name: str, headers: dict[str, str] | None = None) -> None:
    answer = await gateway.ask(f'mutation {{ rename(id: "1", name: "{name}") {{ id }} }}', headers)
    assert "errors" not in answer.json(), answer.text


async def nobody_watches(gateway: Running) -> None:
    async def gone() -> None:
        assert not gateway.people.watching

    await eventually(gone)


@pytest.mark.parametrize("how", ["ws", "sse"])
class TestForwarding:
    async def test_each_payload_is_completed_by_the_other_subgraphs(self, watched: Start, how: str) -> None:
        gateway = await watched(subgraph_subscriptions={"SUBGRAPH_PEOPLE_SUBSCRIPTIONS": how})
        async with socket(gateway, {}) as client:
            await client.subscribe("a", RENAMED)
            assert await client.data() == {"renamed": {"name": "Ada", "desk": "D1"}}
            await rename(gateway, "Eve")
            assert await client.data() == {"renamed": {"name": "Eve", "desk": "D1"}}
            await client.send({"id": "a", "type": "complete"})
            await nobody_watches(gateway)

    async def test_the_subgraph_ends_it_and_the_client_is_told(self, watched: Start, how: str) -> None:
        gateway = await watched(subgraph_subscriptions={"SUBGRAPH_PEOPLE_SUBSCRIPTIONS": how})
        async with event_stream(gateway, "subscription($n: Int!) { counted(to: $n) }", variables={"n": 3}) as stream:
            assert [event async for event in stream] == [
                *(("next", {"data": {"counted": number}}) for number in range(3)),
                ("complete", None),
            ]

    async def test_what_the_subgraph_refuses_is_refused_in_its_words(self, watched: Start, how: str) -> None:
        gateway = await watched(environment="production", subgraph_subscriptions={"SUBGRAPH_PEOPLE_SUBSCRIPTIONS": how})
        async with socket(gateway, {}) as client:
            await client.subscribe("a", "subscription { refused }")
            message = await client.next()
        errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
        assert (errors[0]["message"], errors[0]["extensions"]) == ("Ask your team lead.", {"code": "NOT_ENTITLED"})

    async def test_who_asks_is_told_to_the_subgraph(self, watched: Start, how: str) -> None:
        gateway = await watched(secure=True, subgraph_subscriptions={"SUBGRAPH_PEOPLE_SUBSCRIPTIONS": how})
        token = gateway.token()
        async with socket(gateway, token) as client:
            await client.subscribe("a", RENAMED)
            await client.data()
        assert gateway.people.asked[0][0]["authorization"] == token["authorization"]
        assert gateway.desks.asked[0][0]["authorization"] == token["authorization"]

    async def test_a_subgraph_that_breaks_off_ends_it_with_an_error(self, watched: Start, how: str) -> None:
        gateway = await watched(subgraph_subscriptions={"SUBGRAPH_PEOPLE_SUBSCRIPTIONS": how})
        async with socket(gateway, {}) as client:
            await client.subscribe("a", RENAMED)
            await client.data()
            gateway.cut("people")
            message = await client.next()
            assert (message["id"], message["type"]) == ("a", "error")
            assert message["payload"][0]["extensions"]["code"] == "SUBGRAPH_UNAVAILABLE"
            assert "missed" in message["payload"][0]["message"]

    async def test_a_subgraph_that_is_down_is_an_error(self, watched: Start, how: str) -> None:
        gateway = await watched(subgraph_subscriptions={"SUBGRAPH_PEOPLE_SUBSCRIPTIONS": how})
        gateway.cut("people")
        async with socket(gateway, {}) as client:
            await client.subscribe("a", RENAMED)
            message = await client.next()
            assert message["payload"][0]["extensions"]["code"] == "SUBGRAPH_UNAVAILABLE"


class TestOverWebSocket:
    async def test_a_subgraph_that_is_down_takes_only_its_fields_of_a_payload_along(self, watched: Start) -> None:
        gateway = await watched()
        gateway.cut("desks")
        async with socket(gateway, {}) as client:
            await client.subscribe("a", RENAMED)
            message = await client.next()
        assert message["payload"]["data"] == {"renamed": {"name": "Ada", "desk": None}}
        assert message["payload"]["errors"][0]["path"] == ["renamed", "desk"]

    async def test_queries_and_mutations_too(self, watched: Start) -> None:
        gateway = await watched()
        async with socket(gateway, {}) as client:
            await client.subscribe("m", 'mutation { rename(id: "1", name: "Eve") { name desk } }')
            assert await client.data() == {"rename": {"name": "Eve", "desk": "D1"}}
            assert await client.next() == {"id": "m", "type": "complete"}
            await client.subscribe("q", "query A { free } query B { people { desk } }", operationName="B")
            assert await client.data() == {"people": [{"desk": "D1"}, {"desk": "D2"}]}

    async def test_several_at_once(self, watched: Start) -> None:
        gateway = await watched()
        async with socket(gateway, {}) as client:
            for id in ("1", "2"):
                await client.subscribe(id, f'subscription {{ renamed(id: "{id}") {{ name }} }}')
            messages = {(message := await client.next())["id"]: message["payload"]["data"] for _ in range(2)}
            assert messages == {"1": {"renamed": {"name": "Ada"}}, "2": {"renamed": {"name": "Ben"}}}
        await nobody_watches(gateway)

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("subscription { nothing }", None),
            ('subscription { renamed(id: "1") { id } counted(to: 1) }', None),
            ("subscription {" + " a: counted(to: 1)" * 60 + "}", "TOO_MANY_ROOT_FIELDS"),
            ("subscription { __typename }", None),
        ],
    )
    async def test_what_is_not_valid_or_too_much_is_refused(self, watched: Start, query: str, code: str | None) -> None:
        gateway = await watched()
        async with socket(gateway, {}) as client:
            await client.subscribe("a", query)
            message = await client.next()
            assert message["type"] == "error"
            assert message["payload"][0].get("extensions", {}).get("code") == code
        assert not [asked for _, asked in gateway.people.asked if "query" in asked]

    async def test_introspection_is_for_development(self, watched: Start) -> None:
        gateway = await watched(environment="production")
        async with socket(gateway, {}) as client:
            await client.subscribe("a", "{ __schema { queryType { name } } }")
            assert "introspection" in (await client.next())["payload"][0]["message"].lower()

    async def test_a_token_is_needed_in_production_where_an_issuer_is_trusted(self, watched: Start) -> None:
        gateway = await watched(secure=True)
        async with socket(gateway, {}) as client:
            await client.subscribe("a", RENAMED)
            message = await client.next()
            assert message["payload"][0]["extensions"]["code"] == "UNAUTHENTICATED"
            await client.subscribe("b", "{ __schema { subscriptionType { name } } }")
            assert await client.data() == {"__schema": {"subscriptionType": {"name": "Subscription"}}}

    async def test_a_bad_token_closes_the_connection(self, watched: Start) -> None:
        gateway = await watched(secure=True)
        async with socket(gateway) as client:
            await client.send({"type": "connection_init", "payload": {"Authorization": "Bearer nonsense"}})
            code, reason = await client.closed()
            assert code == 4403
            assert reason.startswith("INVALID_TOKEN")

    async def test_the_end_of_the_token_ends_the_operation(self, watched: Start) -> None:
        gateway = await watched(secure=True)
        leeway = timedelta(seconds=30)
        async with socket(gateway, gateway.token(ttl=timedelta(seconds=2) - leeway)) as client:
            await client.subscribe("a", RENAMED)
            await client.data()
            message = await client.next()
            assert message["payload"][0]["extensions"]["code"] == "TOKEN_EXPIRED"
        await nobody_watches(gateway)

    async def test_a_page_of_another_origin_may_not_open_one(self, watched: Start) -> None:
        gateway = await watched(cors_origins="https://app.example")
        with pytest.raises(InvalidStatus):
            async with socket(gateway, origin="https://evil.example"):
                pass
        async with socket(gateway, {}, origin="https://app.example"):
            pass
        async with socket(gateway, {}, origin=str(gateway.http.base_url).rstrip("/")):
            pass

    async def test_there_is_none_elsewhere(self, watched: Start) -> None:
        gateway = await watched()
        gateway.http.base_url = f"{gateway.http.base_url}/elsewhere"
        with pytest.raises(InvalidStatus):
            async with socket(gateway):
                pass

    async def test_settings_bound_connections_operations_and_patience(self, watched: Start) -> None:
        gateway = await watched(max_websockets=1, max_operations_per_websocket=1)
        async with socket(gateway, {}) as client:
            with pytest.raises(InvalidStatus, match="503"):
                async with socket(gateway):
                    pass
            for id in ("a", "b"):
                await client.subscribe(id, RENAMED)
            messages = {(message := await client.next())["id"]: message["type"] for _ in range(2)}
            assert messages == {"a": "next", "b": "error"}
        async with socket(await watched(connection_init_seconds=0.1)) as client:
            assert await client.closed() == (4408, "Connection initialisation timeout")

    async def test_a_stop_completes_and_closes(self, watched: Start) -> None:
        gateway = await watched()
        async with socket(gateway, {}) as client:
            await client.subscribe("a", RENAMED)
            await client.data()
            gateway.gateway.drain()
            assert await client.next() == {"id": "a", "type": "complete"}
            assert (await client.closed())[0] == 1001

    async def test_a_client_that_does_not_read_is_told_that_it_was_too_slow(self, watched: Start) -> None:
        gateway = await watched(max_waiting_results=5)
        gateway.desks.go_on.clear()
        async with socket(gateway, {}) as client:
            await client.subscribe("a", RENAMED)

            async def asked() -> None:
                assert gateway.desks.asked

            await eventually(asked)
            for _ in range(8):
                gateway.people.happens("1")

            async def sent() -> None:
                assert all(queue.empty() for queue in gateway.people.watching)

            await eventually(sent)
            # By the answer to this, what the subgraph sent before it has arrived.
            await gateway.ask("{ forbidden }")
            await gateway.ask("{ broken }")
            gateway.desks.go_on.set()
            messages = []
            while not messages or messages[-1]["type"] == "next":
                messages.append(await client.next())
            assert messages[-1]["payload"][0]["extensions"]["code"] == "SLOW_CLIENT"
            assert len(messages) == 1 + 5 + 1


class TestServerSentEvents:
    async def test_carry_a_subscription(self, watched: Start) -> None:
        gateway = await watched()
        async with event_stream(gateway, RENAMED) as stream:
            assert await anext(stream) == ("next", {"data": {"renamed": {"name": "Ada", "desk": "D1"}}})
            await rename(gateway, "Eve")
            assert await anext(stream) == ("next", {"data": {"renamed": {"name": "Eve", "desk": "D1"}}})
            gateway.gateway.drain()
            assert await anext(stream) == ("complete", None)
        await nobody_watches(gateway)

    async def test_carry_a_query_and_what_is_wrong_with_one(self, watched: Start) -> None:
        gateway = await watched()
        async with event_stream(gateway, "{ free }") as stream:
            assert [event async for event in stream] == [("next", {"data": {"free": 3}}), ("complete", None)]
        async with event_stream(gateway, "{ nothing }") as stream:
            assert "nothing" in (await anext(stream))[1]["errors"][0]["message"]

    async def test_the_client_leaves_and_so_does_the_subgraph(self, watched: Start) -> None:
        gateway = await watched()
        async with event_stream(gateway, RENAMED) as stream:
            await anext(stream)
        await nobody_watches(gateway)

    async def test_change_nothing_by_get_and_need_its_header(self, watched: Start) -> None:
        gateway = await watched()
        events = {"accept": "text/event-stream", "sec-fetch-site": "cross-site"}
        answer = await gateway.http.get("/graphql", params={"query": "{ free }"}, headers=events)
        assert answer.status_code == 400
        events["graphql-require-preflight"] = "1"
        answer = await gateway.http.get("/graphql", params={"query": "{ free }"}, headers=events)
        assert answer.text.endswith('event: next\ndata: {"data":{"free":3}}\n\nevent: complete\ndata:\n\n')
        params = {"query": 'mutation { rename(id: "1", name: "Eve") { name } }'}
        answer = await gateway.http.get("/graphql", params=params, headers=events)
        assert "METHOD_NOT_ALLOWED" in answer.text

    async def test_only_so_many_are_open(self, watched: Start) -> None:
        gateway = await watched(max_event_streams=1)
        async with event_stream(gateway, RENAMED) as stream:
            await anext(stream)
            answer = await gateway.http.post(
                "/graphql", json={"query": RENAMED}, headers={"accept": "text/event-stream"}
            )
            assert answer.status_code == 503

    async def test_signs_of_life_come_in_between(self, watched: Start) -> None:
        gateway = await watched(keep_alive_seconds=0.05)
        headers = {"accept": "text/event-stream"}
        async with (
            asyncio.timeout(10),
            gateway.http.stream("POST", "/graphql", json={"query": RENAMED}, headers=headers) as answer,
        ):
            comments = 0
            async for line in answer.aiter_lines():
                comments += line == ":"
                if comments > 3:
                    break


async def test_over_plain_http_the_client_is_told_how(watched: Start) -> None:
    gateway = await watched()
    error = (await gateway.ask(RENAMED)).json()["errors"][0]
    assert error["extensions"]["code"] == "SUBSCRIPTION_NEEDS_STREAM"


async def test_what_is_streamed_is_counted(watched: Start) -> None:
    gateway = await watched()
    async with event_stream(gateway, RENAMED) as stream:
        await anext(stream)
        text = (await gateway.http.get("/metrics")).text
        assert 'subscription_operations_open{service="gateway",transport="sse"} 1.0' in text
    await nobody_watches(gateway)
    text = (await gateway.http.get("/metrics")).text
    assert 'subscription_operations_open{service="gateway",transport="sse"} 0.0' in text
    assert 'subscription_operations_ended_total{reason="client",service="gateway",transport="sse"}' in text
