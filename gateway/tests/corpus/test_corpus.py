"""Every query of the corpus: the answer of one schema over the same data, in no more fetches and waves than noted.

A query's first lines say what is expected: `# fetches 3 waves 2` and `# variables {...}`.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from graphql import parse

from gateway.testing.federation import Federation

GRAPHS = Path(__file__).parent / "graphs"
QUERIES = sorted(GRAPHS.glob("*/queries/*.graphql"))
TEXTS = {path: path.read_text() for path in QUERIES}


def _note(text: str, name: str, default: Any) -> Any:
    found = re.search(rf"^# .*{name} (.+?)(?: waves \d+)?$", text, re.MULTILINE)
    return json.loads(found[1]) if found else default


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: f"{path.parts[-3]}/{path.stem}")
async def test_query(path: Path) -> None:
    federation, text = Federation.load(path.parents[1]), TEXTS[path]
    variables = _note(text, "variables", None)
    answer = await federation.ask(text, variables)
    reference = federation.reference(text, variables)
    assert answer["data"] == reference["data"], federation.calls
    assert json.dumps(answer["data"]) == json.dumps(reference["data"])
    assert bool(answer.get("errors")) == bool(reference.get("errors")), answer["errors"]
    for _, query in federation.calls:
        parse(query)
    found = re.search(r"^# fetches (\d+) waves (\d+)", text, re.MULTILINE)
    if found:
        operation = next(iter(federation.engine._plans._values.values()))
        waves = len({request.wave for request in operation.plan.requests})
        assert (len(federation.calls), waves) == (int(found[1]), int(found[2])), federation.calls
