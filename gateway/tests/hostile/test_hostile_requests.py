"""Each hostile request costs the gateway little time and memory, and holds nobody else up. All limits are as they come."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
from collections.abc import Awaitable, Callable
from statistics import median

import httpx
import pytest

from gateway.testing.attacked import Attacked, slowness

pytestmark = pytest.mark.asyncio(loop_scope="module")
CPU_SECONDS = 0.050
MEGABYTES = 50
TRIES = 5
JSON = {"content-type": "application/json"}


def nested(levels: int) -> str:
    return "{ people { name" + " ... on Person { name" * levels + " }" * levels + " } }"


def doubling(fragments: int) -> str:
    chain = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(fragments))
    return f"{{ ...F0 }} {chain} fragment F{fragments} on Query {{ free }}"


def many(text: str, times: int) -> str:
    return " ".join(text.replace("#", str(n)) for n in range(times))


REFUSED = {
    "deep nesting": nested(2_000),
    "brackets": "{ person(id: " + "[" * 40_000 + "]" * 40_000 + ") { name } }",
    "an alias flood": "{" + many("a#: people { name }", 5_000) + "}",
    "a flood of short aliases": "{" + many("a#:free", 9_000) + "}",
    "thousands of conflicting fields": "{" + many("person(id: #) { name }", 3_000) + "}",
    "thousands of equal fields": "{ people {" + " name" * 15_000 + " } }",
    "fragments that double": doubling(40),
    "a hundred fragments that double": doubling(120),
    "a cycle of fragments": "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
    "a long cycle of fragments": "{ ...F0 }" + many("fragment F# on Query { ...F# free }", 149),
    "many fragments in one place": "{" + many("...F#", 1_500) + "}" + many("fragment F# on Query { free }", 1_500),
    "unused fragments": "{ free }" + many("fragment F# on Query { free }", 3_000),
    "a huge literal": '{ person(id: "' + "x" * 900_000 + '") { name } }',
    "a huge list": "{ person(id: [" + "1," * 45_000 + "]) { name } }",
    "a huge name": "{ " + "a" * 99_000 + " }",
    "comments": "#\n" * 49_000 + "{ free }",
    "a flood of directives": "{ free " + "@skip(if: false) " * 5_000 + "}",
    "a flood of unknown directives": "{ free " + "@a" * 390 + "}",
    "a flood of operations": many("query Q# { free }", 5_000),
    "a flood of variables": "query (" + many("$v#: Int", 8_000) + ") { free }",
    "variables that nobody uses": "query (" + many("$v#: Int", 190) + ") { free }",
    "fields that are not there": "{" + many("nothing#", 29) + " people {" + many("nothing#", 700) + "} }",
    "arguments that are not there": "{ person(" + many("a#: 1", 260) + ") { name } }",
    "unclosed": "{" * 90,
    "control characters": "{ free \u0000 }" * 5_000,
    "introspection in production": "{ __schema { types { name fields { name type { name fields { name } } } } } }",
    "introspection within introspection": "{ __schema " + "{ types { fields { type " * 5 + "{ name }" + "}}}" * 5 + "}",
}

EXECUTED = {
    "commas": "{" + "," * 99_000 + "free}",
    "a huge number": "{ person(id: " + "9" * 90_000 + ") { name } }",
    "a huge block string": '{ person(id: """' + '\\"""' * 24_000 + '""") { name } }',
    "equal fields": "{ people {" + " name" * 780 + " } }",
    "different fields": "{ people {" + many("a#: name", 195) + " } }",
    "a fragment in many places": "{"
    + many("a#: people { ...F }", 29)
    + "} fragment F on Person {"
    + " desk" * 30
    + " }",
    "root fields with variables": "query ("
    + many("$v#: ID = 1", 29)
    + ") {"
    + many("a#: person(id: $v#) { name desk b: name }", 29)
    + many("b#: person(id: 2) @include(if: false) { name }", 1)
    + "}",
    "levels of conditions": nested(30),
    "conditions": "{ people {" + many("a#: name @include(if: true)", 75) + " } }",
}


async def judge(gateway: Attacked, attack: Callable[[int], Awaitable[None]]) -> None:
    """Attack a few times alone and a few times while somebody else asks without pause. The median counts."""
    before = gateway.memory("VmRSS")
    gateway.forget_peak()
    computed = [await _computed(gateway, attack(number)) for number in range(TRIES)]
    waited = [await _waited(gateway, attack(number)) for number in range(TRIES, 2 * TRIES)]
    grown = gateway.memory() - before
    most = CPU_SECONDS * slowness()
    shown = (
        f"{1000 * median(computed):.0f} ms, others waited {1000 * median(waited):.0f} ms, of {1000 * most:.0f}; "
        f"{grown:.0f} MB"
    )
    print(f"\n{shown}")
    assert median(computed) < most, shown
    assert median(waited) < most, shown
    assert grown < MEGABYTES, shown


async def _computed(gateway: Attacked, attack: Awaitable[None]) -> float:
    began = gateway.cpu_seconds()
    await attack
    return gateway.cpu_seconds() - began


async def _waited(gateway: Attacked, attack: Awaitable[None]) -> float:
    attacking = asyncio.ensure_future(attack)
    slowest = await gateway.probe()
    while not attacking.done():
        slowest = max(slowest, await gateway.probe())
    await attacking
    return slowest


@pytest.mark.parametrize("name", REFUSED)
async def test_a_document_that_is_refused(gateway: Attacked, name: str) -> None:
    async def attack(number: int) -> None:
        query = REFUSED[name] + " " * number
        answer = await gateway.http.post("/graphql", json={"query": query})
        assert answer.status_code in (200, 400), answer.text
        assert "data" not in answer.json(), answer.text[:300]
        assert len(answer.content) < 100_000

    await judge(gateway, attack)


@pytest.mark.parametrize("name", EXECUTED)
async def test_a_document_that_is_executed(gateway: Attacked, name: str) -> None:
    async def attack(number: int) -> None:
        answer = await gateway.http.post("/graphql", json={"query": EXECUTED[name] + " " * number})
        assert answer.json()["data"], answer.text[:300]

    await judge(gateway, attack)


BODIES = {
    "a list of operations": (json.dumps([{"query": "{ free }"}] * 10_000).encode(), JSON, 400),
    "a list of lists": (b"[" * 400_000, JSON, 400),
    "a gzip bomb": (gzip.compress(b" " * 100_000_000), JSON | {"content-encoding": "gzip"}, 415),
    "a deflate bomb": (b"x" * 900_000, JSON | {"content-encoding": "deflate"}, 415),
    "a body that is too large": (b" " * 3_000_000, JSON, 413),
    "variables of many kinds": (
        json.dumps({"query": "{ free }", "variables": {f"v{n}": [n] * 5 for n in range(20_000)}}).encode(),
        JSON,
        200,
    ),
    "an enormous variable": (
        json.dumps(
            {"query": "query ($v: ID!) { person(id: $v) { name } }", "variables": {"v": "x" * 900_000}}
        ).encode(),
        JSON,
        200,
    ),
}


@pytest.mark.parametrize("name", BODIES)
async def test_a_body(gateway: Attacked, name: str) -> None:
    body, headers, status = BODIES[name]

    async def attack(_: int) -> None:
        try:
            answer = await gateway.http.post("/graphql", content=body, headers=headers)
        except httpx.TransportError:  # refused before all of it was sent
            assert status == 413
        else:
            assert answer.status_code == status, answer.text

    await judge(gateway, attack)


HEADS = {
    "heads that come slowly": b"POST /graphql HTTP/1.1\r\nhost: x\r\nx-a: ",
    "bodies that come slowly": b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    b'content-length: 900000\r\n\r\n{"query": "',
    "bodies of unknown length": b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    b"transfer-encoding: chunked\r\n\r\n1\r\n{\r\n",
}


@pytest.mark.parametrize("name", HEADS)
async def test_fifty_connections_on_which_a_byte_comes_now_and_then(gateway: Attacked, name: str) -> None:
    async def attack(_: int) -> None:
        opened = [await asyncio.open_connection("127.0.0.1", gateway.port) for _ in range(50)]
        for _, writer in opened:
            writer.write(HEADS[name])
        for _ in range(3):
            for _, writer in opened:
                writer.write(b"1\r\n{\r\n" if "unknown" in name else b"a")
            await gateway.probe()
        for _, writer in opened:
            writer.close()

    await judge(gateway, attack)


async def test_headers_without_end(gateway: Attacked) -> None:
    async def attack(_: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(b"POST /graphql HTTP/1.1\r\n" + b"x: y\r\n" * 100_000)
        with contextlib.suppress(ConnectionError):
            assert (await reader.read()).startswith(b"HTTP/1.1 431")
        writer.close()

    await judge(gateway, attack)


async def test_what_is_remembered_of_different_documents_is_bounded(gateway: Attacked) -> None:
    before = gateway.memory()
    for number in range(60):
        query = "{ people {" + "".join(f" a{number}x{n}: name" for n in range(190)) + " } }"
        assert (await gateway.http.post("/graphql", json={"query": query})).json()["data"]
    for number in range(1_000):
        query = f"{{ people {{ a{number}: name }} }}"
        assert (await gateway.http.post("/graphql", json={"query": query})).json()["data"]
    grown = gateway.memory() - before
    print(f"{grown:.0f} MB")
    assert grown < MEGABYTES
