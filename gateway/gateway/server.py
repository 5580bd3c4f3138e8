"""One gateway process: it opens its port, serves until it is told to stop, and stops in time."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
from collections.abc import Iterator

import structlog
import uvicorn

from chassis import memory
from gateway.app import Gateway
from gateway.connections import connection_class
from gateway.identity import KeyUnusable
from gateway.loading import CannotStart, Loaded
from gateway.reloading import Reloading
from gateway.settings import GatewaySettings

_log = structlog.get_logger(__name__)


async def serve(settings: GatewaySettings) -> None:
    """Answer requests until SIGTERM or SIGINT. Raises CannotStart."""
    with contextlib.closing(_listening(settings.host, settings.port)) as listening:
        loaded = Loaded.read(settings)
        try:
            gateway = Gateway(loaded, settings)
        except KeyUnusable as error:
            raise CannotStart(str(error)) from None
        memory.settle()
        server = _Server(
            uvicorn.Config(
                gateway,
                loop="none",
                http=connection_class(settings),
                ws="websockets-sansio",
                ws_max_size=settings.max_body_bytes,
                ws_ping_interval=settings.keep_alive_seconds,
                ws_ping_timeout=settings.keep_alive_seconds,
                ws_per_message_deflate=False,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                timeout_keep_alive=75,
                proxy_headers=False,
                timeout_graceful_shutdown=max(1, int(settings.shutdown_seconds) - 2),
            )
        )

        def stop() -> None:
            gateway.drain()
            server.should_exit = True

        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop)
        reloading = Reloading(gateway, settings)
        loop.add_signal_handler(signal.SIGHUP, reloading.wake)
        async with gateway.running(), reloading.watching():
            _log.info("started", address=f"http://{settings.host}:{listening.getsockname()[1]}/graphql")
            await server.serve(sockets=[listening])
    _log.info("stopped")


def _listening(host: str, port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        # Already here, so that somebody else's socket on the same port is noticed now and not when serving.
        listening.listen(2048)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise CannotStart(f"Port {port} on {host} is taken. Stop what uses it, or set PORT to another.") from None
        raise CannotStart(f"Cannot listen on {host}:{port}: {error.strerror}. Set HOST and PORT.") from None
    return listening


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers, which end the process by the signal instead of with code 0."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to `serve`."""
        yield
