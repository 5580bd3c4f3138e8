"""`make bench`: every figure of this machine in one run, as JSON. `python -m bench events`, `graph` or `gateway` runs a part."""

from __future__ import annotations

import json
import sys

from bench import events, graph, replay
from bench.gateway import __main__ as gateway

PARTS = {"events": events.run, "replay": replay.run, "graph": graph.run, "gateway": gateway.measured}


def main() -> None:
    """Measure the parts named, or all."""
    names = sys.argv[1:] or list(PARTS)
    if unknown := set(names) - set(PARTS):
        raise SystemExit(f"There is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}.")
    figures = {name: {key: round(value, 2) for key, value in PARTS[name]().items()} for name in names}
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
