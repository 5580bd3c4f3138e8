"""One platform with a workload for all tests here; every test leaves it whole."""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.local import kafka
from deploy.local.settings import Stop
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
async def here() -> AsyncIterator[World]:
    """A running platform with its organisation. Its state is not in pytest's own folder, which the next pytest closes to
    other users while PostgreSQL still runs as one."""
    print(f"SEED={SEED}")
    if os.environ.get("BROKER") == "kafka":
        try:
            kafka.find_java()
            kafka.install()
        except Stop as reason:
            pytest.skip(str(reason))
    with tempfile.TemporaryDirectory(prefix="opmodel-chaos-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        async with world(Path(folder), SEED) as made:
            yield made
