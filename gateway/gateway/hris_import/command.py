"""`python -m gateway import-hris FILE`: compare a full HR file with the directory and publish only the differences."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop

from gateway.hris_import.differences import Difference, TooManyLeave, differences, guard
from gateway.hris_import.file import FileWrong, read
from gateway.hris_import.platform import Platform, PlatformRefused

_TOKEN = "IMPORT_TOKEN"  # noqa: S105 - a variable's name
_WIDTH = 30


def add_verb(verbs: Any) -> None:
    """Add the verb with its options."""
    verb = verbs.add_parser("import-hris", help="publish what a full HR file says otherwise than the directory")
    verb.add_argument("file", type=Path, help="CSV with a header, or JSON lines, in UTF-8")
    verb.add_argument("--url", default="http://127.0.0.1:8000", help="the gateway (http://127.0.0.1:8000)")
    verb.add_argument("--dry-run", action="store_true", help="only show the differences")
    verb.add_argument(
        "--allow-share", type=_share, default=0.05, help="the largest share of people that may be terminated (0.05)"
    )


def run(given: argparse.Namespace) -> int:
    """Run the verb: 0 done, 1 refused, with the reason on the standard error stream."""
    token = os.environ.get(_TOKEN, "")
    if not token:
        print(f"{_TOKEN} is not set. Set it to the token of a service with the role hris.", file=sys.stderr)
        return 1
    try:
        found = uvloop.run(_imported(given, token))
    except (FileWrong, PlatformRefused, TooManyLeave) as reason:
        print(reason, file=sys.stderr)
        return 1
    counts = Counter(difference.kind for difference in found)
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "no difference"
    print(f"{told}{' (nothing was published)' if given.dry_run and found else ''}")
    return 0


async def _imported(given: argparse.Namespace, token: str) -> list[Difference]:
    people = read(given.file)
    today = datetime.now(UTC).date()
    async with Platform(given.url, token) as platform:
        directory = await platform.directory(Bar("directory"))
        found = differences(people, directory, today)
        if given.dry_run:
            for difference in found:
                print(f"{difference.kind:<10} {difference.employee_id:<12} {difference.told}")
        guard(found, directory, today, given.allow_share)
        if not given.dry_run:
            await platform.publish([difference.event() for difference in found], Bar("publish"))
    return found


class Bar:
    """A progress bar on the standard error stream; where that is no terminal, a line for each tenth."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._tenth = -1

    def __call__(self, done: int, total: int | None) -> None:
        """Show how far it is; the total may not be known."""
        if sys.stderr.isatty():
            filled = _WIDTH * done // total if total else 0
            bar = f"[{'#' * filled}{'.' * (_WIDTH - filled)}] {done}/{total}" if total else f"{done} people"
            print(f"\r{self._what} {bar}", end="\n" if done == total else "", file=sys.stderr, flush=True)
        elif total and 10 * done // total > self._tenth:
            self._tenth = 10 * done // total
            print(f"{self._what} {done}/{total}", file=sys.stderr, flush=True)


def _share(text: str) -> float:
    share = float(text)
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError("a share lies between 0 and 1")
    return share
