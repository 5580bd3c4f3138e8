"""A worker that is told to stop, at whatever moment."""

import asyncio
import gc
import warnings

import pytest

from chassis.testing import free_port
from chassis.worker import Worker
from tests.faults.thing import settings, url_of


@pytest.mark.parametrize("is_there", [True, False])
async def test_a_worker_told_to_stop_at_any_moment_of_its_start_leaves_nothing_open_X02(
    service, database, things, broker, is_there: bool
):
    """Also where there is no broker. Moments are turns of the event loop: between two of them nothing can be told."""
    told = settings(url_of(database), broker if is_there else f"127.0.0.1:{free_port()}")
    left: dict[int, list[str]] = {}
    for turns in range(0, 120, 8):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            worker = Worker(service, told, database)
            await worker.start()
            for _ in range(turns):
                await asyncio.sleep(0)
            await worker.stop()
            del worker
            gc.collect()
        if unclosed := [str(one.message) for one in caught if issubclass(one.category, ResourceWarning)]:
            left[turns] = unclosed
    assert left == {}
