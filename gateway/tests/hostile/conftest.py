"""One gateway process in production for all tests, and its two subgraphs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest_asyncio

from gateway.testing.attacked import Attacked
from gateway.testing.office import SUPERGRAPH, desks, people
from gateway.testing.serving import Process, a_free_port, served


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway() -> AsyncIterator[Attacked]:
    """As it comes, in production: no setting is changed."""
    async with AsyncExitStack() as stack:
        subgraphs = {"people": people(), "desks": desks()}
        addresses = {
            f"SUBGRAPH_{name.upper()}_URL": f"{await stack.enter_async_context(served(app))}/graphql"
            for name, app in subgraphs.items()
        }
        port = a_free_port()
        process = Process("serve", SUPERGRAPH=str(SUPERGRAPH), PORT=str(port), LOG_LEVEL="ERROR", **addresses)
        stack.callback(process.kill)
        http = await stack.enter_async_context(
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, verify=False, timeout=30)
        )
        gateway = Attacked(http, process.pid, port)
        while True:
            try:
                await gateway.probe()
            except httpx.TransportError:
                os.kill(process.pid, 0)
                await asyncio.sleep(0.05)
            else:
                break
        yield gateway
