"""Vendors' deliveries, from the HTTP request to the bus."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.ingress.raw import kept
from gateway.testing.ingress import TOPICS, IngressBus, make_topics
from gateway.testing.serving import Broker, Run, Start, served

BODIES = Path(__file__).parents[1] / "ingress" / "bodies"
KEY = "a private key as BambooHR makes them"
SECRETS = SecretStr(json.dumps({"bamboohr": {"role": "hris", "keys": [KEY]}}))
JSON = "application/json"


def body_of(name: str) -> bytes:
    return (BODIES / name).read_bytes()


@pytest.fixture
async def bamboohr_api() -> AsyncIterator[tuple[str, list[Any]]]:
    """BambooHR's API with one employee; what it was asked."""
    asked: list[Any] = []

    async def employee(request: Request) -> Response:
        asked.append((request.path_params["id"], request.headers["authorization"], request.query_params["fields"]))
        if request.path_params["id"] != "4711":
            return Response(status_code=404)
        return JSONResponse({"id": "4711", "jobTitle": "Success Manager", "status": "Active"})

    async with served(Starlette(routes=[Route("/api/v1/employees/{id}/", employee)])) as address:
        yield f"{address}/api/v1", asked


@pytest.fixture
async def bus(broker: Broker, start: Start) -> IngressBus:
    return await a_bus(broker, start)


async def a_bus(broker: Broker, start: Start, **more: Any) -> IngressBus:
    broker.start()
    await make_topics(broker, TOPICS)
    settings = {"kafka_bootstrap_servers": broker.address, "kafka_idempotence": False, "webhook_secrets": SECRETS}
    bus = IngressBus(broker, await start(secure=True, **settings | more))
    await bus.connected()
    return bus


def signed(body: bytes, *, at: str | None = None, key: str = KEY) -> dict[str, str]:
    """BambooHR signs the body with the timestamp after it."""
    timestamp = at or str(int(time.time()))
    digest = hmac.new(key.encode(), body + timestamp.encode(), hashlib.sha256).hexdigest()
    return {"x-bamboohr-timestamp": timestamp, "x-bamboohr-signature": digest, "content-type": JSON}


async def post(bus: IngressBus, body: bytes, headers: dict[str, str]) -> httpx.Response:
    return await bus.gateway.http.post("/events/bamboohr", content=body, headers=headers)


async def test_a_signed_delivery_is_kept_and_mapped(bus: IngressBus) -> None:
    body = body_of("bamboohr-updated.json")
    answer = await post(bus, body, signed(body))
    assert answer.status_code == 202, answer.text
    assert answer.json()["accepted"] == 7
    assert [one["index"] for one in answer.json()["rejected"]] == [5]
    events = await bus.published(count=7)
    assert {one.source for one in events} == {"/bamboohr/bamboohr"}
    assert {one.correlation_id for one in events} == {answer.json()["delivery"]}
    assert {one.key for one in events} == {"4711", "E4712", "4713", "4714", "4715", "4718"}
    (raw,) = await bus.records("ingress.raw")
    assert kept(raw.headers, raw.value).received.body == body
    (letter,) = await bus.records("ingress.dead-letters")
    assert kept(letter.headers, letter.value).received.body == body
    assert "were not posted" in json.loads(dict(letter.headers)["reason"])[0]["why"]


async def test_the_same_delivery_again_is_the_same_events(bus: IngressBus) -> None:
    body = body_of("bamboohr-updated.json")
    for _ in range(2):
        assert (await post(bus, body, signed(body))).status_code == 202
    events = await bus.published(count=14)
    assert len({(one.source, one.id) for one in events}) == 7


@pytest.mark.parametrize("headers", [
    {"x-bamboohr-signature": "0" * 64},
    {"x-bamboohr-timestamp": "1"},
    {"x-bamboohr-timestamp": ""},
])  # fmt: skip
async def test_a_wrong_signature_of_bamboohr(bus: IngressBus, headers: dict[str, str]) -> None:
    body = body_of("bamboohr-updated.json")
    assert (await post(bus, body, signed(body) | headers)).status_code == 401


async def test_an_old_signature_of_bamboohr(bus: IngressBus) -> None:
    body = body_of("bamboohr-updated.json")
    assert (await post(bus, body, signed(body, at=str(int(time.time()) - 360)))).status_code == 401
    assert (await post(bus, body, signed(body, key="another key of the same length......"))).status_code == 401


async def test_events_without_values_are_read_from_the_api(
    broker: Broker, start: Start, bamboohr_api: tuple[str, list[Any]]
) -> None:
    url, asked = bamboohr_api
    bus = await a_bus(broker, start, bamboohr_api_url=url, bamboohr_api_key=SecretStr("api-key"))
    body = body_of("bamboohr-names-only.json")
    assert (await post(bus, body, signed(body))).json()["accepted"] == 1
    (event,) = await bus.published()
    assert json.loads(event.data) == {
        "employee_id": "4711", "effective_date": "2026-03-02", "job_function": "Success Manager"
    }  # fmt: skip
    assert asked[0][:2] == ("4711", httpx.BasicAuth("api-key", "x")._auth_header)
    unknown = body.replace(b"4711", b"4799")
    answer = await post(bus, unknown, signed(unknown))
    assert (answer.status_code, answer.json()["accepted"]) == (202, 0)
    assert answer.json()["rejected"][0]["error"] == "BambooHR's API answered 404 for employee 4799."


async def test_what_could_not_be_mapped_is_mapped_again(
    bus: IngressBus, run: Run, bamboohr_api: tuple[str, list[Any]]
) -> None:
    body = body_of("bamboohr-names-only.json")
    answer = await post(bus, body, signed(body))
    assert (answer.status_code, answer.json()["accepted"]) == (202, 0)
    environment = {
        "ENVIRONMENT": "development",
        "KAFKA_BOOTSTRAP_SERVERS": bus.broker.address,
        "KAFKA_IDEMPOTENCE": "false",
        "JWKS_URL": "file:///nowhere.json",
        "TOKEN_ISSUER": "x",
        "TOKEN_AUDIENCE": "x",
    }
    code, out, err = await asyncio.to_thread(run("map-again", **environment).end)
    assert code == 1, err
    assert "0 events published" in out
    assert "field-based data" in out
    environment |= {"BAMBOOHR_API_URL": bamboohr_api[0], "BAMBOOHR_API_KEY": "api-key"}
    code, out, err = await asyncio.to_thread(run("map-again", "--adapter", "bamboohr", **environment).end)
    assert (code, "1 events published" in out) == (0, True), out + err
    (event,) = await bus.published()
    assert event.source == "/bamboohr/bamboohr"
    code, out, _ = await asyncio.to_thread(run("map-again", "--adapter", "xapi", **environment).end)
    assert (code, "published" in out) == (0, False)


@pytest.mark.parametrize(
    ("adapter", "role", "name", "topic", "count"),
    [
        ("servicenow", "itsm", "servicenow-incidents.json", "itsm.events", 4),
        ("servicenow", "itsm", "servicenow-request.json", "itsm.events", 1),
        ("xapi", "lms", "xapi.json", "lms.events", 3),
        ("copilot", "telemetry", "copilot.ndjson", "usage.events", 2),
    ],
)
async def test_vendors_with_the_token_of_their_source(
    bus: IngressBus, adapter: str, role: str, name: str, topic: str, count: int
) -> None:
    answer = await bus.deliver(body_of(name), JSON, role=role, to=f"/events/{adapter}")
    assert (answer.status_code, answer.json()["accepted"]) == (202, count), answer.text
    events = await bus.published(topic, count)
    assert {one.source for one in events} == {f"/{adapter}/{role}"}


async def test_a_contract_refuses_what_a_mapper_let_pass(bus: IngressBus) -> None:
    answer = await bus.deliver(body_of("xapi.json"), JSON, role="lms", to="/events/xapi")
    rejected = {one["index"]: one["error"] for one in answer.json()["rejected"]}
    assert "data.result.score.scaled" in rejected[5]


async def test_who_may_not(bus: IngressBus) -> None:
    answer = await bus.deliver(b"{}", JSON, role="itsm", to="/events/bamboohr")
    assert answer.status_code == 403
    assert answer.json()["detail"] == "itsm may publish itsm.*; what bamboohr sends becomes hris.*."
    answer = await bus.deliver(b"{}", JSON, to="/events/workday")
    assert answer.status_code == 404
    assert "bamboohr, servicenow, xapi, copilot" in answer.json()["detail"]


async def test_no_json_at_all_is_kept_too(bus: IngressBus) -> None:
    answer = await bus.deliver(b"<xml/>", "text/xml", to="/events/bamboohr")
    assert (answer.status_code, answer.json()["accepted"]) == (202, 0)
    (letter,) = await bus.records("ingress.dead-letters")
    keep = kept(letter.headers, letter.value)
    assert (keep.received.body, keep.content_type, keep.source) == (b"<xml/>", "text/xml", "hris")


async def test_without_the_broker_nothing_is_taken(broker: Broker, start: Start) -> None:
    settings = {"kafka_bootstrap_servers": broker.address, "webhook_secrets": SECRETS}
    bus = IngressBus(broker, await start(secure=True, **settings))
    answer = await bus.deliver(body_of("xapi.json"), JSON, role="lms", to="/events/xapi")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
