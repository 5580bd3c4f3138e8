"""What happens between the gateway and a subgraph: failures, retries, shared answers, masked errors."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from chassis.testing import eventually
from gateway.http_client import Answer, Pool, Reset, Unreachable
from gateway.testing.serving import Start, a_free_port

Handle = Callable[[int, int, StreamWriter], Awaitable[None]]
ANSWER = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{"data":{}}'


@asynccontextmanager
async def a_server(handle: Handle) -> AsyncIterator[int]:
    """A raw server; `handle(connection_number, request_number, writer)` answers each request."""
    connections = 0
    open_writers: list[StreamWriter] = []
    handling: list[asyncio.Task[None] | None] = []

    async def connected(reader: StreamReader, writer: StreamWriter) -> None:
        nonlocal connections
        connections += 1
        mine, requests = connections, 0
        open_writers.append(writer)
        handling.append(asyncio.current_task())
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                requests += 1
                await handle(mine, requests, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in open_writers:
            writer.close()
        await asyncio.gather(*filter(None, handling), return_exceptions=True)


def a_pool(port: int, **more: int) -> Pool:
    return Pool(
        f"http://127.0.0.1:{port}/graphql?x=1", **{"connections": 10, "connect_seconds": 1, "longest": 1_000} | more
    )


async def post(pool: Pool, idle_at_most: float = 60, within: float = 2) -> Answer:
    return await pool.post(b"x-a: 1\r\n", b"{}", idle_at_most=idle_at_most, within=within)


class TestConnections:
    async def test_are_kept(self) -> None:
        seen = []

        async def handle(connection: int, request: int, writer: StreamWriter) -> None:
            seen.append((connection, request))
            writer.write(ANSWER)

        async with a_server(handle) as port:
            pool = a_pool(port)
            for _ in range(3):
                assert (await post(pool)).body == b'{"data":{}}'
            assert seen == [(1, 1), (1, 2), (1, 3)]
            await post(pool, idle_at_most=-1)
            assert seen[-1] == (2, 1)
            pool.close()

    async def test_are_no_more_than_allowed(self) -> None:
        together = most = 0

        async def handle(connection: int, request: int, writer: StreamWriter) -> None:
            nonlocal together, most
            together += 1
            most = max(most, together)
            await asyncio.sleep(0)
            together -= 1
            writer.write(ANSWER)

        async with a_server(handle) as port:
            pool = a_pool(port, connections=3)
            answers = await asyncio.gather(*(post(pool) for _ in range(50)))
            assert {answer.status for answer in answers} == {200}
            assert most <= 3
            pool.close()

    async def test_one_that_was_reset_while_idle_says_so(self) -> None:
        async def handle(connection: int, request: int, writer: StreamWriter) -> None:
            if request == 2:
                writer.transport.abort()
            else:
                writer.write(ANSWER)

        async with a_server(handle) as port:
            pool = a_pool(port)
            await post(pool)
            with pytest.raises(Reset):
                await post(pool)
            assert (await post(pool)).status == 200
            pool.close()


class TestAnswers:
    @pytest.mark.parametrize(
        ("raw", "body"),
        [
            (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", b"abcde"),
            (b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", b"ok"),
            (b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", b""),
        ],
    )
    async def test_in_every_form_of_http(self, raw: bytes, body: bytes) -> None:
        async def handle(connection: int, request: int, writer: StreamWriter) -> None:
            for byte in raw:
                writer.write(bytes([byte]))
                await writer.drain()

        async with a_server(handle) as port:
            pool = a_pool(port)
            assert (await post(pool)).body == body
            pool.close()

    async def test_that_end_with_the_connection(self) -> None:
        async def handle(connection: int, request: int, writer: StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nall of it")
            writer.close()

        async with a_server(handle) as port:
            assert (await post(a_pool(port))).body == b"all of it"

    @pytest.mark.parametrize(
        ("raw", "why"),
        [
            (b"nonsense\r\n\r\n", "not HTTP"),
            (b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\nhalf", "closed before the answer was complete"),
            (b"HTTP/1.1 200 OK\r\ncontent-length: 2000\r\n\r\n" + b"x" * 2000, "longer than 1000 bytes"),
        ],
    )
    async def test_that_cannot_be_used(self, raw: bytes, why: str) -> None:
        async def handle(connection: int, request: int, writer: StreamWriter) -> None:
            writer.write(raw)
            await writer.drain()
            writer.close()

        async with a_server(handle) as port:
            with pytest.raises(Unreachable, match=why):
                await post(a_pool(port))

    async def test_that_do_not_come(self) -> None:
        async def handle(connection: int, request: int, writer: StreamWriter) -> None:
            pass

        async with a_server(handle) as port:
            pool = a_pool(port, connections=1)
            with pytest.raises(Unreachable, match=r"no answer within 0\.05 s"):
                await post(pool, within=0.05)
            waiting = asyncio.create_task(post(pool, within=0.2))
            await asyncio.sleep(0)
            with pytest.raises(Unreachable, match=r"no connection free within 0\.05 s"):
                await post(pool, within=0.05)
            with pytest.raises(Unreachable, match="no answer within"):
                await waiting

    async def test_from_nobody(self) -> None:
        with pytest.raises(Unreachable, match="no connection"):
            await post(a_pool(a_free_port()))


class TestRetry:
    async def test_a_query_is_sent_again_and_a_mutation_is_not(self, start: Start) -> None:
        asked: list[int] = []
        to_reset = {2, 4}

        async def handle(connection: int, request: int, writer: StreamWriter) -> None:
            asked.append(connection)
            if len(asked) in to_reset:
                writer.transport.abort()
                return
            body = b'{"data":{"people":[]}}'
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body))
            writer.write(body)

        async with a_server(handle) as port:
            gateway = await start(subgraph_urls={"SUBGRAPH_PEOPLE_URL": f"http://127.0.0.1:{port}/graphql"})
            query, mutation = "{ people { id } }", 'mutation { rename(id: "1", name: "x") { id } }'
            assert (await gateway.ask(query)).json() == {"data": {"people": []}}
            assert (await gateway.ask(query)).json() == {"data": {"people": []}}
            assert asked == [1, 1, 2]
            answer = (await gateway.ask(mutation)).json()
            assert answer["data"] == {"rename": None}
            assert answer["errors"][0]["path"] == ["rename"]
            assert len(asked) == 4


class TestShared:
    async def test_equal_queries_of_one_caller_under_way_are_one_request(self, start: Start) -> None:
        gateway = await start(secure=True)
        ada, ben = gateway.token("E0001"), gateway.token("E0002")
        gateway.people.go_on.clear()
        asking = [asyncio.create_task(gateway.ask("{ people { name } }", who)) for who in (ada, ada, ada, ben)]

        async def both_arrived() -> None:
            assert len(gateway.people.asked) == 2

        await eventually(both_arrived)
        gateway.people.go_on.set()
        answers = [(await each).json() for each in asking]
        assert answers == [{"data": {"people": [{"name": "Ada"}, {"name": "Ben"}]}}] * 4
        assert len(gateway.people.asked) == 2

    async def test_a_query_after_a_change_is_not_answered_from_before_it(self, start: Start) -> None:
        gateway = await start()
        gateway.people.go_on.clear()
        early = asyncio.create_task(gateway.ask("{ people { name } }"))

        async def arrived(count: int = 1) -> None:
            assert len(gateway.people.asked) == count

        await eventually(arrived)
        gateway.people.go_on.set()
        changed = asyncio.create_task(gateway.ask('mutation { rename(id: "1", name: "Eve") { name } }'))
        await changed
        late = await gateway.ask("{ people { name } }")
        assert late.json()["data"]["people"][0] == {"name": "Eve"}
        await early

    async def test_mutations_never_are(self, start: Start) -> None:
        gateway = await start()
        gateway.people.go_on.clear()
        mutation = 'mutation { rename(id: "1", name: "Eve") { name } }'
        asking = [asyncio.create_task(gateway.ask(mutation)) for _ in range(3)]

        async def all_arrived() -> None:
            assert len(gateway.people.asked) == 3

        await eventually(all_arrived)
        gateway.people.go_on.set()
        await asyncio.gather(*asking)

    async def test_nothing_is_when_switched_off(self, start: Start) -> None:
        gateway = await start(deduplication=False)
        gateway.people.go_on.clear()
        asking = [asyncio.create_task(gateway.ask("{ people { name } }")) for _ in range(3)]

        async def all_arrived() -> None:
            assert len(gateway.people.asked) == 3

        await eventually(all_arrived)
        gateway.people.go_on.set()
        await asyncio.gather(*asking)


class TestErrors:
    async def test_a_subgraph_that_is_down_takes_only_its_own_fields_along(self, start: Start) -> None:
        gateway = await start(subgraph_urls={"SUBGRAPH_DESKS_URL": f"http://127.0.0.1:{a_free_port()}/graphql"})
        gateway_of_both = await start()
        assert (await gateway_of_both.ask("{ people { name desk } }")).json()["data"]["people"][0]["desk"] == "D1"
        answer = (await gateway.ask("{ free }")).json()
        assert answer["data"] == {"free": None}
        (error,) = answer["errors"]
        assert error["path"] == ["free"]
        assert "desks" in error["message"]

    async def test_the_inside_is_not_shown_in_production(self, start: Start) -> None:
        gateway = await start(environment="production")
        answer = await gateway.ask("{ broken }", {"x-request-id": "req-7"})
        assert "postgresql" not in answer.text
        (error,) = answer.json()["errors"]
        assert error["path"] == ["broken"]
        assert "req-7" in error["message"]
        assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "requestId": "req-7"}

    async def test_what_is_meant_for_clients_is(self, start: Start) -> None:
        gateway = await start(environment="production")
        (error,) = (await gateway.ask("{ forbidden }")).json()["errors"]
        assert (error["message"], error["extensions"]) == ("Ask your team lead.", {"code": "NOT_ENTITLED"})

    async def test_everything_is_in_development(self, start: Start) -> None:
        gateway = await start()
        assert "postgresql" in (await gateway.ask("{ broken }")).text

    async def test_where_a_subgraph_is_is_not_shown_in_production(self, start: Start) -> None:
        gateway = await start(
            environment="production", subgraph_urls={"SUBGRAPH_DESKS_URL": f"http://127.0.0.1:{a_free_port()}/graphql"}
        )
        text = (await gateway.ask("{ free }")).text
        assert "127.0.0.1" not in text
        assert "refused" not in text

    @pytest.mark.parametrize(
        ("status", "content_type", "body"),
        [
            (200, "text/html", "<html>secret stack</html>"),
            (502, "text/html", "<html>secret stack</html>"),
            (500, "application/json", '{"detail": "secret stack"}'),
            (200, "application/json", '{"errors": [{"message": "secret stack"}]}'),
            (
                400,
                "application/json",
                '{"errors": [{"message": "secret", "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}}]}',
            ),
            (
                200,
                "application/json",
                '{"data": {"free": null}, "errors": [{"message": "Ask.", "path": ["free"], "extensions": '
                '{"code": "NOT_ENTITLED", "stacktrace": ["secret"], "exception": {"x": "secret"}}}]}',
            ),
        ],
    )
    async def test_nothing_of_what_a_subgraph_says_inside_is_shown(
        self, start: Start, status: int, content_type: str, body: str
    ) -> None:
        async def handle(connection: int, request: int, writer: StreamWriter) -> None:
            head = f"HTTP/1.1 {status} X\r\ncontent-type: {content_type}\r\ncontent-length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body.encode())

        async with a_server(handle) as port:
            urls = {"SUBGRAPH_DESKS_URL": f"http://127.0.0.1:{port}/graphql"}
            gateway = await start(environment="production", subgraph_urls=urls)
            answer = await gateway.ask("{ free }")
        assert answer.json()["data"] == {"free": None}
        assert len(answer.json()["errors"]) == 1
        assert "secret" not in answer.text
