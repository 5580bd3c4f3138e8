"""Rounds: every router in turn, so that a noisy minute meets all of them; then the median of each figure."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import median

from bench.gateway.load import Load, Question, WrongAnswer, put_load
from bench.gateway.recorded import QUERIES, Recorded
from bench.gateway.routers import Router, Running, started, until_ready
from gateway.identity import AUDIENCE, ISSUER, DevelopmentIdentity

CONNECTIONS = (1, 32)


@dataclass(frozen=True)
class Effort:
    """How long and how often is measured."""

    rounds: int = 3
    seconds: float = 3.0
    warm_up_seconds: float = 4.0


QUICK = Effort(rounds=1, seconds=1.0, warm_up_seconds=1.5)


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    router: str
    query: str
    connections: int
    deduplicated: bool


@dataclass(frozen=True)
class Figures:
    """What was measured: latencies in ms, memory in MB, CPU of the router's processes in ms for each request."""

    per_second: float
    p50: float
    p99: float
    memory: float
    cpu: float
    calls: float


async def measure(routers: list[Router], effort: Effort) -> dict[Case, Figures]:
    """Every router with every query, first without de-duplication and then with it."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise SystemExit("Two cores are needed: one for the router, one for subgraphs and load.")
    os.sched_setaffinity(0, {cores[0]})
    recorded = Recorded()
    port = await recorded.listen()
    questions = {name: Question(query, recorded.federation.reference(query)) for name, query in QUERIES.items()}
    found: dict[Case, list[Figures]] = {}
    with tempfile.TemporaryDirectory(prefix="opmodel-bench-") as folder:
        identity = DevelopmentIdentity.at(Path(folder) / "key.pem")
        keys = identity.publish(Path(folder) / "keys.json")
        token = identity.sign({"sub": "E0001", "roles": ["employee"]})
        environment = {"JWKS_URL": keys.as_uri(), "TOKEN_ISSUER": ISSUER, "TOKEN_AUDIENCE": AUDIENCE}
        gc.collect()
        gc.freeze()
        for deduplicated in (False, True):
            some = [router for router in routers if router.can_deduplicate or not deduplicated]
            environment["DEDUPLICATION"] = str(deduplicated).lower()
            with ExitStack() as stack:
                running = [
                    stack.enter_context(started(router, recorded.supergraph(port), environment, cores[1]))
                    for router in some
                ]
                for one in running:
                    await _warm_up(one, questions, token, effort)
                for number in range(effort.rounds):
                    print(f"==> Round {number + 1}, de-duplication {deduplicated}", file=sys.stderr, flush=True)
                    for one in running:
                        for name, question in questions.items():
                            for connections in CONNECTIONS:
                                case = Case(one.router.name, name, connections, deduplicated)
                                figures = await _once(one, recorded, question, token, connections, effort.seconds)
                                found.setdefault(case, []).append(figures)
    return {case: _medians(rounds) for case, rounds in found.items()}


async def _warm_up(running: Running, questions: dict[str, Question], token: str, effort: Effort) -> None:
    await until_ready(running, token)
    for question in questions.values():
        # Two kinds of load: compilers of other languages optimise for what they see.
        for connections in CONNECTIONS:
            seconds = effort.warm_up_seconds / len(CONNECTIONS)
            await _asked(running, question, token, connections, seconds)


async def _asked(running: Running, question: Question, token: str, connections: int, seconds: float) -> Load:
    try:
        return await put_load(running.port, question, token, connections=connections, seconds=seconds)
    except WrongAnswer as error:
        raise SystemExit(f"{running.router.name}: {error}\n{running.output()}") from None


async def _once(
    running: Running, recorded: Recorded, question: Question, token: str, connections: int, seconds: float
) -> Figures:
    calls, cpu = recorded.calls, running.cpu_seconds()
    load = await _asked(running, question, token, connections, seconds)
    requests = len(load.latencies)
    return Figures(
        per_second=requests / load.seconds,
        p50=load.percentile(0.5),
        p99=load.percentile(0.99),
        memory=running.memory(),
        cpu=(running.cpu_seconds() - cpu) * 1000 / requests,
        calls=(recorded.calls - calls) / requests,
    )


def _medians(rounds: list[Figures]) -> Figures:
    return Figures(**{field.name: median(getattr(one, field.name) for one in rounds) for field in fields(Figures)})


def run(routers: list[Router], effort: Effort) -> dict[Case, Figures]:
    """As `measure`, on the loop that the gateway runs on too."""
    import uvloop  # noqa: PLC0415

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(measure(routers, effort))
