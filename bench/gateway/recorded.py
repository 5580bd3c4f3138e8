"""Subgraphs that answer at once: each distinct request is executed over the data the first time, then its bytes are sent.

Routers ask the same question in different words; executing whatever comes gives each of them the right answer.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import cast

import httptools

from gateway.testing.federation import Federation

GRAPH = Path(__file__).parent / "graph"
QUERIES = {path.stem: path.read_text() for path in sorted((Path(__file__).parent / "queries").glob("*.graphql"))}


class Recorded:
    """All subgraphs of the graph behind one port: `/accounts`, `/catalog` and so on."""

    def __init__(self) -> None:
        self.federation = Federation.load(GRAPH)
        self.calls = 0
        self._answers: dict[tuple[str, bytes], bytes] = {}

    async def listen(self) -> int:
        """Serve on a free port; returns it."""
        server = await asyncio.get_running_loop().create_server(lambda: _Connection(self), "127.0.0.1", 0)
        port: int = server.sockets[0].getsockname()[1]
        return port

    def supergraph(self, port: int) -> str:
        """The supergraph file with the addresses of this process."""
        text = (GRAPH / "supergraph.graphql").read_text()
        for name in self.federation.subgraphs:
            text = text.replace(f"http://{name}.test/graphql", f"http://127.0.0.1:{port}/{name}")
        return text

    def answer(self, subgraph: str, body: bytes) -> bytes:
        """The whole HTTP response."""
        self.calls += 1
        key = (subgraph, body)
        known = self._answers.get(key)
        if known is None:
            content = self.federation.subgraphs[subgraph].execute(body)
            head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
            known = self._answers[key] = head.encode() + content
        return known


class _Connection(asyncio.Protocol):
    def __init__(self, recorded: Recorded) -> None:
        self._recorded = recorded
        self._parser = httptools.HttpRequestParser(self)
        self._chunks: list[bytes] = []
        self._path = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._path = url

    def on_body(self, chunk: bytes) -> None:
        self._chunks.append(chunk)

    def on_message_complete(self) -> None:
        body = b"".join(self._chunks)
        self._chunks = []
        self._transport.write(self._recorded.answer(self._path[1:].decode(), body))
