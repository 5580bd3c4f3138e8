"""What a caller may see, by the settings that decide it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.testing.office import SUPERGRAPH
from gateway.testing.serving import Run, Start

QUERY = "{ people { name desk } free }"


@pytest.fixture
def guarded(tmp_path: Path) -> Path:
    """The office, where one needs a token to see desks and the policy `caretaker` to see which are free."""
    sdl = SUPERGRAPH.read_text().replace("  desk: String", "  desk: String @authenticated ")
    file = tmp_path / "guarded.graphql"
    file.write_text(sdl.replace("  free: Int", '  free: Int @policy(policies: [["caretaker"]]) '))
    return file


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    file = tmp_path / "policies.toml"
    file.write_text('caretaker = {roles = "caretaker", building = ["north", "south"]}')
    return file


def seen(answer: Any) -> tuple[Any, Any]:
    data = answer.json()["data"]
    return data["people"][0]["desk"], data["free"]


async def test_by_token_and_policy(start: Start, guarded: Path, policies: Path) -> None:
    gateway = await start(secure=True, supergraph=guarded, policies=policies)
    assert seen(await gateway.ask(QUERY, gateway.token("E0001", "caretaker", building="north"))) == ("D1", 3)
    answer = await gateway.ask(QUERY, gateway.token("E0001", "caretaker", building="east"))
    assert seen(answer) == ("D1", None)
    (error,) = answer.json()["errors"]
    assert error["path"] == ["free"]
    assert error["extensions"]["code"] == "UNAUTHORIZED_FIELD_OR_TYPE"
    assert (await gateway.ask(QUERY)).status_code == 401


async def test_somebody_without_a_token_may_see_the_rest_when_none_is_required(
    start: Start, guarded: Path, policies: Path
) -> None:
    gateway = await start(secure=True, supergraph=guarded, policies=policies, require_token=False)
    assert seen(await gateway.ask(QUERY)) == (None, None)
    assert gateway.desks.asked == []
    answer = await gateway.ask(QUERY, {"authorization": "Bearer nonsense"})
    assert answer.status_code == 401


async def test_a_policy_without_a_rule_is_denied_and_told_of_at_the_start(start: Start, guarded: Path) -> None:
    with capture_logs() as logs:
        gateway = await start(secure=True, supergraph=guarded)
    assert [entry["policies"] for entry in logs if "policies" in entry] == [["caretaker"]]
    assert seen(await gateway.ask(QUERY, gateway.token("E0001", "caretaker"))) == ("D1", None)


async def test_without_an_issuer_nobody_sees_what_is_guarded(start: Start, guarded: Path, policies: Path) -> None:
    with capture_logs() as logs:
        gateway = await start(supergraph=guarded, policies=policies)
    assert any("no issuer is trusted" in entry["event"] for entry in logs)
    assert seen(await gateway.ask(QUERY)) == (None, None)


async def test_the_operation_is_rejected_when_told_so(start: Start, guarded: Path, policies: Path) -> None:
    gateway = await start(secure=True, supergraph=guarded, policies=policies, unauthorized="reject")
    answer = await gateway.ask(QUERY, gateway.token())
    assert answer.status_code == 403
    assert "data" not in answer.json()
    assert gateway.people.asked == []
    assert (await gateway.ask("{ people { desk } }", gateway.token())).status_code == 200


def test_policies_that_are_broken_end_the_process(run: Run, tmp_path: Path) -> None:
    (tmp_path / "policies.toml").write_text("caretaker = 1")
    environment = {"POLICIES": str(tmp_path / "policies.toml")}
    code, _, err = run("serve", SUPERGRAPH=str(SUPERGRAPH), PORT="0", **environment).end()
    assert code == 1
    assert "[caretaker] must be a table" in err
    assert "Traceback" not in err
