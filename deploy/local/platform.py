"""The supervisor: every process of the platform started in order, watched, started again when it dies, and stopped."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Coroutine
from typing import IO, Any

import asyncpg
import httpx

from chassis import migrate
from deploy.local import broker, kafka, postgres
from deploy.local.identity import sign
from deploy.local.processes import Child
from deploy.local.settings import HOST, ROOT, SERVICES, Settings, Stop, variable

ISSUER = "opmodel-development"
AUDIENCE = "opmodel"
_QUICK = 5.0
_ENOUGH = 5
_LONGEST_PAUSE = 3.0


class Platform:
    """Everything that `make up` runs, as a context manager."""

    def __init__(self, settings: Settings, say: Callable[[str], None] = print) -> None:
        """Nothing starts before the context is entered."""
        self.settings = settings
        self.say = say
        self.children: dict[str, Child] = {}
        self.broken: asyncio.Future[None] | None = None
        self._lock: IO[str] | None = None
        self._postgres: postgres.Postgres | None = None
        self._watchers: dict[str, asyncio.Task[None]] = {}
        self._deaths: dict[str, int] = {}
        self.starts: dict[str, int] = {}
        self._recovery = asyncio.Lock()
        self._stopping = False

    async def __aenter__(self) -> Platform:
        """Start everything; whatever was started is stopped again if that fails."""
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop everything."""
        await self.stop()

    # --- what a person or a test asks of it

    @property
    def graphql_url(self) -> str:
        """The address of the graph."""
        return self.settings.graphql_url

    @property
    def events_url(self) -> str:
        """The address of the event ingress."""
        return f"http://{HOST}:{self.settings.ports.gateway}/events"

    @property
    def broker(self) -> str:
        """The address of the broker."""
        return self.settings.broker

    @property
    def database_server(self) -> str:
        """The URL of the database server, embedded or given."""
        return self.settings.database_url or (self._postgres.url if self._postgres else "")

    @property
    def processes(self) -> dict[str, int]:
        """The process ids of what runs."""
        return {name: child.pid for name, child in self.children.items() if child.pid is not None}

    def token(self, who: str, **claims: Any) -> str:
        """A token for a demo person or a service, with other claims if given."""
        return sign(self.settings.key_file, who, **claims)

    def kill(self, name: str, number: int = signal.SIGKILL) -> int:
        """Kill a process as the kernel would. It is started again; returns the old process id."""
        pid = self.children[name].pid
        assert pid is not None, f"{name} does not run"
        os.kill(pid, number)
        return pid

    async def unless_broken(self, work: Coroutine[Any, Any, object]) -> None:
        """Do something while the platform runs; if it cannot go on, that reason is raised instead."""
        assert self.broken is not None
        task = asyncio.create_task(work)
        try:
            both: set[asyncio.Future[Any]] = {task, self.broken}
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if self.broken.done():
                self.broken.result()
            await task
        finally:
            task.cancel()

    # --- starting

    async def _start(self) -> None:
        self.broken = asyncio.get_running_loop().create_future()
        self._own_state()
        await self._require_free_ports()
        await asyncio.gather(self._start_postgres(), self._start_broker())
        server = self.database_server
        self.say("migrate the four databases")
        await postgres.create_databases(server, SERVICES)
        await asyncio.gather(*(self._migrate(name, server) for name in SERVICES))
        self.say("start " + ", ".join(SERVICES) + " and the gateway")
        for name in SERVICES:
            await self._spawn(self._service(name, server))
        await self._spawn(self._gateway())
        await asyncio.gather(*(self.wait_ready(name) for name in (*SERVICES, "gateway")))

    def _own_state(self) -> None:
        """One platform at a time works on a state folder."""
        state = self.settings.state
        try:
            (state / "logs").mkdir(mode=0o700, parents=True, exist_ok=True)
            if state.stat().st_uid == os.geteuid():
                state.chmod(0o700)
            self._lock = (state / "lock").open("a")
        except PermissionError:
            raise Stop(f"{state} belongs to another user; run as that user, or remove the folder.") from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            self._lock = None
            raise Stop(
                f"The platform already runs on {state}; stop the other `make up` first (Ctrl-C there)."
            ) from None

    async def _require_free_ports(self) -> None:
        for name, port in self.settings.listening.items():
            deadline = time.monotonic() + 1.5
            while not _is_free(port):
                if time.monotonic() > deadline:
                    raise Stop(
                        f"Port {port} ({name}) is taken; stop what uses it, or choose another: "
                        f"make up {variable(name)}={port + 10 if port < 65000 else port - 10}"
                    )
                await asyncio.sleep(0.1)

    async def _start_postgres(self) -> None:
        if self.settings.database_url:
            self.say("use the PostgreSQL of DATABASE_URL")
        else:
            self.say(f"start PostgreSQL on {HOST}:{self.settings.ports.postgres}")
            self._postgres = postgres.Postgres(self.settings.state, self.settings.ports.postgres, self.say)
            await self._postgres.prepare()
            environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
            options = self.settings.postgres_options
            await self._spawn(self._postgres.child(self._log("postgres"), environment, *options))
        await self._while_alive("postgres", postgres.wait_until_open(self.database_server))

    async def _start_broker(self) -> None:
        if self.settings.bootstrap_servers:
            self.say("use the broker of KAFKA_BOOTSTRAP_SERVERS")
        elif self.settings.apache_kafka:
            self.say(f"start Apache Kafka {kafka.VERSION} on {self.broker}")
            port, state = self.settings.ports.broker, self.settings.state
            await self._spawn(await kafka.child(port, state, self._log("broker"), dict(os.environ)))
        else:
            self.say(f"start the broker on {self.broker}")
            port = self.settings.ports.broker
            await self._spawn(broker.child(port, self._log("broker"), dict(os.environ), self.settings.state))
        await self._while_alive("broker", broker.create_topics(self.broker, within=60))

    async def _migrate(self, name: str, server: str) -> None:
        """What `python -m <service> migrate` does, without starting a Python for each service."""
        folders = [("chassis", migrate.CHASSIS), (name, ROOT / "services" / name / "migrations")]
        try:
            await migrate.apply(postgres.database_url(server, name), migrate.read(folders))
        except (migrate.MigrationError, asyncpg.PostgresError, OSError) as error:
            raise Stop(f"The database of {name} could not be migrated: {error}") from None

    def _service(self, name: str, server: str) -> Child:
        return self._python(name, name, "serve", "--with-worker", environment=self._environment(name, server))

    def _gateway(self) -> Child:
        ports = self.settings.ports
        subgraphs = {
            f"SUBGRAPH_{name.upper()}_URL": f"http://{HOST}:{getattr(ports, name)}/graphql" for name in SERVICES
        }
        environment = self._environment("gateway", None) | subgraphs
        return self._python("gateway", "gateway", "serve", environment=environment)

    def _python(self, name: str, module: str, *verb: str, environment: dict[str, str]) -> Child:
        command = [sys.executable, "-m", module, *verb]
        return Child(name=name, command=command, environment=environment, log=self._log(name), cwd=ROOT)

    def _environment(self, name: str, server: str | None) -> dict[str, str]:
        ports = self.settings.ports
        environment = dict(os.environ) | {
            "ENVIRONMENT": "development",
            "HOST": HOST,
            "PORT": str(getattr(ports, name)),
            "KAFKA_BOOTSTRAP_SERVERS": self.broker,
            "KAFKA_IDEMPOTENCE": "true" if self.settings.idempotent else "false",
            "KAFKA_FETCH_WAIT_MS": "250" if self.settings.idempotent else "15",
            "JWKS_URL": f"http://{HOST}:{ports.gateway}/.well-known/jwks.json",
            "TOKEN_ISSUER": ISSUER,
            "TOKEN_AUDIENCE": AUDIENCE,
            "DEVELOPMENT_KEY_FILE": str(self.settings.key_file),
            "SHUTDOWN_SECONDS": "2",
            # A receiver that is being developed runs on this machine.
            "WEBHOOKS_TO_PRIVATE_ADDRESSES": "true",
            "LOG_FORMAT": "text",
            "PYTHONUNBUFFERED": "1",
        }
        environment.pop("DATABASE_URL", None)
        if server is not None:
            environment["DATABASE_URL"] = postgres.database_url(server, name)
        return environment

    def _log(self, name: str) -> Any:
        return self.settings.state / "logs" / f"{name}.log"

    async def wait_ready(self, name: str, within: float = 120) -> None:
        """Wait until a process says that it is ready to serve."""
        url = f"http://{HOST}:{getattr(self.settings.ports, name)}/readyz"
        deadline = time.monotonic() + within
        async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    if (await client.get(url)).status_code == httpx.codes.OK:
                        return
                assert self.broken is not None
                if self.broken.done():
                    self.broken.result()
                if time.monotonic() > deadline:
                    child = self.children[name]
                    raise Stop(f"{name} is not ready after {within:.0f} s ({child.log}):\n{child.last_lines()}")
                await asyncio.sleep(0.1)

    # --- watching

    async def _spawn(self, child: Child) -> None:
        self.children[child.name] = child
        self.starts[child.name] = self.starts.get(child.name, 0) + 1
        await child.start()
        self._watchers[child.name] = asyncio.create_task(self._watch(child))

    async def _end(self, name: str) -> None:
        """Stop a child on purpose: its watcher goes first, so that nobody starts it again."""
        watcher = self._watchers.pop(name, None)
        if watcher is not None and watcher is not asyncio.current_task():
            watcher.cancel()
        await self.children[name].stop()

    async def _watch(self, child: Child) -> None:
        code = await child.wait()
        if self._stopping:
            return
        lived = time.monotonic() - child.started_at
        deaths = self._deaths[child.name] = 1 if lived > _QUICK else self._deaths.get(child.name, 0) + 1
        if deaths >= _ENOUGH:
            self._give_up(f"{child.name} ended {deaths} times in a row ({child.log}):\n{child.last_lines()}")
            return
        self.say(f"{child.name} ended ({_how(code)}); starting it again")
        await asyncio.sleep(min(0.1 * 2 ** (deaths - 1), _LONGEST_PAUSE) if deaths > 1 else 0)
        try:
            async with self._recovery:
                await self._revive(child)
        except Stop as reason:
            self._give_up(str(reason))

    async def _revive(self, child: Child) -> None:
        if self._stopping or child.pid is not None or self.children.get(child.name) is not child:
            return
        if child.name == "postgres" and self._postgres is not None:
            await self._postgres.end_leftovers()
        if child.name != "broker" or self.settings.apache_kafka:
            await self._spawn(child)
            return
        # The broker's log was in its memory: who reads it must not see positions of the old one on the new one.
        await asyncio.gather(*(self._end(name) for name in SERVICES if name in self.children))
        await self._spawn(child)
        await self._while_alive("broker", broker.create_topics(self.broker))
        for name in SERVICES:
            if name in self.children:
                await self._spawn(self.children[name])

    async def _while_alive(self, name: str, waiting: Any) -> None:
        """Wait for a process to answer, but not longer than it lives."""
        task = asyncio.ensure_future(waiting)
        child = self.children.get(name)
        ended = asyncio.ensure_future(child.wait()) if child else None
        try:
            await asyncio.wait({task, ended} if ended else {task}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done() and child is not None:
                raise Stop(f"{name} does not start ({child.log}):\n{child.last_lines()}")
            await task
        finally:
            task.cancel()
            if ended:
                ended.cancel()

    def _give_up(self, reason: str) -> None:
        assert self.broken is not None
        if not self.broken.done():
            self.broken.set_exception(Stop(reason))

    # --- stopping

    async def stop(self) -> None:
        """Stop the gateway, then the services, then what they stand on; nothing is left running."""
        self._stopping = True
        if self.broken is not None and self.broken.done() and not self.broken.cancelled():
            self.broken.exception()
        watchers = list(self._watchers.values())
        for watcher in watchers:
            watcher.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)
        above = [child for name, child in self.children.items() if name not in {"postgres", "broker"}]
        below = [child for name, child in self.children.items() if name in {"postgres", "broker"}]
        await asyncio.gather(*(child.stop(within=2.0) for child in above))
        await asyncio.gather(*(child.stop(within=1.2) for child in below))
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise Stop(f"Port {port} needs rights that this user does not have; choose one above 1023.") from None
        except OSError:
            return False
    return True


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"
