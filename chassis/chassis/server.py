"""One process of a service: it opens its port and database, serves until it is told to stop, and stops in time."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING

import asyncpg
import structlog
import uvicorn

from chassis import failpoints, memory, tracing
from chassis.app import LARGEST_BODY, app, health_app
from chassis.caller import Tokens
from chassis.database import Database
from chassis.health import Readiness
from chassis.settings import ServiceSettings
from chassis.worker import Worker

if TYPE_CHECKING:
    from chassis.service import Service

# What requests and the worker leave of SHUTDOWN_SECONDS.
_CLOSE_SECONDS = 0.5
_FLUSH_SECONDS = 0.5
_UNREAD_MILLISECONDS = 60_000
_log = structlog.get_logger(__name__)


class CannotStart(Exception):
    """Why the process did not start, in one sentence."""


async def run(service: Service, settings: ServiceSettings, *, graphql: bool, worker: bool) -> None:
    """Serve GraphQL, or only health and metrics, and do the worker's work, until SIGTERM or SIGINT."""
    try:
        failpoints.arm(settings.failpoints, seed=settings.failpoints_seed, in_development=settings.in_development)
    except failpoints.UnknownFailpoint as error:
        raise CannotStart(str(error)) from None
    listening = listen(settings.host, settings.port)
    with contextlib.closing(listening):
        database = await _open(service, settings)
        database.settings = settings
        try:
            readiness = Readiness(database, service.migrations())
            if graphql:
                application = app(
                    service,
                    database,
                    readiness,
                    _tokens(settings),
                    introspection=settings.in_development,
                    request_seconds=settings.request_seconds,
                )
            else:
                application = health_app(service, database, readiness)
            server = Server(
                uvicorn.Config(
                    application,
                    loop="none",
                    http="httptools",
                    ws="websockets-sansio",
                    ws_max_size=LARGEST_BODY,
                    ws_per_message_deflate=False,
                    lifespan="off",
                    log_config=None,
                    access_log=False,
                    server_header=False,
                    timeout_graceful_shutdown=max(1, int(settings.shutdown_seconds) - 2),
                )
            )
            memory.settle()
            carrying = asyncio.create_task(database.bell.carry())
            try:
                await _until_stopped(
                    server, listening, readiness, Worker(service, settings, database) if worker else None
                )
            finally:
                carrying.cancel()
        finally:
            await _close(database)
            tracing.flush(_FLUSH_SECONDS)
    _log.info("stopped")


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to the address. Raises CannotStart when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        # Accepted sockets inherit it: the kernel ends a connection whose client takes nothing for so long.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNREAD_MILLISECONDS)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise CannotStart(f"Port {port} on {host} is taken. Stop what uses it, or set PORT to another.") from None
        raise CannotStart(f"Cannot listen on {host}:{port}: {error.strerror}. Set HOST and PORT.") from None
    return listening


async def _open(service: Service, settings: ServiceSettings) -> Database:
    try:
        return await Database.open(
            settings.database_url.get_secret_value(),
            service=service.name,
            min_size=settings.database_pool_min_size,
            max_size=settings.database_pool_max_size,
            statement_timeout=settings.database_statement_timeout_seconds,
            lock_timeout=settings.database_lock_timeout_seconds,
            acquire_timeout=settings.database_acquire_timeout_seconds,
            high_water=settings.outbox_high_water,
        )
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise CannotStart(f"The database at DATABASE_URL cannot be reached: {error}") from None


async def _close(database: Database) -> None:
    try:
        await asyncio.wait_for(database.close(), _CLOSE_SECONDS)
    except TimeoutError:
        database.pool.terminate()


def _tokens(settings: ServiceSettings) -> Tokens | None:
    if settings.jwks_url is None:
        if not settings.in_development:
            raise CannotStart("JWKS_URL is not set. Set it to the address of the issuer's JWK set.")
        _log.warning("JWKS_URL is not set, so every token is refused")
        return None
    if not settings.token_issuer or not settings.token_audience:
        raise CannotStart("TOKEN_ISSUER and TOKEN_AUDIENCE must be set to the `iss` and `aud` that tokens carry.")
    return Tokens(str(settings.jwks_url), issuer=settings.token_issuer, audience=settings.token_audience)


async def _until_stopped(server: Server, listening: socket.socket, readiness: Readiness, worker: Worker | None) -> None:
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()

    def stop() -> None:
        readiness.stop()
        server.should_exit = True
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    if worker is not None:
        await worker.start()
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    told = asyncio.create_task(stopping.wait())
    _log.info("started", address="{}:{}".format(*listening.getsockname()[:2]), worker=worker is not None)
    await asyncio.wait((serving, told), return_when=asyncio.FIRST_COMPLETED)
    stop()
    told.cancel()
    await asyncio.gather(serving, *([worker.stop()] if worker is not None else []))


class Server(uvicorn.Server):
    """uvicorn without its signal handlers, which end the process by the signal instead of with code 0."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
