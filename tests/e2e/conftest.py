"""The whole platform, started once: real processes, a real PostgreSQL, a real broker. Tests use the graph and the bus only."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from deploy.local.platform import Platform
from deploy.local.settings import Ports, Settings

HERE = Path(__file__).parent
SPEAKERS = {"hris": "hris", "itsm": "itsm", "lms": "lms", "usage": "telemetry"}

Ask = Callable[..., Awaitable[dict[str, Any]]]
Publish = Callable[..., Awaitable[str]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests share the loop in which the supervisor watches its children."""
    in_session_loop = pytest.mark.asyncio(loop_scope="session")
    for item in items:
        if HERE in item.path.parents and asyncio.iscoroutinefunction(getattr(item, "obj", None)):
            item.add_marker(in_session_loop, append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def platform() -> AsyncIterator[Platform]:
    """The running platform without the demo organisation; every process is stopped at the end.

    Its state is not in pytest's own folder, which every other pytest closes to other users when it starts: PostgreSQL,
    which does not run as root, would lose its data.
    """
    folder = Path(tempfile.mkdtemp(prefix="opmodel-e2e-"))
    settings = Settings(
        state=folder / ".state",
        ports=Ports.free(),
        database_url=os.environ.get("TEST_DATABASE_URL"),
        bootstrap_servers=os.environ.get("TEST_KAFKA_BOOTSTRAP_SERVERS"),
        postgres_options=("fsync=off", "full_page_writes=off"),
    )
    async with Platform(settings, print) as running:
        yield running
    shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def http(platform: Platform) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client without retries: what a caller would see."""
    async with httpx.AsyncClient(timeout=15, trust_env=False) as client:
        yield client


@pytest.fixture
def ask(platform: Platform, http: httpx.AsyncClient) -> Ask:
    """Ask the graph: `await ask(query, {"id": ...}, who="ai-steward", sub="E0042", roles=["employee"])`.

    `who` is a name that `make token` knows, further claims replace that one's; `who=None` sends no token. Returns the
    whole answer with `data` and `errors`.
    """

    async def send(
        query: str, variables: dict[str, Any] | None = None, *, who: str | None = "employee", **claims: Any
    ) -> dict[str, Any]:
        headers = {} if who is None else {"authorization": f"Bearer {platform.token(who, **claims)}"}
        body = {"query": query, "variables": variables or {}}
        answer = await http.post(platform.graphql_url, json=body, headers=headers)
        content: dict[str, Any] = answer.json()
        return content

    return send


@pytest.fixture
def publish(platform: Platform, http: httpx.AsyncClient) -> Publish:
    """Publish an event by the ingress, as the system that owns its type; returns the event's id once acknowledged."""

    async def send(
        type: str,
        data: dict[str, Any],
        *,
        who: str | None = None,
        id: str | None = None,
        time: datetime | None = None,
        **attributes: Any,
    ) -> str:
        owner = type.partition(".")[0]
        key = str(data.get("employee_id") or attributes.get("subject") or uuid4())
        event = {
            "specversion": "1.0",
            "id": id or str(uuid4()),
            "type": type,
            "source": f"/test/{owner}",
            "subject": key,
            "partitionkey": key,
            "time": (time or datetime.now(UTC)).isoformat(),
            "datacontenttype": "application/json",
            "data": data,
        } | attributes
        answer = await http.post(
            platform.events_url,
            content=json.dumps(event),
            headers={
                "content-type": "application/cloudevents+json",
                "authorization": f"Bearer {platform.token(who or SPEAKERS[owner])}",
            },
        )
        assert answer.status_code == httpx.codes.ACCEPTED, f"{answer.status_code} {answer.text}"
        return str(event["id"])

    return send
