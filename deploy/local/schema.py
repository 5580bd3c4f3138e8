"""`make schema`: every service writes its contract, then the four schemas become one supergraph."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from deploy.local import asyncapi, history, node
from deploy.local.settings import ROOT, SERVICES, Stop

COMPOSER = ROOT / "deploy" / "compose-supergraph"
SUPERGRAPH = ROOT / "gateway" / "supergraph.graphql"


def export(service: str) -> None:
    """Have a service write its contract folder."""
    done = subprocess.run(  # noqa: S603 - our own programs
        [sys.executable, "-m", service, "schema"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Stop(f"{service} cannot write its schema:\n{done.stderr.strip()}")


def compose() -> str:
    """The supergraph of the committed subgraph schemas. Production addresses; a setting replaces each."""
    subgraphs = [
        {
            "name": service,
            "url": f"http://{service}:8000/graphql",
            "sdl": (ROOT / "services" / service / "contract" / "schema.graphql").read_text(),
        }
        for service in SERVICES
    ]
    done = node.node(COMPOSER, "compose.mjs", input=json.dumps(subgraphs))
    if done.returncode:
        raise Stop(f"The four schemas do not make one graph:\n{done.stderr.strip()}")
    return done.stdout


def main() -> int:
    """Write what others may rely on."""
    try:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(export, SERVICES))
        node.install(COMPOSER)
        broken = history.keep()
        if broken:
            raise Stop("An event may only grow:\n  " + "\n  ".join(broken))
        asyncapi.write()
        supergraph = compose()
    except Stop as reason:
        print(f"make schema: {reason}", file=sys.stderr)
        return 1
    if not SUPERGRAPH.exists() or SUPERGRAPH.read_text() != supergraph:
        SUPERGRAPH.write_text(supergraph)
    print("services/*/contract, gateway/contract/asyncapi.json and gateway/supergraph.graphql are up to date.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
