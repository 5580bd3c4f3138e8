"""The platform as the import sees it: the directory read page by page from the graph, events posted to the ingress."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import httpx

from gateway.hris_import.people import Person, Place

_PAGE = 100
_BATCH = 500
_ATTEMPTS = 6
_QUERY = """
query Directory($after: String, $first: Int!) {
  employees(first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    edges { node {
      id name email jobFunction level isPeopleManager status hiredOn
      department { id name } team { id name } manager { id }
    } }
  }
}
"""
Progress = Callable[[int, int | None], None]


class PlatformRefused(Exception):
    """The platform does not answer as it should. The message says what it said."""


class Platform:
    """The gateway at `url`, asked with the token of a service with the role `hris`."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"authorization": f"Bearer {token}"}
        self._http = httpx.AsyncClient(base_url=url, headers=headers, timeout=30, trust_env=False)

    async def __aenter__(self) -> Platform:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def directory(self, progress: Progress) -> list[Person]:
        """Everybody whom the directory knows. Raises PlatformRefused."""
        found: list[Person] = []
        after = None
        while True:
            body = {"query": _QUERY, "variables": {"after": after, "first": _PAGE}}
            answer = await self._post("/graphql", json=body)
            content = answer.json() if "json" in answer.headers.get("content-type", "") else {}
            if answer.status_code != httpx.codes.OK or content.get("errors"):
                why = (content.get("errors") or [{"message": answer.text[:200]}])[0]["message"]
                raise PlatformRefused(f"The directory cannot be read: {why}")
            page = content["data"]["employees"]
            found += [_person(edge["node"]) for edge in page["edges"]]
            progress(len(found), None)
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]

    async def publish(self, events: Sequence[dict[str, Any]], progress: Progress) -> None:
        """Publish events in batches, each when the one before is on the bus. Raises PlatformRefused."""
        for start in range(0, len(events), _BATCH):
            batch = events[start : start + _BATCH]
            answer = await self._post(
                "/events", json=batch, headers={"content-type": "application/cloudevents-batch+json"}
            )
            rejected = answer.json().get("rejected", []) if answer.status_code == httpx.codes.ACCEPTED else None
            if rejected is None:
                raise PlatformRefused(f"The ingress refuses: {answer.text[:400]}")
            if rejected:
                first = rejected[0]
                whom = batch[first["index"]]["subject"]
                raise PlatformRefused(f"{len(rejected)} events were refused, first that of {whom}: {first['error']}")
            progress(start + len(batch), len(events))

    async def _post(self, path: str, **more: Any) -> httpx.Response:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                answer = await self._http.post(path, **more)
            except httpx.HTTPError as error:
                if attempt == _ATTEMPTS:
                    raise PlatformRefused(f"{self._http.base_url} does not answer: {error!r}") from None
            else:
                if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or attempt == _ATTEMPTS:
                    return answer
            await asyncio.sleep(min(0.2 * 2**attempt, 5))
        raise AssertionError


def _person(node: dict[str, Any]) -> Person:
    return Person(
        employee_id=node["id"],
        name=node["name"],
        email=node["email"],
        department=_place(node["department"]),
        team=_place(node["team"]),
        manager_id=node["manager"]["id"] if node["manager"] else None,
        job_function=node["jobFunction"],
        level=node["level"],
        is_people_manager=node["isPeopleManager"],
        hired_on=date.fromisoformat(node["hiredOn"]) if node["hiredOn"] else None,
        status=node["status"],
    )


def _place(node: dict[str, Any] | None) -> Place | None:
    return Place(node["id"], node["name"]) if node else None
