"""`python -m gateway` as it is run: it starts soon, says in one sentence why it cannot, and stops in time."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import psutil
import pytest

from chassis.testing import eventually
from gateway.testing.office import SUPERGRAPH, desks, people
from gateway.testing.serving import Run, a_free_port, answered, served


async def test_it_runs_alone_on_any_supergraph_file_and_stops_in_time(run: Run) -> None:
    port = a_free_port()
    async with served(people()) as one, served(desks()) as other:
        process = run(
            "serve",
            SUPERGRAPH=str(SUPERGRAPH),
            PORT=str(port),
            SUBGRAPH_PEOPLE_URL=f"{one}/graphql",
            SUBGRAPH_DESKS_URL=f"{other}/graphql",
        )
        assert await answered(port) == {"data": {"__typename": "Query"}}
        people_and_desks = {"people": [{"name": "Ada", "desk": "D1"}, {"name": "Ben", "desk": "D2"}]}
        assert await answered(port, "{ people { name desk } }") == {"data": people_and_desks}
        async with httpx.AsyncClient(trust_env=False, verify=False) as http:
            assert (await http.get(f"http://127.0.0.1:{port}/")).status_code == 404
            assert (await http.post(f"http://127.0.0.1:{port}/events")).status_code == 404
    process.ask_to_stop()
    began = time.monotonic()
    code, out, err = process.end()
    assert time.monotonic() - began < 5
    assert (code, out) == (0, "")
    assert '"event":"started"' in err.replace(" ", "")


async def test_what_is_asked_when_it_is_told_to_stop_is_still_answered(run: Run) -> None:
    port, slow = a_free_port(), desks()
    async with served(slow) as address:
        process = run("serve", SUPERGRAPH=str(SUPERGRAPH), PORT=str(port), SUBGRAPH_DESKS_URL=f"{address}/graphql")
        await answered(port)
        slow.go_on.clear()
        asking = asyncio.create_task(answered(port, "{ free }"))

        async def arrived() -> None:
            assert slow.asked

        await eventually(arrived)
        process.ask_to_stop()
        slow.go_on.set()
        assert await asking == {"data": {"free": 3}}
        assert (await asyncio.to_thread(process.end))[0] == 0


async def test_it_answers_soon_after_its_start(run: Run) -> None:
    port = a_free_port()
    process = run("serve", SUPERGRAPH=str(SUPERGRAPH), PORT=str(port))
    await answered(port)
    # Processor time, not the clock: other processes may be running.
    assert sum(psutil.Process(process.pid).cpu_times()[:2]) < 2


def test_a_supergraph_that_is_broken(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "supergraph.graphql"
    file.write_text("type Query { a: Int")
    code, _, err = run("serve", SUPERGRAPH=str(file), PORT="0").end()
    assert code == 1
    assert err.startswith(f"The supergraph {file} is broken: ")
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (lambda sdl: "", "not valid GraphQL"),
        (lambda sdl: "<html>Not found</html>", "not valid GraphQL"),
        (lambda sdl: sdl.replace("enum join__Graph", "enum other__Graph"), "names no subgraphs"),
        (lambda sdl: sdl.replace("join__type(graph: DESKS)", "join__type(graph: ROOMS)"), "ROOMS"),
        (lambda sdl: sdl.replace("free: Int", "free: Whole"), "Whole"),
        (lambda sdl: sdl.replace("type Query", "type Question"), "no query type"),
        (lambda sdl: sdl.replace('key: "id")', 'key: "id {")'), "`{id {}`"),
        (lambda sdl: sdl.replace("join__graph(name: ", "join__graph(title: "), "the argument 'name'"),
        (lambda sdl: sdl.replace("join__type(graph: DESKS)", "join__type(of: DESKS)"), "the argument 'graph'"),
        (lambda sdl: sdl.replace("type Person", "type Person implements Nobody"), "Nobody"),
    ],
)
def test_every_kind_of_broken_supergraph(run: Run, tmp_path: Path, changed: Callable[[str], str], told: str) -> None:
    file = tmp_path / "supergraph.graphql"
    file.write_text(changed(SUPERGRAPH.read_text()))
    code, _, err = run("serve", SUPERGRAPH=str(file), PORT="0").end()
    assert code == 1
    assert err.startswith(f"The supergraph {file} is broken: ")
    assert told in err
    assert len(err.splitlines()) == 1


def test_a_schema_that_is_no_supergraph(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "schema.graphql"
    file.write_text("type Query { a: Int }")
    code, _, err = run("serve", SUPERGRAPH=str(file), PORT="0").end()
    assert (code, "is broken" in err, "Traceback" in err) == (1, True, False)


def test_a_supergraph_that_is_not_there(run: Run, tmp_path: Path) -> None:
    code, _, err = run("serve", SUPERGRAPH=str(tmp_path / "nothing"), PORT="0").end()
    assert code == 1
    assert err == f"The supergraph {tmp_path / 'nothing'} cannot be read: No such file or directory. Set SUPERGRAPH.\n"


def test_a_port_that_is_taken(run: Run) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        code, _, err = run("serve", SUPERGRAPH=str(SUPERGRAPH), PORT=str(port)).end()
    assert code == 1
    assert err == f"Port {port} on 127.0.0.1 is taken. Stop what uses it, or set PORT to another.\n"


def test_all_wrong_settings_are_told_at_once(run: Run) -> None:
    code, _, err = run("serve", PORT="99999", MAX_DEPTH="deep", ENVIRONMENT="test", SUBGRAPH_PEOPLE_URL="nowhere").end()
    assert code == 2
    assert len(err.splitlines()) == 4
    for name in ("PORT", "MAX_DEPTH", "ENVIRONMENT", "SUBGRAPH_"):
        assert name in err


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"DEVELOPMENT_KEY_FILE": "x.pem"}, "DEVELOPMENT_KEY_FILE is for development only"),
        ({"PERSISTED_ONLY": "true"}, "PERSISTED_DOCUMENTS must name the documents"),
        ({"JWKS_URL": "http://issuer.example/jwks"}, "TOKEN_ISSUER and TOKEN_AUDIENCE must be set too"),
        ({"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9"}, "KAFKA_BOOTSTRAP_SERVERS opens the event ingress"),
    ],
)
def test_settings_that_do_not_go_together(run: Run, environment: dict[str, str], told: str) -> None:
    code, _, err = run("serve", SUPERGRAPH=str(SUPERGRAPH), PORT="0", **environment).end()
    assert code == 2
    assert told in err
    assert "Traceback" not in err


def test_a_development_key_that_cannot_be_used(run: Run, tmp_path: Path) -> None:
    (tmp_path / "identity.pem").write_text("nonsense")
    environment = {"ENVIRONMENT": "development", "DEVELOPMENT_KEY_FILE": str(tmp_path / "identity.pem")}
    code, _, err = run("serve", SUPERGRAPH=str(SUPERGRAPH), PORT="0", **environment).end()
    assert code == 1
    assert "is not a private key" in err


class TestExplain:
    def test_prints_the_plan(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "query.graphql").write_text("{ people { desk } }")
        code, out, _ = run(
            "explain", "--supergraph", str(SUPERGRAPH), "--stage", "plan", str(tmp_path / "query.graphql")
        ).end()
        assert code == 0
        assert "people" in out
        assert "desks" in out

    @pytest.mark.parametrize("text", ["{", "{ nothing }"])
    def test_says_what_is_wrong_with_the_query(self, run: Run, tmp_path: Path, text: str) -> None:
        (tmp_path / "query.graphql").write_text(text)
        code, _, err = run("explain", "--supergraph", str(SUPERGRAPH), str(tmp_path / "query.graphql")).end()
        assert code == 1
        assert "Traceback" not in err

    def test_says_which_stages_there_are(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "query.graphql").write_text("{ free }")
        arguments = ("explain", "--supergraph", str(SUPERGRAPH), "--stage", "nothing", str(tmp_path / "query.graphql"))
        code, _, err = run(*arguments).end()
        assert code == 1
        assert "plan" in err
        assert "Traceback" not in err
