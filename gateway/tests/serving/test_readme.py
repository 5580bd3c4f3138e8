"""What the README says is so."""

from __future__ import annotations

import asyncio
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from gateway.settings import GatewaySettings, shipped
from gateway.testing.ingress import TOPICS, IngressBus, make_topics
from gateway.testing.serving import Broker, Start

README = shipped("README.md").read_text()
# Not for a reader of the gateway's README: they come with every process.
ELSEWHERE = {"TOPIC_PARTITIONS", "FAILPOINTS", "FAILPOINTS_SEED", "SUBGRAPH_URLS", "SUBGRAPH_SUBSCRIPTIONS"}


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
    assert fields.keys() - ELSEWHERE == table.keys() - {"SUBGRAPH_<NAME>_URL", "SUBGRAPH_<NAME>_SUBSCRIPTIONS"}
    for name, default in table.items():
        if name in fields and default and fields[name].default_factory is None:
            written = str(fields[name].default)
            assert default in (written, written.removesuffix(".0")), name


def test_what_it_serves_names_settings_and_tests_that_are_there() -> None:
    section = README.partition("## What it serves")[2].partition("\n## ")[0]
    rows = [row.split("|") for row in section.splitlines() if row.startswith("| ") and not row.startswith("| ---")][1:]
    assert len(rows) >= 20
    for _, _, settings, _, tests, _ in rows:
        assert set(re.findall(r"`([A-Z_]+)`", settings)) <= {name.upper() for name in GatewaySettings.model_fields}
        for test in re.findall(r"`([^`]+)`", tests):
            assert (shipped("tests") / test).is_file(), test


@pytest.mark.parametrize("example", re.findall(r"```sh\n(.*?)```", README, re.DOTALL))
async def test_its_commands_are_answered_as_it_says(example: str, start: Start, broker: Broker, tmp_path: Path) -> None:
    """Each is run in a shell, against a gateway and a broker; `make token` is what the gateway's identity signs."""
    broker.start()
    await make_topics(broker, TOPICS)
    settings = {"kafka_bootstrap_servers": broker.address, "kafka_idempotence": False, "webhook_secrets": secrets()}
    bus = IngressBus(broker, await start(secure=True, **settings))
    await bus.connected()
    script = example.replace("http://127.0.0.1:8000", str(bus.gateway.http.base_url).rstrip("/")).replace(
        "$(make", "$(make_token"
    )
    tokens = [
        f"{role}) printf %s '{bus.gateway.token(role, role)['authorization'].removeprefix('Bearer ')}' ;;"
        for role in ("hris", "itsm", "lms", "telemetry")
    ]
    function = (
        f'make_token() {{ case "${{3#WHO=}}" in {" ".join(tokens)} esac; }}; TOKEN=$(make_token -s token WHO=hris)'
    )
    shell = await asyncio.create_subprocess_exec(
        *("sh", "-euc", f"{function}\n{script}"), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = await shell.communicate()
    assert b" 202 " in out.partition(b"\n")[0], (out + err).decode()


def secrets() -> SecretStr:
    """The file of the README's own example."""
    return SecretStr("".join(re.findall(r"```json\n(\{.*?)```", README, re.DOTALL)))
