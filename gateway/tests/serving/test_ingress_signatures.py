"""Deliveries that are signed instead of showing a token."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr, ValidationError
from standardwebhooks import Webhook

from gateway.ingress.signatures import WrongSecrets, signers
from gateway.settings import GatewaySettings
from gateway.testing.ingress import TOPICS, IngressBus, make_topics
from gateway.testing.serving import Broker, Run, Start

NEW = "whsec_" + b64encode(b"the new key, 24 bytes or more").decode()
OLD = "whsec_" + b64encode(b"the old key, 24 bytes or more").decode()
OTHER = "whsec_" + b64encode(b"another's key, 24 bytes or more").decode()
SECRETS = SecretStr(json.dumps({"acme-hris": {"role": "hris", "keys": [NEW, OLD]}}))
LEAVE = {"employee_id": "E0042", "effective_date": "2026-05-04"}
EVENT = {
    "specversion": "1.0", "id": "d-1", "source": "/acme/hris", "type": "hris.employee-leave-started.v1", "data": LEAVE,
}  # fmt: skip
PLAIN = {"type": "hris.employee-leave-started.v1", "timestamp": "2026-05-04T08:00:00Z", "data": LEAVE}
STRUCTURED = "application/cloudevents+json"


def signed(key: str, body: bytes, *, id: str = "msg-1", when: datetime | None = None) -> dict[str, str]:
    """The headers of Standard Webhooks."""
    now = when or datetime.now(UTC)
    return {
        "webhook-id": id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(key).sign(id, now, body.decode()),
    }


@pytest.fixture
async def bus(broker: Broker, start: Start) -> IngressBus:
    broker.start()
    await make_topics(broker, TOPICS)
    settings = {"kafka_bootstrap_servers": broker.address, "kafka_idempotence": False, "webhook_secrets": SECRETS}
    bus = IngressBus(broker, await start(secure=True, **settings))
    await bus.connected()
    return bus


async def deliver(
    bus: IngressBus, content: Any, headers: dict[str, str], *, source: str = "acme-hris", type: str = STRUCTURED
) -> httpx.Response:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    address = f"/events?source={source}" if source else "/events"
    return await bus.gateway.http.post(address, content=body, headers={"content-type": type} | headers)


@pytest.mark.parametrize("key", [NEW, OLD])
async def test_either_key_is_good_while_keys_are_changed(bus: IngressBus, key: str) -> None:
    body = json.dumps(EVENT).encode()
    answer = await deliver(bus, body, signed(key, body))
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1})
    (envelope,) = await bus.published()
    assert (envelope.id, envelope.actor_id, envelope.key) == ("d-1", "acme-hris", "E0042")


async def test_a_plain_webhook_is_an_event_with_the_id_of_the_delivery(bus: IngressBus) -> None:
    body = json.dumps(PLAIN, indent=3).encode()
    for _ in range(2):
        answer = await deliver(bus, body, signed(NEW, body, id="leave-18"), type="application/json")
        assert answer.status_code == 202, answer.text
    first, again = await bus.published(count=2)
    assert (first.id, first.source) == (again.id, again.source) == ("leave-18", "/webhooks/acme-hris")
    assert json.loads(first.data) == LEAVE
    assert first.time.isoformat() == "2026-05-04T08:00:00+00:00"


async def test_the_signature_is_over_the_bytes_as_they_came(bus: IngressBus) -> None:
    body = json.dumps(EVENT).encode()
    answer = await deliver(bus, json.dumps(EVENT, indent=1).encode(), signed(NEW, body))
    assert answer.status_code == 401


@pytest.mark.parametrize("minutes", [-6, 6])
async def test_a_signature_holds_for_five_minutes(bus: IngressBus, minutes: int) -> None:
    body = json.dumps(EVENT).encode()
    answer = await deliver(bus, body, signed(NEW, body, when=datetime.now(UTC) + timedelta(minutes=minutes)))
    assert answer.status_code == 401
    assert "five minutes" in answer.json()["detail"]


@pytest.mark.parametrize(
    "broken",
    [
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": "nonsense"},
        {"webhook-signature": "v1,not base64!"},
        {"webhook-signature": "v1a,AAAA v2,BBBB"},
        {"webhook-timestamp": "nan"},
        {"webhook-timestamp": "yesterday"},
        {"webhook-id": ""},
        {"webhook-id": "x" * 300},
        {"webhook-id": "another"},
    ],
)
async def test_what_is_not_signed_well_is_refused(bus: IngressBus, broken: dict[str, str]) -> None:
    body = json.dumps(EVENT).encode()
    answer = await deliver(bus, body, signed(NEW, body) | broken)
    assert answer.status_code == 401, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_who_signed_must_be_named_and_known(bus: IngressBus) -> None:
    body = json.dumps(EVENT).encode()
    assert (await deliver(bus, body, signed(OTHER, body))).status_code == 401
    assert (await deliver(bus, body, signed(NEW, body), source="nobody")).status_code == 401
    answer = await deliver(bus, body, signed(NEW, body), source="")
    assert answer.status_code == 401
    assert "?source=<name>" in answer.json()["detail"]


async def test_a_signed_source_too_publishes_only_its_own(bus: IngressBus) -> None:
    body = json.dumps(EVENT | {"type": "itsm.incident-created.v1"}).encode()
    answer = await deliver(bus, body, signed(NEW, body))
    assert answer.status_code == 403
    assert answer.json()["detail"] == "acme-hris may publish hris.*, not itsm.incident-created.v1."


async def test_bytes_that_are_no_text_are_refused(bus: IngressBus) -> None:
    assert (await deliver(bus, b"\xff\xfe", signed(NEW, b"{}"))).status_code == 401


async def test_a_plain_webhook_that_is_none(bus: IngressBus) -> None:
    body = b'{"type": "hris.employee-leave-started.v1"}'
    answer = await deliver(bus, body, signed(NEW, body), type="application/json")
    assert answer.status_code == 400
    assert "type, timestamp and data" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("secrets", "told"),
    [
        ("{", "must be a JSON object"),
        ('{"a": {"role": "hris"}}', "must be a JSON object"),
        ('{"a": {"role": "sre", "keys": ["whsec_x"]}}', "the role of a must be one of hris"),
        ('{"a": {"role": "hris", "keys": []}}', "a has no key"),
        ('{"a": {"role": "hris", "keys": ["whsec_c2hvcnQ="]}}', "key 1 of a will not do"),
        ('{"a": {"role": "hris", "keys": ["short"]}}', "key 1 of a will not do"),
    ],
)
def test_secrets_that_cannot_be_used_are_told_at_start(secrets: str, told: str) -> None:
    with pytest.raises(WrongSecrets, match=told) as failure:
        signers(secrets)
    assert "c2hvcnQ" not in str(failure.value)
    with pytest.raises(ValidationError, match=told):
        GatewaySettings(environment="development", webhook_secrets=SecretStr(secrets))


def test_no_key_is_ever_shown(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    weak = "whsec_" + b64encode(b"too short to be good").decode()
    file.write_text(json.dumps({"acme": {"role": "hris", "keys": [weak]}}))
    code, out, err = run("serve", ENVIRONMENT="development", WEBHOOK_SECRETS_FILE=str(file)).end()
    assert code == 2
    assert "key 1 of acme will not do" in err
    assert weak not in out + err
    assert "whsec_bmV3" not in repr(signers(SECRETS.get_secret_value()))
    assert NEW not in repr(signers(SECRETS.get_secret_value()))
