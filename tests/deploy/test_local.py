"""What a person meets before anything runs: settings, tokens, the demo's people, the installer's sentences."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import jwt
import pytest

from deploy.local.demo import access, governance, training, usage
from deploy.local.demo.organisation import DEPARTMENTS, callers, department, employees
from deploy.local.identity import sign
from deploy.local.postgres import database_url
from deploy.local.settings import Ports, Settings, Stop
from gateway.identity import DevelopmentIdentity

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"PORT": "abc"}, "PORT must be a number from 1 to 65535, not 'abc'."),
        ({"METRICS_PORT": "70000"}, "METRICS_PORT must be a number"),
        ({"DATABASE_URL": "mysql://here"}, "DATABASE_URL must look like postgresql://"),
        ({"KAFKA_BOOTSTRAP_SERVERS": "somewhere"}, "KAFKA_BOOTSTRAP_SERVERS must look like host:9092"),
    ],
)
def test_a_broken_setting_is_one_clear_sentence(environment: dict[str, str], sentence: str) -> None:
    with pytest.raises(Stop, match=sentence.replace("(", r"\(")):
        Settings.of(environment)


def test_servers_from_outside_replace_the_embedded_ones() -> None:
    settings = Settings.of({"DATABASE_URL": "postgresql://me@db:5432", "KAFKA_BOOTSTRAP_SERVERS": "kafka:9092"})
    assert "postgres" not in settings.listening
    assert "broker" not in settings.listening
    assert settings.broker == "kafka:9092"
    assert database_url("postgresql://me@db:5432/any?sslmode=require", "metrics") == (
        "postgresql://me@db:5432/metrics?sslmode=require"
    )


def test_free_ports_differ() -> None:
    ports = Ports.free()
    assert len({getattr(ports, name) for name in Ports.__slots__}) == len(Ports.__slots__)


def test_the_organisation_is_what_the_readme_says() -> None:
    people = employees()
    assert len(people) == 300
    assert len({person.name for person in people}) == 300
    assert len(DEPARTMENTS) == 7
    assert sum(len(department(each.id)) for each in DEPARTMENTS) == 300
    known = {person.id for person in people}
    assert {person.manager_id for person in people} - {None} <= known
    assert [person.id for person in people if person.manager_id is None] == ["E0001"]
    assert len(governance.tools()) == 5
    assert len(training.PATHS) == 3


def test_the_same_events_come_out_every_time_and_no_id_twice() -> None:
    anchor = date(2026, 3, 2)
    once, again = list(usage.events(anchor)), list(usage.events(anchor))
    assert once == again
    assert len({each["id"] for each in once}) == len(once)
    assert min(each["data"]["day"] for each in once) >= "2026-01-05"
    assert max(each["data"]["day"] for each in once) < "2026-03-02"


def test_who_uses_a_tool_holds_what_it_asks_for() -> None:
    needs = {tool.code: set(tool.credential_types) for tool in governance.tools()}
    paths = {path.credential: path for path in training.PATHS}
    for employee in access.askers():
        for tool in usage.tools_of(employee):
            assert all(training.holds(employee, paths[credential]) for credential in needs[tool])


def test_a_token_says_who_and_in_which_role(tmp_path: Path) -> None:
    key = tmp_path / "identity.pem"
    identity = DevelopmentIdentity.at(key)
    for who, caller in callers().items():
        claims = jwt.decode(
            sign(key, who),
            jwt.PyJWK(identity.jwks()["keys"][0]).key,
            algorithms=["ES256"],
            audience="opmodel",
            issuer="opmodel-development",
        )
        assert claims["sub"] == caller.subject
        assert tuple(claims["roles"]) == caller.roles


def test_an_unknown_who_lists_the_choices(tmp_path: Path) -> None:
    with pytest.raises(Stop, match=r"WHO is one of: executive-sponsor, .*telemetry"):
        sign(tmp_path / "identity.pem", "somebody")


def test_an_unknown_who_is_one_sentence_on_standard_error() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy.local.token", "somebody"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("Nobody is called 'somebody'. WHO is one of: executive-sponsor, ")


def test_an_old_python_is_told_what_is_needed() -> None:
    program = (
        "import runpy, sys; sys.version_info = (3, 9, 2); sys.version = '3.9.2 (old)'; "
        "runpy.run_path('deploy/install.py', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr
    assert "3.9.2" in done.stderr


def test_make_prints_its_help() -> None:
    done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)
    for target in ("up", "reset", "token", "test", "check", "schema", "lock", "bench"):
        assert f"make {target} " in done.stdout


def test_a_python_that_is_missing_is_one_sentence() -> None:
    done = subprocess.run(
        ["make", "install", "PYTHON=python-that-is-not-there"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "Python 3.11 or newer is needed, and there is no python-that-is-not-there." in done.stderr
