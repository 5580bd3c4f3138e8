"""What the README says is so."""

from __future__ import annotations

import re
from typing import Any

import orjson
import pytest

from gateway.ingress import cloudevents
from gateway.ingress.contracts import Contracts
from gateway.settings import GatewaySettings, shipped

README = shipped("README.md").read_text()
# Not for a reader of the gateway's README: they come with every process.
ELSEWHERE = {"TOPIC_PARTITIONS", "FAILPOINTS", "FAILPOINTS_SEED", "SUBGRAPH_URLS"}


def documented() -> dict[str, str]:
    """The settings of the table, with the default that stands there."""
    rows = [row.split("|")[1:3] for row in README.partition("## Settings")[2].splitlines() if row.startswith("| `")]
    found: dict[str, str] = {}
    for names, defaults in rows:
        settings, values = re.findall(r"`([A-Z_<>]+)`", names), re.findall(r"`([^`]*)`", defaults)
        found |= dict(zip(settings, [*values, *[""] * len(settings)], strict=False))
    return found


def test_it_names_every_setting_with_its_default() -> None:
    fields: dict[str, Any] = {name.upper(): field for name, field in GatewaySettings.model_fields.items()}
    table = documented()
    assert fields.keys() - ELSEWHERE == table.keys() - {"SUBGRAPH_<NAME>_URL"}
    for name, default in table.items():
        if name in fields and default and fields[name].default_factory is None:
            written = str(fields[name].default)
            assert default in (written, written.removesuffix(".0")), name


@pytest.mark.parametrize("example", re.findall(r"```sh\n(.*?)```", README, re.DOTALL))
def test_its_events_are_as_their_contracts_say(example: str) -> None:
    contracts = Contracts(shipped("contract") / "events")
    headers = {name.lower().encode(): value.encode() for name, value in re.findall(r"-H '([\w-]+): ([^']*)'", example)}
    match = re.search(r"-d '(.*?)'", example, re.DOTALL)
    assert match
    body, content_type = match[1].encode(), headers[b"content-type"].decode()
    events = (
        cloudevents.read_batch(body)
        if cloudevents.is_batch(content_type)
        else [cloudevents.read(content_type, headers, body)]
    )
    for event in events:
        assert isinstance(event, cloudevents.Delivered)
        assert contracts.check(event.attributes["type"], event.data) == orjson.loads(event.data)
