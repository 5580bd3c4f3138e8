"""The register names real sources, and evidence grows old (G17)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from governance.compliance.domain import Evidence, Expectation, Framework, Fulfilment, Requirement, findings, fulfilment
from governance.compliance.repository import frameworks
from governance.service import service

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
EVENTS = Path(__file__).parents[4]
REQUIREMENT = Requirement("Clause 1", "x", (Expectation("a", "A"), Expectation("b", "B", 30)))


def an_event(kind: str, days_ago: int) -> Evidence:
    return Evidence(f"{kind}-{days_ago}", kind, "s", NOW - timedelta(days=days_ago))


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], Fulfilment.OPEN),
        ([an_event("a", 400)], Fulfilment.PARTLY),
        ([an_event("b", 31)], Fulfilment.OPEN),
        ([an_event("a", 400), an_event("b", 31)], Fulfilment.PARTLY),
        ([an_event("a", 400), an_event("b", 30)], Fulfilment.FULFILLED),
        ([an_event("a", -1)], Fulfilment.OPEN),
    ],
)
def test_a_requirement_is_fulfilled_while_each_kind_of_event_is_recent_enough_G17(
    events: list[Evidence], expected: Fulfilment
) -> None:
    known = {kind: tuple(each for each in events if each.event == kind) for kind in ("a", "b")}
    assert fulfilment(findings(REQUIREMENT, known, NOW)) is expected


@pytest.mark.parametrize("framework", frameworks(), ids=lambda framework: framework.code)
def test_every_kind_of_evidence_is_published_by_somebody_and_reaches_this_service_G17(framework: Framework) -> None:
    assert framework.source.startswith("https://")
    assert len({requirement.id for requirement in framework.requirements}) == len(framework.requirements)
    for requirement in framework.requirements:
        assert requirement.expects
        for expectation in requirement.expects:
            owner, name = expectation.event.split(".", 1)
            contract = EVENTS / "services" / owner / "contract" / "events" / f"{name}.json"
            assert json.loads(contract.read_text())["title"] == expectation.event
            assert owner == "governance" or expectation.event in service.listens


def test_the_three_frameworks_are_there_G17() -> None:
    assert [framework.code for framework in frameworks()] == ["eu-ai-act", "iso-iec-42001", "nist-ai-rmf"]
