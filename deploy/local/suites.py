"""`make test`: every suite in a pytest of its own, those without the whole platform two at a time; then one sum."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy.local.settings import ROOT, SERVICES

ALONE = (
    "chassis",
    *(f"services/{name}" for name in SERVICES),
    "gateway",
    "tests/contract",
    "tests/deploy",
    "tests/faults",
    "tests/bench",
)
TOGETHER = ("tests/e2e", "tests/kafka")
_NO_TESTS = 5
_COUNT = re.compile(r"(\d+) (passed|failed|error|errors|skipped)\b")


def run(suite: str) -> tuple[str, int, str]:
    """Run one suite; returns its name, pytest's exit code and what pytest said."""
    command = [sys.executable, "-m", "pytest", "-rs", suite, *sys.argv[1:]]
    done = subprocess.run(  # noqa: S603 - our own command
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return suite, done.returncode, done.stdout


def counted(output: str) -> dict[str, int]:
    """The counts in pytest's closing line."""
    lines = [line for line in output.splitlines() if _COUNT.search(line) and " in " in line]
    found = _COUNT.findall(lines[-1]) if lines else []
    return {what.rstrip("s") if what == "errors" else what: int(number) for number, what in found}


def main() -> int:
    """Run everything, print each suite as it ends, and fail when one failed or no test ran."""
    begun = time.monotonic()
    total = {"passed": 0, "failed": 0, "error": 0, "skipped": 0}
    failed = []
    for suites, at_once in ((ALONE, os.cpu_count() or 1), (TOGETHER, 1)):
        with ThreadPoolExecutor(min(at_once, 2)) as pool:
            for suite, code, output in pool.map(run, [suite for suite in suites if _has_tests(suite)]):
                print(f"==> {suite}\n{output.rstrip()}\n", flush=True)
                for what, number in counted(output).items():
                    total[what] += number
                if code not in {0, _NO_TESTS}:
                    failed.append(suite)
    if failed:
        print(f"Failed: {', '.join(failed)}")
    print(f"All suites took {time.monotonic() - begun:.0f} s.")
    print(f"{total['passed']} passed, {total['failed'] + total['error']} failed, {total['skipped']} skipped")
    return 1 if failed or not total["passed"] else 0


def _has_tests(suite: str) -> bool:
    return any(Path(ROOT, suite).rglob("test_*.py"))


if __name__ == "__main__":
    sys.exit(main())
