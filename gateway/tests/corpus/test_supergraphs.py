"""The committed supergraphs of the corpus are what composition makes of the subgraphs."""

import json
from pathlib import Path

from deploy.local import node

FOLDER = Path(__file__).parent


def test_supergraphs_are_up_to_date() -> None:
    node.install(FOLDER)
    done = node.node(FOLDER, "compose.mjs", "--print")
    assert done.returncode == 0, f"Some subgraphs do not make one graph:\n{done.stderr}"
    composed = json.loads(done.stdout)
    stale = [
        name
        for name, supergraph in composed.items()
        if (FOLDER / "graphs" / name / "supergraph.graphql").read_text() != supergraph
    ]
    assert not stale, f"Run `node compose.mjs {' '.join(stale)}` in {FOLDER.name} and commit the supergraphs"
