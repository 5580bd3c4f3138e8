"""One platform with a workload for all tests here; every test leaves it whole."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.chaos.run import World, world

HERE = Path(__file__).parent
SEED = int(os.environ.get("SEED", random.SystemRandom().randrange(1_000_000)))


def pytest_report_header() -> str:
    """The seed of this run."""
    return f"chaos: SEED={SEED}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests share the loop in which the supervisor watches its children."""
    in_session_loop = pytest.mark.asyncio(loop_scope="session")
    for item in items:
        if HERE in item.path.parents and asyncio.iscoroutinefunction(getattr(item, "obj", None)):
            item.add_marker(in_session_loop, append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A running platform with its organisation."""
    print(f"SEED={SEED}")
    async with world(tmp_path_factory.mktemp("chaos"), SEED) as made:
        yield made
