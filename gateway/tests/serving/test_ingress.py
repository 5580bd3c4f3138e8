"""Events from outside: who may deliver what, what is answered, and what then stands on the bus."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from cloudevents.core.bindings.http import to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from gateway.settings import shipped
from gateway.testing.ingress import STRUCTURED, TOPICS, make_topics
from gateway.testing.ingress import IngressBus as Bus
from gateway.testing.serving import Broker, Start

BATCHED = "application/cloudevents-batch+json"
ROLES = {"hris": "hris", "itsm": "itsm", "lms": "lms", "usage": "telemetry"}
CONTRACTS = {path.stem: json.loads(path.read_text()) for path in (shipped("contract") / "events").glob("*.json")}
LEAVE = {"employee_id": "E0042", "effective_date": "2026-05-04"}


def an_event(type: str = "hris.employee-leave-started.v1", data: Any = LEAVE, **more: Any) -> dict[str, Any]:
    return {"specversion": "1.0", "id": "d-1", "source": "/acme/hris", "type": type, "data": data, **more}


def key_of(contract: dict[str, Any]) -> str:
    (example, *_) = contract["examples"]
    return str(example.get("number") or example.get("employee_id") or example["actor"]["account"]["name"])


@pytest.fixture
async def bus(broker: Broker, start: Start) -> Bus:
    broker.start()
    await make_topics(broker, TOPICS)
    bus = Bus(broker, await start(secure=True, kafka_bootstrap_servers=broker.address, kafka_idempotence=False))
    await bus.connected()
    return bus


class TestForms:
    async def test_structured(self, bus: Bus) -> None:
        event = an_event(time="2026-05-01T08:00:00+02:00", sequence=7, subject="E0042", correlationid="c-1")
        answer = await bus.deliver(event, traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        assert (answer.status_code, answer.json()) == (202, {"accepted": 1})
        (envelope,) = await bus.published()
        assert json.loads(envelope.data) == LEAVE
        assert (envelope.id, envelope.source, envelope.type) == ("d-1", "/acme/hris", "hris.employee-leave-started.v1")
        assert (envelope.subject, envelope.key, envelope.sequence) == ("E0042", "E0042", 7)
        assert envelope.time.isoformat() == "2026-05-01T08:00:00+02:00"
        assert (envelope.correlation_id, envelope.actor_id) == ("c-1", "hris")
        assert envelope.traceparent == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    async def test_binary_keeps_every_byte_of_the_data(self, bus: Bus) -> None:
        data = b'{ "employee_id" : "E0042",\n "effective_date":"2026-05-04", "more": 1.10 }'
        headers = {
            "ce-specversion": "1.0",
            "ce-id": "d-2",
            "ce-source": "/acme/hris",
            "ce-type": "hris.employee-leave-started.v1",
            "ce-subject": "E%20%C3%A4",
        }
        answer = await bus.deliver(data, "application/json; charset=utf-8", **headers)
        assert answer.status_code == 202
        (envelope,) = await bus.published()
        assert envelope.data == data
        assert envelope.subject == "E ä"

    async def test_batched_keeps_the_order(self, bus: Bus) -> None:
        batch = [an_event(id=f"d-{number}") for number in range(100)]
        answer = await bus.deliver(batch, BATCHED)
        assert (answer.status_code, answer.json()) == (202, {"accepted": 100, "rejected": []})
        assert [envelope.id for envelope in await bus.published(count=100)] == [f"d-{number}" for number in range(100)]

    async def test_base64(self, bus: Bus) -> None:
        import base64

        event = an_event()
        event["data_base64"] = base64.b64encode(json.dumps(event.pop("data")).encode()).decode()
        assert (await bus.deliver(event)).status_code == 202
        assert json.loads((await bus.published())[0].data) == LEAVE

    @pytest.mark.parametrize("form", [to_binary, to_structured])
    async def test_as_the_official_sdk_writes_them(self, bus: Bus, form: Callable[..., Any]) -> None:
        attributes = {key: value for key, value in an_event().items() if key != "data"}
        message = form(CloudEvent(attributes | {"datacontenttype": "application/json"}, LEAVE), JSONFormat())
        headers = bus.gateway.token("hris", "hris") | dict(message.headers)
        answer = await bus.gateway.http.post("/events", content=message.body, headers=headers)
        assert answer.status_code == 202, answer.text
        assert json.loads((await bus.published())[0].data) == LEAVE


@pytest.mark.parametrize("type", sorted(CONTRACTS))
def test_every_contract_holds_for_its_examples_and_describes_its_fields(type: str) -> None:
    contract = CONTRACTS[type]
    validator = jsonschema_rs.Draft202012Validator(contract, validate_formats=True)
    assert contract["title"] == type
    assert all(validator.is_valid(example) for example in contract["examples"])
    assert all("description" in field for field in contract["properties"].values())
    assert not validator.is_valid({})


async def test_every_inbound_event_is_taken_under_the_key_of_whom_it_is_about(bus: Bus) -> None:
    for type, contract in CONTRACTS.items():
        owner = type.partition(".")[0]
        event = an_event(type, contract["examples"][0], id=type)
        answer = await bus.deliver(event, role=ROLES[owner])
        assert answer.status_code == 202, answer.text
    for owner in ROLES:
        types = {type for type in CONTRACTS if type.startswith(f"{owner}.")}
        found = {envelope.id: envelope for envelope in await bus.published(f"{owner}.events", len(types))}
        assert found.keys() == types
        assert {type: found[type].key for type in types} == {type: key_of(CONTRACTS[type]) for type in types}


class TestKeys:
    async def test_the_subject_when_the_data_names_nobody(self, bus: Bus) -> None:
        data = CONTRACTS["lms.statement-recorded.v1"]["examples"][0] | {"actor": {"mbox": "mailto:a@example.com"}}
        event = an_event("lms.statement-recorded.v1", data, subject="somebody")
        assert (await bus.deliver(event, role="lms")).status_code == 202
        assert (await bus.published("lms.events"))[0].key == "somebody"

    async def test_else_the_event_stands_alone(self, bus: Bus) -> None:
        data = CONTRACTS["lms.statement-recorded.v1"]["examples"][0] | {"actor": {}}
        assert (await bus.deliver(an_event("lms.statement-recorded.v1", data), role="lms")).status_code == 202
        assert (await bus.published("lms.events"))[0].key == "d-1"

    async def test_are_spread_as_kafka_itself_spreads_them(self, bus: Bus) -> None:
        """Java's producer puts E0042 on this partition of six (murmur2); so does ours."""
        from aiokafka.partitioner import murmur2

        await bus.deliver(an_event())
        consumer = AIOKafkaConsumer(bootstrap_servers=bus.broker.address, auto_offset_reset="earliest")
        await consumer.start()
        try:
            consumer.assign([TopicPartition("hris.events", (murmur2(b"E0042") & 0x7FFFFFFF) % 6)])
            record = await asyncio.wait_for(consumer.getone(), 5)
            assert record.key == b"E0042"
        finally:
            await consumer.stop()


class TestSubjects:
    async def test_every_fact_of_usage_stands_alone_under_the_key_of_its_person(self, bus: Bus) -> None:
        data = CONTRACTS["usage.day-recorded.v1"]["examples"][0]
        batch = [an_event("usage.day-recorded.v1", data, id=id, subject="E0042") for id in ("a", "b")]
        assert (await bus.deliver(batch, BATCHED, role="telemetry")).status_code == 202
        found = await bus.published("usage.events", count=2)
        assert [(one.subject, one.key) for one in found] == [("a", "E0042"), ("b", "E0042")]


class TestWho:
    async def test_nobody(self, bus: Bus) -> None:
        answer = await bus.gateway.http.post("/events", json=an_event(), headers={"content-type": STRUCTURED})
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert "make token WHO=hris" in answer.json()["detail"]

    async def test_a_person_is_no_source(self, bus: Bus) -> None:
        headers = bus.gateway.token("E0001", "executive_sponsor", "hris") | {"content-type": STRUCTURED}
        answer = await bus.gateway.http.post("/events", json=an_event(), headers=headers)
        assert answer.status_code == 403
        assert "no source of events" in answer.json()["detail"]

    @pytest.mark.parametrize(
        "type", ["itsm.incident-created.v1", "usage.day-recorded.v1", "governance.tool-approved.v1"]
    )
    async def test_a_source_publishes_only_its_own(self, bus: Bus, type: str) -> None:
        answer = await bus.deliver(an_event(type))
        assert answer.status_code == 403
        assert answer.json()["detail"] == f"hris may publish hris.*, not {type}."
        answer = await bus.deliver([an_event(type)], BATCHED)
        assert answer.status_code == 403


class TestRefused:
    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"specversion": "0.3"}, "specversion must be 1.0"),
            ({"specversion": None}, "specversion must be 1.0"),
            ({"id": ""}, "the attribute id is missing"),
            ({"id": None}, "the attribute id is missing"),
            ({"source": None}, "the attribute source is missing"),
            ({"type": None}, "the attribute type is missing"),
            ({"time": "yesterday"}, "time must be RFC 3339"),
            ({"time": "2026-05-04T08:00:00"}, "time must be RFC 3339"),
            ({"time": "2026-05-04T08:00:00+0000"}, "time must be RFC 3339"),
            ({"sequence": "first"}, "sequence an integer"),
            ({"type": "hris.employee-promoted.v1"}, "Known are: hris.employee-changed.v1"),
            ({"type": "hris.employee-leave-started.v2"}, "hris.employee-leave-started.v2 is not known"),
            ({"data": None}, "The event has no data"),
            ({"data": []}, "data: [] is not of type"),
            ({"data": {"employee_id": "E0042"}}, "data.effective_date: is missing"),
            ({"data": LEAVE | {"effective_date": "2026-02-30"}}, 'data.effective_date: "2026-02-30" is not a "date"'),
            ({"data": LEAVE | {"employee_id": 42}}, "data.employee_id: 42 is not of type"),
            ({"datacontenttype": "text/xml"}, "The data must be application/json, not text/xml"),
            ({"data_base64": "e30="}, "`data` or `data_base64`, not both"),
            ({"Extension": "x"}, "'Extension' must be of lower-case letters and digits"),
            ({"extension": {}}, "The attribute extension must be a string"),
            ({"subject": "x" * 2_000}, "subject is longer than 1024"),
            ({"subject": "a\nb"}, "subject has characters that cannot be printed"),
        ],
    )
    async def test_the_answer_says_what_is_wrong(
        self, start: Start, broker: Broker, change: dict[str, Any], told: str
    ) -> None:
        bus = Bus(broker, await start(secure=True, kafka_bootstrap_servers=broker.address))
        answer = await bus.deliver(an_event() | change)
        assert answer.status_code == 400, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert told in answer.json()["detail"]
        assert answer.json()["status"] == 400

    @pytest.mark.parametrize(
        ("body", "content_type", "status"),
        [
            (b"{", STRUCTURED, 400),
            (b"[]", STRUCTURED, 400),
            (b"{}", BATCHED, 400),
            (b"\xff", STRUCTURED, 400),
            (b"{}", "application/json", 400),
            (b"<x/>", "application/cloudevents+xml", 415),
        ],
    )
    async def test_what_is_no_event(
        self, start: Start, broker: Broker, body: bytes, content_type: str, status: int
    ) -> None:
        bus = Bus(broker, await start(secure=True, kafka_bootstrap_servers=broker.address))
        assert (await bus.deliver(body, content_type)).status_code == status

    async def test_the_field_stands_in_the_problem(self, start: Start, broker: Broker) -> None:
        bus = Bus(broker, await start(secure=True, kafka_bootstrap_servers=broker.address))
        answer = await bus.deliver(an_event(data={"employee_id": "E0042"}))
        assert answer.json()["errors"] == [{"field": "data.effective_date", "message": "is missing"}]

    async def test_what_is_too_large(self, start: Start, broker: Broker) -> None:
        bus = Bus(broker, await start(secure=True, kafka_bootstrap_servers=broker.address, ingress_max_events=2))
        large = an_event(data=LEAVE | {"note": "x" * 900_000})
        assert (await bus.deliver(large)).status_code == 413
        assert (await bus.deliver(b"x" * 5_000_001)).status_code == 413
        assert (await bus.deliver([an_event()] * 3, BATCHED)).status_code == 413

    async def test_other_methods(self, start: Start, broker: Broker) -> None:
        bus = Bus(broker, await start(secure=True, kafka_bootstrap_servers=broker.address))
        answer = await bus.gateway.http.get("/events")
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")

    async def test_without_a_broker_configured_there_is_no_ingress(self, start: Start) -> None:
        gateway = await start(secure=True)
        assert (await gateway.http.post("/events", json=an_event())).status_code == 404


class TestBatches:
    async def test_the_good_are_taken_and_the_others_named(self, bus: Bus) -> None:
        batch = [an_event(id="a"), an_event(id="b", data={}), 3, an_event("itsm.incident-created.v1"), an_event(id="e")]
        answer = await bus.deliver(batch, BATCHED)
        assert answer.status_code == 202
        assert answer.json()["accepted"] == 2
        assert [rejected["index"] for rejected in answer.json()["rejected"]] == [1, 2, 3]
        assert answer.json()["rejected"][0]["errors"][0] == {"field": "data.employee_id", "message": "is missing"}
        assert answer.json()["rejected"][1]["error"] == "A CloudEvent is a JSON object."
        assert answer.json()["rejected"][2]["error"] == "hris may publish hris.*, not itsm.incident-created.v1."
        assert [envelope.id for envelope in await bus.published(count=2)] == ["a", "e"]

    async def test_without_a_good_one_nothing_is_taken(self, bus: Bus) -> None:
        answer = await bus.deliver([an_event(id=""), an_event(data={})], BATCHED)
        assert answer.status_code == 400
        assert answer.json()["accepted"] == 0
        assert len(answer.json()["rejected"]) == 2

    async def test_may_be_empty(self, bus: Bus) -> None:
        answer = await bus.deliver([], BATCHED)
        assert (answer.status_code, answer.json()) == (202, {"accepted": 0, "rejected": []})


class TestBroker:
    async def test_is_not_there_yet(self, start: Start, broker: Broker) -> None:
        bus = Bus(broker, await start(secure=True, kafka_bootstrap_servers=broker.address, kafka_idempotence=False))
        answer = await bus.deliver(an_event())
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "2"
        assert "Send the same again" in answer.json()["detail"]
        broker.start()
        await make_topics(broker, TOPICS)
        await bus.connected()
        assert (await bus.deliver(an_event())).status_code == 202
        assert [envelope.id for envelope in await bus.published()] == ["d-1"]

    async def test_goes_away_and_comes_back(self, start: Start, broker: Broker) -> None:
        broker.start()
        await make_topics(broker, TOPICS)
        settings = {"kafka_bootstrap_servers": broker.address, "kafka_idempotence": False}
        bus = Bus(broker, await start(secure=True, ingress_acknowledge_seconds=0.5, **settings))
        await bus.connected()
        assert (await bus.deliver(an_event(id="before"))).status_code == 202
        broker.stop()
        lost = await asyncio.gather(*(bus.deliver(an_event(id=f"lost-{number}")) for number in range(20)))
        assert {answer.status_code for answer in lost} == {503}
        broker.start()
        await make_topics(broker, TOPICS)
        await bus.connected()
        assert (await bus.deliver(an_event(id="after"))).status_code == 202
        assert [envelope.id for envelope in await bus.published()] == ["after"]

    async def test_many_deliveries_at_once_are_all_there(self, bus: Bus) -> None:
        answers = await asyncio.gather(*(bus.deliver(an_event(id=f"d-{number}")) for number in range(200)))
        assert {answer.status_code for answer in answers} == {202}
        assert {envelope.id for envelope in await bus.published(count=200)} == {f"d-{number}" for number in range(200)}


def test_contracts_have_a_place_in_the_tree() -> None:
    assert shipped("contract") == Path(__file__).parents[2] / "contract"
