"""Our plans beside those of Hive Router's planner, npm `@graphql-hive/router-query-planner`.

We never make more requests, and our requests never stand deeper behind one another.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from deploy.local import node
from gateway.testing.federation import Federation, note

FOLDER = Path(__file__).parent
QUERIES = sorted(FOLDER.glob("graphs/*/queries/*.graphql"))
TEXTS = {path: path.read_text() for path in QUERIES}

# What the other planner does not plan; each is tried, so that one that it has learned is measured from then on.
NOT_PLANNED = {
    "inaccessible/introspection": "introspection is not planned there",
    "key_and_requirement/list": "it finds no way to a requirement inside of a key",
    "key_and_requirement/same_field": "it finds no way to a requirement inside of a key",
}


def _id(path: Path) -> str:
    return f"{path.parts[-3]}/{path.stem}"


@pytest.fixture(scope="module")
def theirs() -> dict[str, Any]:
    """The other planner's plan of every query: {fetches, waves} or {error}."""
    node.install(FOLDER)
    lines = [
        json.dumps(
            {
                "supergraph": str(path.parents[1] / "supergraph.graphql"),
                "query": TEXTS[path],
                "variables": note(TEXTS[path], "variables", {}),
            }
        )
        for path in QUERIES
    ]
    done = node.node(FOLDER, "oracle.mjs", input="\n".join(lines) + "\n")
    assert done.returncode == 0, done.stderr
    return dict(zip(map(_id, QUERIES), map(json.loads, done.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("path", QUERIES, ids=_id)
def test_no_more_requests_and_no_more_waves(path: Path, theirs: dict[str, Any]) -> None:
    other = theirs[_id(path)]
    if "error" in other:
        assert _id(path) in NOT_PLANNED, f"{_id(path)}: the other planner cannot plan this: {other['error']}"
        return
    assert _id(path) not in NOT_PLANNED, f"{_id(path)} is planned there now: take it from NOT_PLANNED"
    text = TEXTS[path]
    federation = Federation.load(path.parents[1])
    planned = federation.plan(text, note(text, "variables", None))
    ours = {"fetches": len(planned.plan.requests), "waves": planned.plan.waves}
    assert ours["fetches"] <= other["fetches"], (
        f"{_id(path)}: our plan makes {ours['fetches']} requests, Hive Router's {other['fetches']}. See both with "
        f"`python -m gateway explain --supergraph {path.parents[1]}/supergraph.graphql {path}` and node oracle.mjs"
    )
    assert ours["waves"] <= other["waves"], (
        f"{_id(path)}: our requests stand behind one another {ours['waves']} deep, Hive Router's {other['waves']}"
    )
