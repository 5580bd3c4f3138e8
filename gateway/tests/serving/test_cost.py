"""The budget of operations, by its settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.testing.office import SUPERGRAPH
from gateway.testing.serving import Start


@pytest.fixture
def priced(tmp_path: Path) -> Path:
    """The office, where a desk costs 5."""
    file = tmp_path / "priced.graphql"
    file.write_text(SUPERGRAPH.read_text().replace("  desk: String", "  desk: String @cost(weight: 5) "))
    return file


async def test_is_not_counted_by_default(start: Start, priced: Path) -> None:
    gateway = await start(supergraph=priced)
    assert "x-operation-cost" not in (await gateway.ask("{ people { desk } }")).headers


async def test_is_measured(start: Start, priced: Path) -> None:
    gateway = await start(supergraph=priced, cost_mode="measure", max_cost=1)
    answer = await gateway.ask("{ people { name desk } }")
    assert answer.headers["x-operation-cost"] == "60"
    assert "errors" not in answer.json()
    assert 'operation_cost_bucket{le="100.0",result="ok"}' in (await gateway.http.get("/metrics")).text


async def test_is_enforced(start: Start, priced: Path) -> None:
    gateway = await start(supergraph=priced, cost_mode="enforce", max_cost=20, cost_list_size=4)
    for _ in range(2):
        answer = await gateway.ask("{ people { name desk } }", {"accept": "application/graphql-response+json"})
        assert answer.status_code == 400
        (error,) = answer.json()["errors"]
        assert error["extensions"]["code"] == "COST_ESTIMATED_TOO_EXPENSIVE"
        assert "24" in error["message"]
        assert answer.headers["x-operation-cost"] == "24"
    assert gateway.people.asked == []
    assert (await gateway.ask("{ people { name } }")).headers["x-operation-cost"] == "4"
