"""`python -m bench.gateway`: our gateway beside others, one core for the router and one for subgraphs and load.

Every answer is compared with that of one schema over all the data before it is counted. `--peer NAME=COMMAND` adds a
router: the command finds a supergraph file in SUPERGRAPH, where to listen in PORT, and in DEDUPLICATION whether it may
share subgraph requests under way.
"""

from __future__ import annotations

import argparse

from bench.gateway.measure import QUICK, Case, Effort, Figures, run
from bench.gateway.routers import OURS, Router, peers_from_npm

_TITLES = {
    "one_fetch": "1 fetch",
    "three_waves": "4 fetches in 3 waves",
    "large": "85 kB from 4 subgraphs",
}


def table(figures: dict[Case, Figures]) -> str:
    """A table for each query, in Markdown."""
    lines = []
    for deduplicated in (False, True):
        for query, title in _TITLES.items():
            lines += [
                f"\n{title}, equal subgraph requests under way are {'shared' if deduplicated else 'not shared'}\n",
                "| router | connections | requests/s | p50 ms | p99 ms | CPU ms/request | memory MB | subgraph calls | × |",
                "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
            ]
            for case, found in figures.items():
                if (case.query, case.deduplicated) == (query, deduplicated):
                    ours = figures[Case(OURS.name, query, case.connections, deduplicated)]
                    lines.append(
                        f"| {case.router} | {case.connections} | {found.per_second:.0f} | {found.p50:.2f} | "
                        f"{found.p99:.2f} | {found.cpu:.3f} | {found.memory:.0f} | {found.calls:.2f} | "
                        f"{ours.per_second / found.per_second:.1f} |"
                    )
    lines.append("\n×: our requests/s for one of theirs.")
    return "\n".join(lines)


def flat(figures: dict[Case, Figures]) -> dict[str, float]:
    """Our figures by name, and the ratios to the others, for `make bench`."""
    found: dict[str, float] = {}
    for case, one in figures.items():
        shared = "shared" if case.deduplicated else "not_shared"
        ours = figures[Case(OURS.name, case.query, case.connections, case.deduplicated)]
        name = f"{case.query}_{case.connections}_{shared}"
        if case.router == OURS.name:
            found |= {f"{name}_per_s": one.per_second, f"{name}_p99_ms": one.p99, f"{name}_cpu_ms": one.cpu}
        else:
            found[f"{name}_ratio_to_{case.router}"] = ours.per_second / one.per_second
    return found


def measured() -> dict[str, float]:
    """The part of `make bench`."""
    return flat(run([OURS, *peers_from_npm()], Effort()))


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.gateway", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round: to see that it works")
    parser.add_argument("--without-peers", action="store_true", help="not the routers from npm")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=COMMAND", help="another router")
    given = parser.parse_args()
    others = [] if given.without_peers else peers_from_npm()
    for one in given.peer:
        name, _, command = one.partition("=")
        if not command:
            parser.error(f"--peer {one}: it must read NAME=COMMAND")
        others.append(Router(name, command))
    print(table(run([OURS, *others], QUICK if given.quick else Effort())))


if __name__ == "__main__":
    main()
