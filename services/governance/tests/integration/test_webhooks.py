"""Outgoing webhooks against a real receiver: signature, retries, disabling, the log, and where nothing is delivered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from chassis.clock import FixedClock
from chassis.database import Database
from chassis.server import Server, listen
from chassis.testing import Asks, Delivers, Published, a_caller, eventually
from governance.settings import GovernanceSettings
from governance.webhooks import receivers, repository
from governance.webhooks.deliverer import deliver_some, run
from governance.webhooks.receivers import Attempt

LEAD = a_caller("E0002", "team_lead", "employee")
TYPE = "process.sop-flagged.v1"
FLAGGED = {
    "sop_id": "0190f5fe-7d1e-7b5a-9c55-0d3c1f7a2b10",
    "process_id": "0190f5fe-7d1e-7b5a-9c55-0d3c1f7a2b11",
    "version": 1,
}
SUBSCRIBE = """mutation($url: String!, $types: [String!]!, $key: String) {
    subscribeWebhook(input: {url: $url, types: $types, idempotencyKey: $key}) {
        secret webhook { id status } errors { code message } } }"""
LOG = """{ webhooks { edges { node { id url status reason deliveries { edges { node {
    id eventId type status attempts answered error } } } } } } }"""


class Receiver:
    """An HTTP server of somebody's; `answers` are given in turn, then 204."""

    def __init__(self) -> None:
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[Response] = []
        self.url = ""

    async def take(self, request: Request) -> Response:
        self.taken.append((dict(request.headers), await request.body()))
        return self.answers.pop(0) if self.answers else Response(status_code=204)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    listening = listen("127.0.0.1", 0)
    application = Starlette(routes=[Route("/{path:path}", receiver.take, methods=["POST", "GET"])])
    server = Server(uvicorn.Config(application, lifespan="off", log_config=None, timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    receiver.url = f"http://127.0.0.1:{listening.getsockname()[1]}/hook?team=one"
    yield receiver
    server.should_exit = True
    await serving
    listening.close()


async def subscribed(graph: Asks, receiver: Receiver, *types: str) -> str:
    answer = await graph(SUBSCRIBE, {"url": receiver.url, "types": types or (TYPE,)}, caller=LEAD)
    assert answer["data"]["subscribeWebhook"]["errors"] == [], answer
    return str(answer["data"]["subscribeWebhook"]["secret"])


async def happens(deliver: Delivers, id: str = "event-1") -> None:
    await deliver(TYPE, FLAGGED, id=id, source="/opmodel/process", subject=id)


async def log(graph: Asks) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    answer = await graph(LOG, caller=LEAD)
    (edge,) = answer["data"]["webhooks"]["edges"]
    return edge["node"], [one["node"] for one in edge["node"]["deliveries"]["edges"]]


async def test_an_event_is_delivered_and_signed_as_the_library_checks_it(
    graph: Asks, deliver: Delivers, database: Database, receiver: Receiver
) -> None:
    secret = await subscribed(graph, receiver)
    await happens(deliver)
    await deliver("process.sop-cleared.v1", FLAGGED, source="/opmodel/process", subject="another")
    assert await deliver_some(database, private=True) == 1
    ((headers, body),) = receiver.taken
    assert headers["webhook-id"] == "event-1"
    assert headers["host"] == receiver.url.split("/")[2]
    sent = json.loads(body)
    assert (sent["type"], sent["data"]) == (TYPE, FLAGGED)
    stamp = headers["webhook-timestamp"]
    assert stamp == str(int(database.clock.now.timestamp()))
    assert headers["webhook-signature"] == Webhook(secret).sign("event-1", database.clock.now, body.decode())
    _, (delivery,) = await log(graph)
    assert (delivery["status"], delivery["attempts"], delivery["answered"]) == ("DELIVERED", 1, 204)
    assert await deliver_some(database, private=True) == 0


async def test_the_worker_delivers(graph: Asks, deliver: Delivers, database: Database, receiver: Receiver) -> None:
    await subscribed(graph, receiver)
    settings = GovernanceSettings(database_url="postgresql://unused", webhooks_to_private_addresses=True)
    working = asyncio.create_task(run(database, settings))
    await happens(deliver)

    async def taken() -> None:
        assert len(receiver.taken) == 1

    await eventually(taken)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


async def test_what_is_not_taken_is_tried_for_a_day_then_it_is_disabled(
    graph: Asks, deliver: Delivers, database: Database, receiver: Receiver, clock: FixedClock, published: Published
) -> None:
    await subscribed(graph, receiver)
    await happens(deliver)
    receiver.answers = [Response("not now", 503) for _ in range(50)]
    begun = clock.now
    while await deliver_some(database, private=True):
        _, (delivery,) = await log(graph)
        if delivery["status"] == "FAILED":
            break
        assert await deliver_some(database, private=True) == 0
        clock.advance(timedelta(hours=3))
    webhook, (delivery,) = await log(graph)
    assert timedelta(hours=21) <= clock.now - begun <= timedelta(hours=24)
    assert delivery["error"] == "it answered 503: not now"
    assert webhook["status"] == "DISABLED"
    assert webhook["reason"] == "an event was not taken for 24 hours: it answered 503: not now"
    assert [one["type"] for one in await published()][-1] == "governance.webhook-disabled.v1"
    await happens(deliver, "event-2")
    assert len((await log(graph))[1]) == 1
    receiver.answers = []
    again = "mutation($id: ID!) { redeliverWebhook(input: {deliveryId: $id}) { delivery { id } errors { code } } }"
    answer = await graph(again, {"id": delivery["id"]}, caller=LEAD)
    assert answer["data"]["redeliverWebhook"]["errors"] == [{"code": "WEBHOOK_NOT_ACTIVE"}]
    enable = "mutation($id: ID!) { enableWebhook(input: {webhookId: $id}) { webhook { status } errors { code } } }"
    assert (await graph(enable, {"id": webhook["id"]}, caller=LEAD))["data"]["enableWebhook"]["errors"] == []
    assert (await graph(again, {"id": delivery["id"]}, caller=LEAD))["data"]["redeliverWebhook"]["errors"] == []
    receiver.taken.clear()
    assert await deliver_some(database, private=True) == 1
    assert receiver.taken[0][0]["webhook-id"] == "event-1"


async def test_a_worker_that_dies_leaves_its_deliveries_to_the_next(
    graph: Asks, deliver: Delivers, database: Database, receiver: Receiver, clock: FixedClock
) -> None:
    await subscribed(graph, receiver)
    await happens(deliver)
    async with database.transaction() as tx:
        assert len(await repository.claim(tx, 10, timedelta(seconds=60))) == 1
    assert await deliver_some(database, private=True) == 0
    clock.advance(timedelta(seconds=61))
    assert await deliver_some(database, private=True) == 1


async def test_a_receiver_that_is_gone_is_disabled_at_once(
    graph: Asks, deliver: Delivers, database: Database, receiver: Receiver
) -> None:
    await subscribed(graph, receiver)
    await happens(deliver)
    receiver.answers = [Response(status_code=410)]
    await deliver_some(database, private=True)
    webhook, (delivery,) = await log(graph)
    assert (webhook["status"], delivery["status"]) == ("DISABLED", "FAILED")


async def test_redirects_are_not_followed(
    graph: Asks, deliver: Delivers, database: Database, receiver: Receiver
) -> None:
    await subscribed(graph, receiver)
    await happens(deliver)
    receiver.answers = [RedirectResponse("http://127.0.0.1:1/elsewhere")]
    await deliver_some(database, private=True)
    _, (delivery,) = await log(graph)
    assert (delivery["status"], delivery["answered"], len(receiver.taken)) == ("PENDING", 307, 1)


async def test_private_addresses_are_refused_also_behind_a_name(
    graph: Asks, deliver: Delivers, database: Database, receiver: Receiver
) -> None:
    receiver.url = receiver.url.replace("127.0.0.1", "localhost")
    await subscribed(graph, receiver)
    await happens(deliver)
    await deliver_some(database, private=False)
    _, (delivery,) = await log(graph)
    assert "localhost is not on the public internet" in delivery["error"]
    assert receiver.taken == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("2606:4700::1111", True), ("127.0.0.1", False), ("10.1.2.3", False), ("172.16.0.1", False),
        ("192.168.1.1", False), ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False),
        ("224.0.0.1", False), ("::1", False), ("::", False), ("fe80::1", False), ("fd00::1", False),
        ("::ffff:127.0.0.1", False), ("::ffff:8.8.8.8", True), ("2002:7f00:1::", False), ("64:ff9b::7f00:1", False),
    ],
)  # fmt: skip
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert receivers.is_public(address) is public


async def test_a_receiver_that_does_not_answer_or_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = listen("127.0.0.1", 0)
    silent.listen()
    url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
    with monkeypatch.context() as shorter:
        shorter.setattr(receivers, "_SECONDS", 0.3)
        assert await receivers.post(url, {}, b"", private=True) == Attempt(None, "no answer within 0.3 s")
    silent.close()
    attempt = await receivers.post(url, {}, b"", private=True)
    assert "ConnectError" in (attempt.error or "")


class TestWho:
    async def test_employees_have_none(self, graph: Asks, receiver: Receiver) -> None:
        answer = await graph(SUBSCRIBE, {"url": receiver.url, "types": [TYPE]}, caller=a_caller("E0009", "employee"))
        assert answer["data"]["subscribeWebhook"]["errors"][0]["code"] == "NOT_ENTITLED"

    @pytest.mark.parametrize("type", ["hris.employee-hired.v1", "governance.access-granted.v1", "nonsense"])
    async def test_events_about_people_are_for_nobody(self, graph: Asks, receiver: Receiver, type: str) -> None:
        answer = await graph(SUBSCRIBE, {"url": receiver.url, "types": [type]}, caller=a_caller("E1", "ai_steward"))
        assert answer["data"]["subscribeWebhook"]["errors"][0]["code"] == "TYPES_UNKNOWN"

    @pytest.mark.parametrize(
        "url", ["ftp://example.com", "https://", "https://a:b@example.com", "javascript:x", "https://a b"]
    )
    async def test_addresses_that_are_none(self, graph: Asks, url: str) -> None:
        answer = await graph(SUBSCRIBE, {"url": url, "types": [TYPE]}, caller=LEAD)
        assert answer["data"]["subscribeWebhook"]["errors"][0]["code"] == "ADDRESS_UNUSABLE"

    async def test_others_do_not_see_it_and_cannot_end_it(self, graph: Asks, receiver: Receiver) -> None:
        await subscribed(graph, receiver)
        webhook, _ = await log(graph)
        other = a_caller("E0003", "team_lead")
        assert (await graph(LOG, caller=other))["data"]["webhooks"]["edges"] == []
        end = "mutation($id: ID!) { endWebhook(input: {webhookId: $id}) { webhook { status } errors { code } } }"
        assert (await graph(end, {"id": webhook["id"]}, caller=other))["data"]["endWebhook"]["errors"][0][
            "code"
        ] == "NOT_FOUND"
        assert len((await graph(LOG, caller=a_caller("E1", "sre")))["data"]["webhooks"]["edges"]) == 1
        ended = (await graph(end, {"id": webhook["id"]}, caller=LEAD))["data"]["endWebhook"]
        assert ended == {"webhook": {"status": "ENDED"}, "errors": []}

    async def test_the_same_key_subscribes_once(self, graph: Asks, receiver: Receiver, published: Published) -> None:
        for _ in range(2):
            await graph(SUBSCRIBE, {"url": receiver.url, "types": [TYPE], "key": "k"}, caller=LEAD)
        (event,) = await published()
        assert event["data"]["host"] == "127.0.0.1"
        assert "team=one" not in json.dumps(event["data"])


def test_the_setting_has_a_row_in_the_readme() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    assert "| `WEBHOOKS_TO_PRIVATE_ADDRESSES` | `false` |" in readme
