"""Every query of the corpus: the answer of one schema over the same data, in no more fetches and waves than noted.

A query's first lines say what is expected: `# fetches 3 waves 2` and `# variables {...}`.
"""

import json
import re
from pathlib import Path

import pytest
from graphql import parse

from gateway.testing.federation import Federation, note

GRAPHS = Path(__file__).parent / "graphs"
QUERIES = sorted(GRAPHS.glob("*/queries/*.graphql"))
TEXTS = {path: path.read_text() for path in QUERIES}


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: f"{path.parts[-3]}/{path.stem}")
async def test_query(path: Path) -> None:
    federation, text = Federation.load(path.parents[1]), TEXTS[path]
    variables = note(text, "variables", None)
    answer = await federation.ask(text, variables)
    reference = federation.reference(text, variables)
    assert answer["data"] == reference["data"], federation.calls
    assert json.dumps(answer["data"]) == json.dumps(reference["data"])
    assert bool(answer.get("errors")) == bool(reference.get("errors")), answer["errors"]
    for _, query in federation.calls:
        parse(query)
    found = re.search(r"^# fetches (\d+) waves (\d+)", text, re.MULTILINE)
    if found:
        waves = federation.plan(text, variables).plan.waves
        assert (len(federation.calls), waves) == (int(found[1]), int(found[2])), federation.calls
