"""The production shape on one machine keeps its promises: docker-compose.yml, read as an engine would."""

from __future__ import annotations

import re
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = ("governance", "training", "process", "metrics")
OURS = [name for name, service in COMPOSE["services"].items() if "build" in service]


def test_every_deployable_is_there_with_its_migration_and_its_worker() -> None:
    expected = {"gateway"} | {f"{name}{part}" for name in SERVICES for part in ("", "-migrate", "-worker")}
    assert set(OURS) == expected


@pytest.mark.parametrize("name", OURS)
def test_our_containers_are_hardened(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "privileged" not in service


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_serves_before_its_database_is_migrated(name: str) -> None:
    migrate = COMPOSE["services"][f"{name}-migrate"]
    assert migrate["command"] == ["migrate"]
    assert migrate["depends_on"]["postgres"]["condition"] == "service_healthy"
    for part in ("", "-worker"):
        waits = COMPOSE["services"][f"{name}{part}"]["depends_on"]
        assert waits[f"{name}-migrate"]["condition"] == "service_completed_successfully"


def test_only_the_gateway_can_be_reached_from_outside() -> None:
    assert [name for name, service in COMPOSE["services"].items() if "ports" in service] == ["gateway"]
    for name, service in COMPOSE["services"].items():
        open_networks = [each for each in service["networks"] if not (COMPOSE["networks"][each] or {}).get("internal")]
        assert not open_networks or name == "gateway"


def test_no_password_stands_in_the_file() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    assert not re.search(r"postgres(ql)?://[^\s/]+:[^\s/]+@", text)
    for service in COMPOSE["services"].values():
        for variable, value in (service.get("environment") or {}).items():
            if "PASSWORD" in variable or "DATABASE_URL" in variable:
                assert variable.endswith("_FILE")
                assert value.removeprefix("/run/secrets/") in service["secrets"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_gets_its_own_secret_only(name: str) -> None:
    for part in ("", "-migrate", "-worker"):
        assert COMPOSE["services"][f"{name}{part}"]["secrets"] == [f"{name}_database_url"]


def test_what_runs_for_long_is_checked_for_health() -> None:
    for name, service in COMPOSE["services"].items():
        if service.get("restart") != "no":
            assert "healthcheck" in service, name


def test_the_secrets_are_made_once_and_differ(tmp_path: Path) -> None:
    script = tmp_path / "secrets.sh"
    script.write_bytes((ROOT / "deploy/compose/secrets.sh").read_bytes())
    for _ in range(2):
        subprocess.run(["sh", str(script)], check=True, capture_output=True)
        made = {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()}
    assert set(made) == set(COMPOSE["secrets"])
    assert len(set(made.values())) == len(made)
    assert made["metrics_database_url"].startswith("postgresql://metrics:")
    subprocess.run(["sh", str(script)], check=True, capture_output=True)
    assert made == {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()}
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700


def test_the_topics_are_those_of_the_local_platform() -> None:
    from deploy.local.broker import PARTITIONS, TOPICS

    script = (ROOT / "deploy/compose/topics.sh").read_text()
    assert set(re.findall(r"[a-z]+\.(?:events|dead-letters|raw)", script)) == set(TOPICS)
    assert f"--partitions {PARTITIONS} " in script


def test_the_image_runs_without_rights_and_without_registry_images() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert not text.startswith("# syntax=")
    assert re.search(r"^USER 10001:10001$", text, re.M)
    assert set(re.findall(r"COPY --from=(\S+)", text)) == {"build"}
    assert "--require-hashes" in text
