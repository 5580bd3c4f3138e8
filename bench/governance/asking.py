"""Asking the graph of governance in this process, and how long that takes."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from chassis.caller import Caller
from chassis.database import Database
from chassis.graphql import Context
from chassis.testing import a_caller
from governance.service import service

OFFICER = a_caller("P1", "employee", "ai_steward", "compliance_officer", "auditor", "sre")


class Asking:
    """Asks as somebody who may see everything."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def answer(self, query: str, variables: dict[str, Any], caller: Caller = OFFICER) -> dict[str, Any]:
        """One question, which must be answered."""
        context = Context(database=self.database, caller=caller)
        result = await service.schema.execute(query, variable_values=variables, context_value=context)
        assert not result.errors, result.errors
        assert result.data is not None
        return result.data


async def timed(count: int, act: Callable[[int], Awaitable[object]]) -> list[float]:
    """How long each of these took, in milliseconds, sorted."""
    took = []
    for n in range(count):
        started = time.perf_counter()
        await act(n)
        took.append((time.perf_counter() - started) * 1000)
    return sorted(took)


def percentile(part: float, took: list[float]) -> float:
    """A percentile of sorted times."""
    return took[min(len(took) - 1, int(len(took) * part))]
