"""The verbs as processes: they start, say what is wrong in a sentence, and stop in time."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from chassis import server
from chassis.database import new_id
from chassis.testing import database_url, eventually, free_port

PACKAGE = {
    "lending/__init__.py": "",
    "lending/__main__.py": "from chassis.cli import main\nfrom lending.service import service\n\nmain(service)\n",
    "lending/service.py": """
from dataclasses import dataclass
import asyncio
import strawberry
from chassis.graphql import Info, public, schema
from chassis.service import Service

@dataclass(frozen=True)
class BookLent:
    book_id: str

@dataclass(frozen=True)
class BookBought:
    book_id: str

@strawberry.type
class Query:
    @strawberry.field(description="Takes long in the database.", metadata=public)
    async def busy(self, info: Info, seconds: float) -> str:
        async with info.context.read() as connection:
            await connection.execute("SELECT pg_sleep($1)", seconds)
        return "done"

    @strawberry.field(description="Takes long.", metadata=public)
    async def slow(self, seconds: float) -> str:
        await asyncio.sleep(seconds)
        return "done"

async def book_bought(tx, event: BookBought) -> None: ...

service = Service(name="lending", package="lending", schema=schema(Query), publishes=[BookLent],
                  listens={"buying.book-bought.v1": [book_bought]})
""",
    "migrations/0001_pre_books.sql": "CREATE TABLE books (id uuid PRIMARY KEY);",
    "migrations/0002_post_books.sql": "ALTER TABLE books ADD COLUMN title text;",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in PACKAGE.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def empty_database(postgres: str) -> Iterator[str]:
    name = f"test_{new_id().hex}"

    async def statement(sql: str) -> None:
        connection = await asyncpg.connect(postgres)
        await connection.execute(sql)
        await connection.close()

    asyncio.run(statement(f'CREATE DATABASE "{name}"'))
    yield database_url(postgres, name)
    asyncio.run(statement(f'DROP DATABASE "{name}" WITH (FORCE)'))


Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(folder: Path, empty_database: str) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **settings: str) -> subprocess.Popen[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": empty_database,
            "ENVIRONMENT": "development",
            "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
            **settings,
        }
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "lending", *arguments],
            cwd=folder, env=environment, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def told(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, text = process.communicate(timeout=20)
    return process.returncode, text


async def answers(port: int, path: str = "/livez", status: int = 200) -> None:
    async def ask() -> None:
        try:
            async with httpx.AsyncClient(trust_env=False) as client:
                found = (await client.get(f"http://127.0.0.1:{port}{path}")).status_code
        except httpx.TransportError:
            found = 0
        assert found == status

    await eventually(ask, within=15)


def test_migrate_says_what_is_missing_and_then_applies_it(start: Start) -> None:
    code, text = told(start("migrate", "--check"))
    assert code == 1
    assert "lending/0001_pre_books" in text
    assert told(start("migrate", "--phase", "pre"))[0] == 0
    assert told(start("migrate", "--check", "--phase", "pre"))[0] == 0
    assert "0002_post_books" in told(start("migrate", "--check"))[1]
    assert told(start("migrate"))[0] == 0
    assert told(start("migrate", "--check"))[0] == 0


def test_schema_writes_the_contract_without_any_setting(start: Start, folder: Path) -> None:
    assert told(start("schema", DATABASE_URL=""))[0] == 0
    assert "slow(seconds: Float!): String!" in (folder / "contract/schema.graphql").read_text()
    assert [path.name for path in (folder / "contract/events").iterdir()] == ["book-lent.v1.json"]
    assert [path.name for path in (folder / "contract/listens").iterdir()] == ["buying.book-bought.v1.json"]
    written = (folder / "contract/schema.graphql").read_bytes()
    assert told(start("schema"))[0] == 0
    assert (folder / "contract/schema.graphql").read_bytes() == written


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("verb", [("serve",), ("serve", "--with-worker"), ("work",)])
async def test_a_process_stops_in_time_with_code_0(start: Start, verb: tuple[str, ...], number: signal.Signals) -> None:
    port = free_port()
    process = start(*verb, PORT=str(port))
    await answers(port)
    began = time.monotonic()
    process.send_signal(number)
    code, text = await asyncio.to_thread(told, process)
    assert code == 0, text
    assert time.monotonic() - began < 5
    assert "Traceback" not in text


async def test_what_is_being_answered_is_answered_before_the_stop(start: Start) -> None:
    port = free_port()
    process = start("serve", PORT=str(port))
    await answers(port)
    async with httpx.AsyncClient(trust_env=False) as client:
        body = {"query": "{ slow(seconds: 1) }"}
        asking = asyncio.create_task(client.post(f"http://127.0.0.1:{port}/graphql", json=body))
        await in_flight(port, 2)
        process.send_signal(signal.SIGTERM)
        assert (await asking).json() == {"data": {"slow": "done"}}
    assert (await asyncio.to_thread(told, process))[0] == 0


@pytest.mark.parametrize("field", ["slow", "busy"])
async def test_a_request_without_end_does_not_keep_the_process(start: Start, field: str) -> None:
    port = free_port()
    process = start("serve", PORT=str(port))
    await answers(port)
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        body = {"query": f"{{ {field}(seconds: 60) }}"}
        asking = asyncio.create_task(client.post(f"http://127.0.0.1:{port}/graphql", json=body))
        await in_flight(port, 2)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        code, _ = await asyncio.to_thread(told, process)
        assert code == 0
        assert time.monotonic() - began < 5
        await asyncio.gather(asking, return_exceptions=True)


async def in_flight(port: int, requests: int) -> None:
    async def ask() -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            text = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
        assert f'http_requests_in_flight{{service="lending"}} {requests}.0' in text

    await eventually(ask)


async def test_work_answers_no_graphql(start: Start) -> None:
    port = free_port()
    start("work", PORT=str(port))
    await answers(port)
    await answers(port, "/graphql", 404)
    await answers(port, "/readyz", 503)


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="this system has no such option")
async def test_a_client_that_never_reads_is_let_go_by_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers that do not fit into its buffers would wait for ever."""
    monkeypatch.setattr(server, "_UNREAD_MILLISECONDS", 300)
    gone = asyncio.Event()

    class Generous(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.WriteTransport)
            transport.write(bytes(50_000_000))

        def connection_lost(self, error: Exception | None) -> None:
            assert isinstance(error, TimeoutError)
            gone.set()

    listening = server.listen("127.0.0.1", 0)
    serving = await asyncio.get_running_loop().create_server(Generous, sock=listening)
    with socket.create_connection(listening.getsockname()):
        await asyncio.wait_for(gone.wait(), 30)
    serving.close()


async def test_a_taken_port_is_said_in_a_sentence(start: Start) -> None:
    port = free_port()
    start("serve", PORT=str(port))
    await answers(port)
    code, text = await asyncio.to_thread(told, start("serve", PORT=str(port)))
    assert (code, text) == (1, f"Port {port} on 127.0.0.1 is taken. Stop what uses it, or set PORT to another.\n")


@pytest.mark.parametrize(
    ("settings", "code", "sentence"),
    [
        ({"PORT": "many"}, 2, "PORT 'many' will not do."),
        ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x"}, 1, "The database at DATABASE_URL cannot be reached"),
        ({"ENVIRONMENT": "production"}, 1, "JWKS_URL is not set."),
        ({"JWKS_URL": "http://issuer.example/jwks"}, 1, "TOKEN_ISSUER and TOKEN_AUDIENCE must be set"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(start: Start, settings: dict[str, str], code: int, sentence: str) -> None:
    found, text = told(start("serve", **{"PORT": "0", **settings}))
    assert found == code
    assert sentence in text
    assert "Traceback" not in text
