"""How the demo speaks to the platform: events to the ingress, mutations to the graph, and patience with both."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import httpx

_NAMESPACE = UUID("5a0c3c1e-8f0b-5f5e-9d3c-0d6f2b1a7e44")
_BATCH = 100
_AT_ONCE = 4
_PATIENCE = 45.0
_PAUSE = 0.2


class Unexpected(Exception):
    """The platform refused something that the demo needs; the message says what and why."""


def event(type: str, key: str, data: dict[str, Any], time: datetime) -> dict[str, Any]:
    """A CloudEvent whose id is made of its content: published again, it is the same event."""
    content = json.dumps([type, key, data, time.isoformat()], sort_keys=True)
    return {
        "specversion": "1.0",
        "id": str(uuid5(_NAMESPACE, content)),
        "type": type,
        "source": f"/demo/{type.partition('.')[0]}",
        "subject": key,
        "partitionkey": key,
        "time": time.isoformat(),
        "datacontenttype": "application/json",
        "data": data,
    }


class Clients:
    """One HTTP client for the ingress and the graph. A process that is down for a moment is waited for."""

    def __init__(self, graphql_url: str, events_url: str, token: Callable[..., str]) -> None:
        """`token` makes a token for a person or service by the name `make token` knows, with claims."""
        self._graphql_url = graphql_url
        self._events_url = events_url
        self._make_token = token
        self._tokens: dict[str, str] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._http = httpx.AsyncClient(timeout=30, trust_env=False)

    async def __aenter__(self) -> Clients:
        """Open."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def publish(self, who: str, events: Iterable[dict[str, Any]]) -> int:
        """Hand events to the ingress in batches, in order; returns how many."""
        everything = list(events)
        for start in range(0, len(everything), _BATCH):
            batch = everything[start : start + _BATCH]
            answer = await self._post(
                self._events_url,
                who,
                json.dumps(batch).encode(),
                "application/cloudevents-batch+json",
            )
            if answer.status_code != httpx.codes.ACCEPTED:
                raise Unexpected(f"the ingress refused events of {who}: {answer.status_code} {answer.text}")
        return len(everything)

    async def ask(self, who: str, query: str, **variables: Any) -> dict[str, Any]:
        """The data of a query; an error is Unexpected."""
        answer = await self.ask_openly(who, query, **variables)
        if answer.get("errors"):
            raise Unexpected(f"{answer['errors'][0].get('message')} ({query.strip().split('{')[0] or 'query'})")
        data: dict[str, Any] = answer["data"]
        return data

    async def ask_openly(self, who: str, query: str, **variables: Any) -> dict[str, Any]:
        """The whole answer of a query, errors included, once every process answers."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        deadline = asyncio.get_running_loop().time() + _PATIENCE
        while True:
            answer = await self._post(self._graphql_url, who, body, "application/json")
            content: dict[str, Any] = answer.json()
            if not _transient(content) or asyncio.get_running_loop().time() > deadline:
                return content
            await asyncio.sleep(_PAUSE)

    async def change(self, who: str, field: str, input: dict[str, Any], selection: str, key: str) -> dict[str, Any]:
        """Carry out one mutation, once however often it is called with this key; returns its payload."""
        return (await self.change_all(who, [(field, input, key)], selection))[0]

    async def change_all(
        self, who: str, changes: Sequence[tuple[str, dict[str, Any], str]], selection: str = "__typename"
    ) -> list[dict[str, Any]]:
        """Carry out mutations (field, input, key) one after the other in one request.

        What is refused because news has not arrived yet - somebody was hired, a tool was approved - goes through soon.
        """
        declared = ", ".join(f"$i{n}: {_input_of(field)}!" for n, (field, _, _) in enumerate(changes))
        fields = " ".join(
            f"m{n}: {field}(input: $i{n}) {{ {selection} errors {{ message }} }}"
            for n, (field, _, _) in enumerate(changes)
        )
        inputs = {f"i{n}": {**input, "idempotencyKey": f"demo-{key}"} for n, (_, input, key) in enumerate(changes)}
        deadline = asyncio.get_running_loop().time() + _PATIENCE
        while True:
            answer = await self.ask(who, f"mutation ({declared}) {{ {fields} }}", **inputs)
            payloads: list[dict[str, Any]] = [answer[f"m{n}"] for n in range(len(changes))]
            refused = [error["message"] for payload in payloads for error in payload["errors"]]
            if not refused:
                return payloads
            if asyncio.get_running_loop().time() > deadline:
                names = ", ".join(field for field, _, _ in changes)
                raise Unexpected(f"{names} for {changes[0][2]} was refused: {refused[0]}")
            await asyncio.sleep(_PAUSE)

    async def _post(self, url: str, who: str, body: bytes, content_type: str) -> httpx.Response:
        deadline = asyncio.get_running_loop().time() + _PATIENCE
        while True:
            headers = {"authorization": f"Bearer {self._token(who)}", "content-type": content_type}
            try:
                async with self._slots:
                    answer = await self._http.post(url, content=body, headers=headers)
                if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                    return answer
                reason = f"{answer.status_code} {answer.text[:300]}"
            except httpx.TransportError as error:
                reason = str(error) or type(error).__name__
            if asyncio.get_running_loop().time() > deadline:
                raise Unexpected(f"{url} does not answer: {reason}")
            await asyncio.sleep(_PAUSE)

    def _token(self, who: str) -> str:
        if who not in self._tokens:
            self._tokens[who] = self._make_token(who)
        return self._tokens[who]


def _input_of(field: str) -> str:
    return f"{field[0].upper()}{field[1:]}Input"


_TRANSIENT_CODES = {
    "UNAVAILABLE",
    "SUBREQUEST_HTTP_ERROR",
    "SUBGRAPH_UNAVAILABLE",
    "DOWNSTREAM_SERVICE_ERROR",
    "SERVICE_UNAVAILABLE",
    "KEYS_UNAVAILABLE",
    "INTERNAL_SERVER_ERROR",
    "INTERNAL",
}


def _transient(answer: dict[str, Any]) -> bool:
    """Whether a process was down or its database was, so that the same request may go through in a moment."""
    return any(error.get("extensions", {}).get("code") in _TRANSIENT_CODES for error in answer.get("errors") or [])


async def gather(work: Sequence[Awaitable[Any]]) -> list[Any]:
    """Do independent things at once; the first failure ends the others."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_awaited(each)) for each in work]
    return [task.result() for task in tasks]


async def _awaited(work: Awaitable[Any]) -> Any:
    return await work
