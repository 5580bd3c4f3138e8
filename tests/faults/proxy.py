"""Something between a worker and what it talks to, that can be cut or fall silent."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit, urlunsplit

from chassis.testing import free_port


class Proxy:
    """Loopback TCP in between: `cut` ends what goes through and lets nobody in until `mend`; `silence` leaves connections
    open through which nothing comes any more, those of now for ever and new ones until `listen_again`."""

    def __init__(self, port: int, target: int | str) -> None:
        self.port = port
        self._target = target
        self._server: asyncio.Server | None = None
        self._pairs: set[asyncio.Task[None]] = set()
        self._silent = asyncio.Event()

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)

    async def cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in list(self._pairs):
            task.cancel()
        await asyncio.gather(*self._pairs, return_exceptions=True)

    def silence(self) -> None:
        self._silent.set()

    def listen_again(self) -> None:
        self._silent = asyncio.Event()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._pairs.add(task)
        onward = None
        try:
            if isinstance(self._target, str):
                back, onward = await asyncio.open_unix_connection(self._target)
            else:
                back, onward = await asyncio.open_connection("127.0.0.1", self._target)
            silent = self._silent
            await asyncio.gather(_copy(reader, onward, silent), _copy(back, writer, silent))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._pairs.discard(task)
            for end in (writer, onward):
                if end is not None:
                    end.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, silent: asyncio.Event) -> None:
    while data := await reader.read(65536):
        if not silent.is_set():
            writer.write(data)
            await writer.drain()
    raise ConnectionResetError


@contextlib.asynccontextmanager
async def proxied(target: int | str, port: int | None = None) -> AsyncIterator[Proxy]:
    proxy = Proxy(port or free_port(), target)
    await proxy.mend()
    try:
        yield proxy
    finally:
        await proxy.cut()


def socket_of(url: str) -> int | str:
    """The port of a server, or the path of its socket."""
    parts = urlsplit(url)
    folder = parse_qs(parts.query).get("host", [""])[0]
    return f"{folder}/.s.PGSQL.{parts.port or 5432}" if folder.startswith("/") else parts.port or 5432


def through(url: str, port: int) -> str:
    """The same database by way of this port."""
    parts = urlsplit(url)
    login = parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{port}" if login else f"127.0.0.1:{port}", query=""))
