"""`python -m tests.chaos --minutes 30 --seed 7`: faults at random; exit code 1 when anything was lost or happened twice."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.run import at_random, busy, world


async def run(seed: int, minutes: float, kills: int | None, state: Path) -> int:
    """Run, print, and return the exit code."""
    began = time.monotonic()
    print(f"seed {seed}, {minutes:g} minutes{f' or {kills} kills' if kills else ''}, state in {state}", flush=True)
    async with world(state, seed, lambda said: print(f"{time.monotonic() - began:7.1f} s  {said}", flush=True)) as here:
        print(f"{time.monotonic() - began:7.1f} s  ready", flush=True)
        async with busy(here):
            await at_random(here, minutes * 60, kills)
            await here.faults.disarm()
        print(f"{time.monotonic() - began:7.1f} s  the faults end", flush=True)
        await here.tell_again()
        violations = await here.verdict()
        print("\n".join(here.faults.log))
        kept = ", ".join(f"{name} {count}" for name, count in sorted(here.faults.kills.items()))
        others = ", ".join(f"{name} {count}" for name, count in sorted(here.faults.others.items()))
        print(f"{here.ledger.summary()}; {here.stories.told} stories told, {here.stories.given_up} given up")
        print(f"killed {here.faults.killed} ({kept}); {others}")
        for violation in violations:
            print(f"VIOLATION {violation}")
        print(
            f"seed {seed}: {here.faults.killed} kills, {len(violations)} violations, {time.monotonic() - began:.0f} s"
        )
    return 1 if violations else 0


def main() -> int:
    """Read the arguments."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=None, help="the same seed draws the same faults")
    parser.add_argument("--kills", type=int, default=None, help="end earlier, after so many killed processes")
    parser.add_argument("--state", type=Path, default=None, help="a folder that is kept, with logs and databases")
    asked = parser.parse_args()
    seed = secrets.randbelow(1_000_000) if asked.seed is None else asked.seed
    if asked.state is not None:
        asked.state.mkdir(parents=True, exist_ok=True)
        return asyncio.run(run(seed, asked.minutes, asked.kills, asked.state))
    with tempfile.TemporaryDirectory(prefix="opmodel-chaos-") as folder:
        Path(folder).chmod(0o755)
        return asyncio.run(run(seed, asked.minutes, asked.kills, Path(folder)))


if __name__ == "__main__":
    sys.exit(main())
