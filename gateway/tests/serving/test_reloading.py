"""Files that change while the gateway runs."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest

from chassis.testing import eventually
from gateway.app import Gateway
from gateway.loading import Loaded
from gateway.reloading import Reloading
from gateway.settings import GatewaySettings
from gateway.testing.office import SUPERGRAPH, desks, people
from gateway.testing.serving import Run, Running, Start, a_free_port, answered, served

SDL = SUPERGRAPH.read_text()
QUERY = "{ people { name desk } }"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "supergraph.graphql"
    file.write_text(SDL)
    return file


def with_field(sdl: str, name: str = "vacant") -> str:
    return sdl.replace("  free: Int", f"  {name}: Int")


def put(file: Path, text: str) -> None:
    file.write_text(text)


def remove(file: Path) -> None:
    file.unlink()


def settings_of(gateway: Running) -> GatewaySettings:
    return gateway.gateway._settings


async def refused(gateway: Running, query: str) -> bool:
    return "Cannot query field" in (await gateway.ask(query)).text


async def test_another_supergraph_is_put_to_use(start: Start, file: Path) -> None:
    gateway = await start(supergraph=file, reload_seconds=0.02)
    async with Reloading(gateway.gateway, settings_of(gateway)).watching():
        assert (await gateway.ask(QUERY)).json()["data"]["people"][0]["desk"] == "D1"
        put(file, with_field(SDL))

        async def is_new() -> None:
            assert await refused(gateway, "{ free }")

        await eventually(is_new)
    engine = gateway.gateway.loaded.engine
    assert QUERY in {query for query, *_ in engine._plans._values}, "what was asked before is planned already"
    assert (await gateway.ask(QUERY)).json()["data"]["people"][0]["desk"] == "D1"
    assert 'reloads_total{outcome="loaded"}' in (await gateway.http.get("/metrics")).text


@pytest.mark.parametrize("broken", ["", "type Query {", "type Query { a: Int }", None])
async def test_a_broken_one_changes_nothing(start: Start, file: Path, broken: str | None) -> None:
    gateway = await start(supergraph=file, reload_seconds=0.02)

    async def says(what: str) -> None:
        assert f"files_broken {what}" in (await gateway.http.get("/metrics")).text

    async with Reloading(gateway.gateway, settings_of(gateway)).watching():
        if broken is None:
            remove(file)
        else:
            put(file, broken)
        await eventually(lambda: says("1.0"))
        assert (await gateway.ask("{ free }")).json() == {"data": {"free": 3}}
        put(file, with_field(SDL))
        await eventually(lambda: says("0.0"))
        assert await refused(gateway, "{ free }")


async def test_requests_under_way_end_on_the_one_they_began_with(start: Start, file: Path) -> None:
    gateway = await start(supergraph=file)
    gateway.people.go_on.clear()
    asking = asyncio.create_task(gateway.ask(QUERY))

    async def arrived() -> None:
        assert gateway.people.asked

    await eventually(arrived)
    sdl = SDL.replace("  desk: String @join__field(graph: DESKS)\n", "").replace("  free: Int", "  vacant: Int")
    put(file, sdl)
    gateway.gateway.use(Loaded.read(settings_of(gateway)))
    gateway.people.go_on.set()
    assert (await asking).json()["data"]["people"][0]["desk"] == "D1"
    assert await refused(gateway, QUERY)


async def test_a_subgraph_that_moved_is_asked_at_its_new_address(start: Start, file: Path) -> None:
    async with served(desks()) as old, served(desks()) as new:
        put(file, SDL.replace('"desks", url: "http://127.0.0.1:9/graphql"', f'"desks", url: "{old}/graphql"'))
        gateway = await start(supergraph=file, subgraph_urls={})
        assert (await gateway.ask("{ free }")).json() == {"data": {"free": 3}}
        before = gateway.gateway._subgraphs
        old.cut()
        put(file, SDL.replace('"desks", url: "http://127.0.0.1:9/graphql"', f'"desks", url: "{new}/graphql"'))
        gateway.gateway.use(Loaded.read(settings_of(gateway)))
        assert (await gateway.ask("{ free }")).json() == {"data": {"free": 3}}
        after = gateway.gateway._subgraphs
        assert after._pools["people"] is before._pools["people"]
        assert after._pools["desks"] is not before._pools["desks"]
        assert not before._pools["desks"]._idle


async def test_policies_and_documents_are_read_again_too(start: Start, tmp_path: Path, file: Path) -> None:
    put(file, SDL.replace("  free: Int", '  free: Int @policy(policies: [["caretaker"]]) '))
    policies, manifest = tmp_path / "policies.toml", tmp_path / "documents.json"
    put(policies, 'caretaker = {roles = "caretaker"}')
    put(manifest, '{"1": "{ free }"}')
    gateway = await start(
        secure=True, supergraph=file, policies=policies, persisted_documents=manifest, reload_seconds=0.02
    )

    async def ask(identity: str) -> dict[str, Any]:
        answer = await gateway.http.post("/graphql", json={"documentId": identity}, headers=gateway.token())
        found: dict[str, Any] = answer.json()
        return found

    engine = gateway.gateway.loaded.engine
    async with Reloading(gateway.gateway, settings_of(gateway)).watching():
        assert (await ask("1"))["data"] == {"free": None}
        put(policies, 'caretaker = {roles = "employee"}')

        async def may_see() -> None:
            assert (await ask("1")) == {"data": {"free": 3}}

        await eventually(may_see)
        put(manifest, '{"2": "{ free }"}')

        async def is_known() -> None:
            assert (await ask("2")) == {"data": {"free": 3}}
            assert "errors" in await ask("1")

        await eventually(is_known)
    assert gateway.gateway.loaded.engine is engine, "the supergraph has not changed"


async def test_on_a_signal(run: Run, file: Path) -> None:
    port = a_free_port()
    async with served(people()) as one, served(desks()) as other:
        process = run(
            "serve",
            SUPERGRAPH=str(file),
            PORT=str(port),
            RELOAD_SECONDS="0",
            SUBGRAPH_PEOPLE_URL=f"{one}/graphql",
            SUBGRAPH_DESKS_URL=f"{other}/graphql",
        )
        assert await answered(port, "{ free }") == {"data": {"free": 3}}
        put(file, with_field(SDL))
        os.kill(process.pid, signal.SIGHUP)
        async with httpx.AsyncClient(trust_env=False) as http:

            async def is_new() -> None:
                answer = await http.post(f"http://127.0.0.1:{port}/graphql", json={"query": "{ free }"})
                assert "Cannot query field" in answer.text

            await eventually(is_new, within=15)


def test_the_gateway_is_made_of_what_was_loaded(file: Path) -> None:
    settings = GatewaySettings(supergraph=file)
    loaded = Loaded.read(settings)
    assert Gateway(loaded, settings).loaded is loaded
    assert Loaded.read(settings, loaded).engine is loaded.engine
