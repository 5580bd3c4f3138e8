"""The README's own examples, run as they stand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from chassis.testing import eventually

README = (Path(__file__).parents[2] / "README.md").read_text()
OPERATIONS = re.findall(r"```graphql\n(.*?)```", README, re.DOTALL)
SUBSCRIPTIONS = [operation for operation in OPERATIONS if operation.startswith("subscription")]
QUERIES = [operation for operation in OPERATIONS if operation not in SUBSCRIPTIONS]
NOBODY = "00000000-0000-7000-8000-000000000000"


async def publish_example(platform, http) -> None:
    (body,) = re.findall(r"-d '(\{.*?\})'", README, re.DOTALL)
    answer = await http.post(
        platform.events_url,
        content=json.dumps(json.loads(body)),
        headers={
            "authorization": f"Bearer {platform.token('hris')}",
            "content-type": "application/cloudevents+json",
        },
    )
    assert answer.status_code == 202, answer.text


async def test_the_first_event_makes_a_colleague_known_X03(platform, http, ask):
    await publish_example(platform, http)

    async def known() -> None:
        answer = await ask("{ me { name } }", who="employee", sub="N0001", roles=["employee"])
        assert answer["data"]["me"] == {"name": "Noor Example"}

    await eventually(known, within=10)


@pytest.mark.parametrize("query", QUERIES)
async def test_each_query_is_answered_X01(platform, http, ask, query: str):
    await publish_example(platform, http)

    async def answered() -> None:
        answer = await ask(query, {"me": "N0001", "tool": NOBODY}, who="employee", sub="N0001", roles=["employee"])
        errors = [error.get("extensions", error).get("code", error) for error in answer.get("errors", [])]
        if "$tool" in query:
            assert errors == ["NOT_FOUND"]
        else:
            assert errors == []

    await eventually(answered, within=10)


@pytest.mark.parametrize("subscription", SUBSCRIPTIONS)
async def test_each_subscription_begins_with_the_present_state_X01(platform, http, subscription: str):
    request = http.stream(
        "POST",
        platform.graphql_url,
        json={"query": subscription, "variables": {"tool": NOBODY}},
        headers={"authorization": f"Bearer {platform.token('employee')}", "accept": "text/event-stream"},
    )
    async with request as answer:
        first = await anext(line async for line in answer.aiter_lines() if line.startswith("data:"))
    assert json.loads(first.removeprefix("data:")) == {"data": {"toolChanged": None}}
