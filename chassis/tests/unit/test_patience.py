"""A time limit for each of many steps (X02)."""

from __future__ import annotations

import asyncio

import pytest

from chassis.patience import Patience


async def test_a_step_that_takes_too_long_is_ended_and_says_so() -> None:
    patience = Patience(0.05)
    with pytest.raises(TimeoutError, match=r"0\.05 seconds"), patience:
        await asyncio.sleep(5)
    assert asyncio.current_task().cancelling() == 0


async def test_each_step_has_the_whole_time() -> None:
    patience = Patience(0.1)
    for _ in range(5):
        with patience:
            await asyncio.sleep(0.05)


async def test_the_time_between_two_steps_counts_for_neither() -> None:
    patience = Patience(0.05)
    with patience:
        pass
    await asyncio.sleep(0.1)
    with patience:
        await asyncio.sleep(0.01)


async def test_a_late_step_after_quick_ones_is_ended_too() -> None:
    patience = Patience(0.05)
    for _ in range(3):
        with patience:
            await asyncio.sleep(0.03)
    with pytest.raises(TimeoutError), patience:
        await asyncio.sleep(5)
    with pytest.raises(TimeoutError), patience:
        await asyncio.sleep(5)


async def test_steps_of_other_tasks_have_limits_of_their_own() -> None:
    async def work(seconds: float) -> str:
        patience = Patience(0.05)
        try:
            with patience:
                await asyncio.sleep(seconds)
        except TimeoutError:
            return "ended"
        return "done"

    assert await asyncio.gather(work(5), work(0.01), work(5)) == ["ended", "done", "ended"]


async def test_a_task_that_is_cancelled_meanwhile_is_cancelled() -> None:
    async def work() -> None:
        patience = Patience(0.05)
        with patience:
            try:
                await asyncio.sleep(5)
            finally:
                await asyncio.sleep(0.1)  # Both come: the limit while it cleans up after somebody's cancellation.

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_fails_by_itself_fails_as_it_did() -> None:
    patience = Patience(5)
    with pytest.raises(TimeoutError, match="the database"), patience:
        raise TimeoutError("the database")
    assert not patience.expired
