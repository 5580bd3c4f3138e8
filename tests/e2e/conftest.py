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

from chassis.testing import eventually
from deploy.local.platform import Platform
from deploy.local.settings import Ports, Settings
from tests.e2e.organisation import OWNER, SPONSOR, STEWARD, Act, a_credential, a_hire

HERE = Path(__file__).parent
SPEAKERS = {"hris": "hris", "itsm": "itsm", "lms": "lms", "usage": "telemetry"}

Ask = Callable[..., Awaitable[dict[str, Any]]]
Publish = Callable[..., Awaitable[str]]
made_once: dict[str, str] = {}


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


@pytest.fixture
def act(ask) -> Act:
    """Do something that must succeed: `await act("proposeTool", {...}, "tool { id }", **STEWARD)`."""

    async def do(mutation: str, input: dict[str, Any], select: str = "__typename", **caller: Any) -> dict[str, Any]:
        kind = mutation[0].upper() + mutation[1:] + "Input"
        query = f"mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {select} errors {{ code message }} }} }}"
        answer = await ask(query, {"input": input}, **caller)
        assert not answer.get("errors"), answer
        payload: dict[str, Any] = answer["data"][mutation]
        assert payload["errors"] == [], payload["errors"]
        return payload

    return do


@pytest_asyncio.fixture(loop_scope="session")
async def committee(act: Act, ask, publish) -> str:
    """People, a sponsor, a committee and what is taught, made once as anybody would make them; the committee's id."""
    if "id" in made_once:
        return made_once["id"]
    office = {"department": {"id": "operations", "name": "Operations"}, "team": None, "is_people_manager": True}
    for id in ("S1", "A1", "C1", "M1", "M2", "K1"):
        await publish("hris.employee-hired.v1", a_hire(id, manager_id=None, **office))
    await publish("hris.employee-hired.v1", a_hire("L1", manager_id=None, is_people_manager=True))

    async def known() -> None:
        for id in ("S1", "A1", "C1", "M1", "M2", "K1", "L1"):
            answer = await ask(f'{{ employee(id: "{id}") {{ status reportingGroup {{ counted }} }} }}', **STEWARD)
            assert answer["data"]["employee"] == {"status": "ACTIVE", "reportingGroup": {"counted": True}}, answer

    await eventually(known, within=20)
    await act("appointSponsor", {"employeeId": "S1"}, **STEWARD)
    for role, id in (("AI_STEWARD", "A1"), ("COMPLIANCE_OFFICER", "C1")):
        await act("appointOfficer", {"role": role, "employeeId": id}, **SPONSOR)
    seats = {"name": "AI governance", "members": [{"employeeId": "M1"}, {"employeeId": "M2"}]}
    made = await act("establishCommittee", seats, "committee { id chair { id } }", **SPONSOR)
    assert made["committee"]["chair"]["id"] == "S1"
    await a_credential(act, "universal-fluency", "UNIVERSAL")
    await act("declareRequirement", {"credentialType": "universal-fluency", "dueDays": 30}, **OWNER)
    made_once["id"] = made["committee"]["id"]
    return made_once["id"]
