"""Watching what others do, through the gateway: the present state first, then each change, completed by other services."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from deploy.local.platform import Platform
from tests.e2e.organisation import (
    OFFICER,
    STEWARD,
    Act,
    a_credential,
    a_proposed_tool,
    approve,
    hire,
    me,
    request,
)

TOOL_CHANGED = """subscription($id: ID!) {
  toolChanged(id: $id) { status owner { id } requiredCredentials { id } suspension { reason } } }"""
MY_ACCESS = "subscription { myAccessChanged { id accessGrants { status tool { id } } trainingAssignments { state } } }"


class Watching:
    """One subscription on a WebSocket of its own."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def begin(self, token: str, query: str, variables: dict[str, Any]) -> None:
        await self._socket.send(
            json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
        )
        assert json.loads(await self._socket.recv()) == {"type": "connection_ack"}
        payload = {"query": query, "variables": variables}
        await self._socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))

    async def next(self) -> Any:
        """The data of the next payload."""
        message = json.loads(await asyncio.wait_for(self._socket.recv(), 30))
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        return message["payload"]["data"]

    async def until(self, wanted: dict[str, Any]) -> Any:
        """Read on until a payload has these values; that it comes at all is the assertion."""
        while True:
            (found,) = (await self.next()).values()
            if {name: found[name] for name in wanted} == wanted:
                return found


@asynccontextmanager
async def watching(
    url: str, platform: Platform, query: str, caller: dict[str, Any], **variables: Any
) -> AsyncIterator[Watching]:
    claims = dict(caller)
    token = platform.token(claims.pop("who"), **claims)
    async with connect(url.replace("http", "ws", 1), subprotocols=["graphql-transport-ws"], proxy=None) as socket:
        watch = Watching(socket)
        await watch.begin(token, query, variables)
        yield watch


async def a_counter(platform: Platform, http: httpx.AsyncClient, name: str) -> float:
    """What the gateway counted."""
    text = (await http.get(platform.graphql_url.replace("/graphql", "/metrics"))).text
    return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))


async def test_a_tool_is_watched_through_the_bus_with_fields_of_training_C3(
    platform: Platform, http: httpx.AsyncClient, act: Act, committee: str
) -> None:
    await a_credential(act, "watched-credential")
    tool = await a_proposed_tool(act)
    asked = await a_counter(platform, http, "followed_operations_total")
    async with watching(platform.graphql_url, platform, TOOL_CHANGED, me("L1"), id=tool) as watch:
        first = (await watch.next())["toolChanged"]
        assert first == {"status": "UNDER_REVIEW", "owner": {"id": "L1"}, "requiredCredentials": [], "suspension": None}
        await approve(act, committee, tool, "watched-credential")
        await watch.until({"status": "APPROVED"})
        await act("suspendTool", {"toolId": tool, "reason": "it leaked a prompt"}, **OFFICER)
        shown = await watch.until({"status": "SUSPENDED"})
        assert shown["requiredCredentials"] == [{"id": "watched-credential"}]
        assert shown["suspension"] == {"reason": "it leaked a prompt"}
    assert await a_counter(platform, http, "followed_operations_total") > asked, "it was fed by the bus"


async def test_a_person_watches_access_come_by_itself_C1(
    platform: Platform, act: Act, ask: Any, publish: Any, committee: str
) -> None:
    tool = await a_proposed_tool(act)
    await approve(act, committee, tool)
    await hire(publish, ask, "E901")
    async with watching(platform.graphql_url, platform, MY_ACCESS, me("E901")) as watch:
        first = (await watch.next())["myAccessChanged"]
        assert (first["id"], first["accessGrants"]) == ("E901", [])
        await request(act, "E901", tool)
        await watch.until({"accessGrants": [{"status": "ACTIVE", "tool": {"id": tool}}]})


async def test_the_services_answer_the_same_by_themselves_so_that_another_router_can(
    platform: Platform, act: Act, committee: str
) -> None:
    tool = await a_proposed_tool(act)
    query = "subscription($id: ID!) { toolChanged(id: $id) { status } }"
    governance = f"http://127.0.0.1:{platform.settings.ports.governance}/graphql"
    async with watching(governance, platform, query, me("L1"), id=tool) as watch:
        assert await watch.next() == {"toolChanged": {"status": "UNDER_REVIEW"}}
        await act("nameToolOwner", {"toolId": tool, "ownerId": "S1"}, **STEWARD)
        assert await watch.next() == {"toolChanged": {"status": "UNDER_REVIEW"}}


async def test_what_changed_while_the_broker_was_away_arrives_when_it_is_back(
    platform: Platform, act: Act, committee: str
) -> None:
    if "broker" not in platform.processes:
        pytest.skip("the broker is not ours to stop")
    tool = await a_proposed_tool(act)
    async with watching(platform.graphql_url, platform, TOOL_CHANGED, me("L1"), id=tool) as watch:
        await watch.until({"status": "UNDER_REVIEW"})
        platform.kill("broker", signal.SIGSTOP)
        try:
            await approve(act, committee, tool)
        finally:
            platform.kill("broker", signal.SIGCONT)
        await watch.until({"status": "APPROVED"})
