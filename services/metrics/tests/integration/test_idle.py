"""Idle grants against Postgres (M05, C14)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from metrics.idle import commands
from metrics.settings import MetricsSettings

from .conftest import TODAY, ago


@pytest.fixture
def idle(database, published, clock):
    """Whose grants are told to be idle the next day, with the days."""

    async def look():
        before = len(await published())
        clock.advance(timedelta(days=1))
        assert await commands.look(database, after_days=30) is not None
        told = [event["data"] for event in (await published())[before:]]
        return sorted((each["employee_id"], each["idle_days"], each["last_used_on"]) for each in told)

    return look


async def test_a_grant_without_use_is_told_once_until_it_is_used_again_C14(world, idle, clock):
    people = await world.hire("sales", 4)
    await world.grant(people[:3], ago(200))
    await world.grant(people[3:], ago(10))
    await world.use(people[0], ago(5))
    await world.use(people[1], ago(40))
    await world.use(people[1], ago(3), tool="another")

    assert await idle() == [("sales-1", 41, ago(40).isoformat()), ("sales-2", 201, None)]
    assert await idle() == []
    await world.use(people[1], TODAY)
    clock.advance(timedelta(days=40))
    found = await idle()
    assert [(who, last) for who, _, last in found] == [
        ("sales-0", ago(5).isoformat()), ("sales-1", TODAY.isoformat()), ("sales-3", None),
    ]  # fmt: skip


async def test_leave_hire_and_suspension_do_not_count_as_idle_C14(world, idle, deliver, clock):
    people = await world.hire("sales", 4)
    await world.grant(people, ago(200))
    away, back, stopped, _ = people
    await deliver("hris.employee-leave-started.v1", {"employee_id": away, "effective_date": ago(100)})
    await deliver("hris.employee-leave-started.v1", {"employee_id": back, "effective_date": ago(100)})
    await deliver("hris.employee-leave-ended.v1", {"employee_id": back, "effective_date": ago(10)})
    await world.change_grant("suspended", stopped)

    assert await idle() == [("sales-3", 201, None)]
    await world.change_grant("restored", stopped)
    clock.advance(timedelta(days=20))
    assert await idle() == [("sales-1", 32, None)]
    clock.advance(timedelta(days=10))
    assert await idle() == [("sales-2", 32, None)]


async def test_grants_are_looked_at_once_a_day_in_batches_C14(world, database, published, clock, monkeypatch):
    monkeypatch.setattr("metrics.idle.commands._BATCH", 2)
    people = await world.hire("sales", 5)
    await world.grant(people, ago(200))

    assert await commands.look(database, after_days=30) == 5
    assert await commands.look(database, after_days=30) is None
    assert {event["type"] for event in await published()} == {"metrics.grant-idle.v1"}


def test_the_days_are_a_setting_with_a_default_C14(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://localhost/metrics")
    assert MetricsSettings().grant_idle_days == 30
    monkeypatch.setenv("GRANT_IDLE_DAYS", "90")
    assert MetricsSettings().grant_idle_days == 90
