"""Whatever is asked of a graph of the corpus, the answer is that of one schema over the same data."""

import asyncio
import json
from pathlib import Path

import pytest
from graphql import parse, validate
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from gateway.testing.federation import Federation
from gateway.testing.random_operations import operations

GRAPHS = Path(__file__).parent / "graphs"
NAMES = sorted(path.name for path in GRAPHS.iterdir())
EXAMPLES = 40


@pytest.mark.parametrize("name", NAMES)
def test_random_operations_are_answered_as_by_one_schema(name: str) -> None:
    federation = Federation.load(GRAPHS / name)
    arguments = json.loads((GRAPHS / name / "data.json").read_text()).get("arguments", {})
    schema = federation.engine.api_schema

    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
    )
    @given(st.data())
    def law(data: st.DataObject) -> None:
        query = data.draw(operations(schema, arguments))
        assume(not validate(schema, parse(query)))
        answer = asyncio.run(federation.ask(query))
        reference = federation.reference(query)
        assert json.dumps(answer.get("data")) == json.dumps(reference["data"]), (query, federation.calls, answer)
        assert bool(answer.get("errors")) == bool(reference.get("errors")), (query, answer)

    law()
