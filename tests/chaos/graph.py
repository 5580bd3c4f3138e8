"""A patient caller of the graph: the same command with the same idempotency key until there is an answer."""

from __future__ import annotations

import asyncio
import itertools
import random
from typing import Any

import httpx

from deploy.local.platform import Platform
from tests.chaos.ledger import Command, Ledger

_AGAIN = {
    "SUBGRAPH_UNAVAILABLE",
    "INTERNAL_SERVER_ERROR",
    "INTERNAL_ERROR",
    "TIMEOUT",
    "TOO_SLOW",
    "KEYS_UNAVAILABLE",
    "UNAVAILABLE",
}
_LONGEST_PAUSE = 2.0


class Refused(Exception):
    """The rules said no for as long as the caller was willing to ask."""


class Mistake(Exception):
    """The test itself asks for something that does not exist."""


class Graph:
    """Commands through the gateway, each remembered in the ledger before it is sent."""

    def __init__(self, platform: Platform, ledger: Ledger, chance: random.Random, name: str) -> None:
        self._platform = platform
        self._ledger = ledger
        self._chance = chance
        self._name = name
        self._numbers = itertools.count(1)
        self._tokens: dict[str, str] = {}
        self._http = httpx.AsyncClient(timeout=15, trust_env=False)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def act(
        self,
        service: str,
        operation: str,
        input: dict[str, Any],
        *,
        object: str,
        event: str,
        who: dict[str, Any],
        patience: float = 90,
    ) -> str:
        """Do something and return its object's id. Asks again while there is no answer, and for `patience` seconds while
        it is refused, because other services may not have heard yet of what it needs. Raises Refused."""
        command = self._command(service, operation, input, event, who)
        loop = asyncio.get_running_loop()
        end = loop.time() + patience
        pause = 0.1
        while True:
            said = await self._ask(command, object, who, within=15)
            if isinstance(said, str):
                if self._chance.random() < 0.05:
                    await self._ask(command, object, who, within=15)
                return said
            if said is not None and loop.time() > end:
                self._ledger.unknown.discard(command)
                raise Refused(f"{operation}: {said}")
            await asyncio.sleep(pause * self._chance.uniform(0.5, 1.5))
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def try_once(
        self, service: str, operation: str, input: dict[str, Any], *, object: str, event: str, who: dict[str, Any]
    ) -> None:
        """Ask once, with little patience, and never look at what became of it."""
        command = self._command(service, operation, input, event, who)
        await self._ask(command, object, who, within=self._chance.uniform(0.005, 0.5))

    def _command(self, service: str, operation: str, input: dict[str, Any], event: str, who: dict[str, Any]) -> Command:
        key = f"{self._name}-{next(self._numbers)}"
        command = Command(service, operation, who.get("sub", who["who"]), key, event, _Input(input))
        self._ledger.asked(command)
        return command

    async def _ask(
        self, command: Command, object: str, who: dict[str, Any], *, within: float
    ) -> str | list[Any] | None:
        """The object's id, the refusals, or None when nobody knows."""
        kind = command.operation[0].upper() + command.operation[1:] + "Input"
        query = (
            f"mutation($input: {kind}!) {{ {command.operation}(input: $input) "
            f"{{ {object} {{ id }} errors {{ code message }} }} }}"
        )
        body = {"query": query, "variables": {"input": {**command.input, "idempotencyKey": command.key}}}
        headers = {"authorization": f"Bearer {self._token(who)}"}
        try:
            answer = (
                await self._http.post(self._platform.graphql_url, json=body, headers=headers, timeout=within)
            ).json()
        except (httpx.HTTPError, ValueError):
            return None
        for error in answer.get("errors") or []:
            if error.get("extensions", {}).get("code") not in _AGAIN:
                raise Mistake(f"{command.operation}: {error}")
        payload = (answer.get("data") or {}).get(command.operation)
        if payload is None:
            return None
        if payload["errors"]:
            refusals: list[Any] = payload["errors"]
            return refusals
        if not (payload[object] or {}).get("id"):
            return None
        id = str(payload[object]["id"])
        self._ledger.answered(command, id)
        return id

    def _token(self, who: dict[str, Any]) -> str:
        name = str(sorted(who.items(), key=str))
        if name not in self._tokens:
            self._tokens[name] = self._platform.token(**who)
        return self._tokens[name]


class _Input(dict[str, Any]):
    """A command's input; commands are told apart by their keys."""

    def __hash__(self) -> int:  # type: ignore[override]
        return 0
