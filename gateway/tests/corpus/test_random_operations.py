"""Whatever is asked of a graph of the corpus, the answer is that of one schema over the same data."""

import json
from pathlib import Path
from random import Random

import pytest
from graphql import parse, validate

from gateway.testing.federation import Federation
from gateway.testing.random_operations import random_operation

GRAPHS = Path(__file__).parent / "graphs"
NAMES = sorted(path.name for path in GRAPHS.iterdir())
EXAMPLES = 60
ARGUMENTS = {name: json.loads((GRAPHS / name / "data.json").read_text()).get("arguments", {}) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
async def test_random_operations_are_answered_as_by_one_schema(name: str) -> None:
    federation = Federation.load(GRAPHS / name)
    schema = federation.engine.api_schema
    asked_at_all = 0
    for seed in range(EXAMPLES):
        asked = random_operation(schema, ARGUMENTS[name], Random(seed))
        if validate(schema, parse(asked.text)):
            continue
        asked_at_all += 1
        answer = await federation.ask(asked.text, asked.variables)
        reference = federation.reference(asked.text, asked.variables)
        told = (seed, asked, federation.calls, answer)
        assert json.dumps(answer.get("data")) == json.dumps(reference["data"]), told
        assert bool(answer.get("errors")) == bool(reference.get("errors")), told
    assert asked_at_all > EXAMPLES / 2
