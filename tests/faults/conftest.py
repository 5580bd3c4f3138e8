"""The little service, and its things on a broker: the embedded one, or that of TEST_KAFKA_BOOTSTRAP_SERVERS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chassis.database import Database
from chassis.service import Service
from chassis.settings import ServiceSettings
from chassis.testing import free_port, start_broker
from tests.faults.thing import GIVEN, Thing, create_topics, little_service, prepare, settings, url_of


@pytest.fixture(scope="session")
def service() -> Service:
    return little_service()


@pytest.fixture
def broker() -> Iterator[str]:
    """The given one, or an embedded one of this test's own: its groups do not always forget who left."""
    if GIVEN:
        yield GIVEN
        return
    port = free_port()
    process = start_broker(port)
    yield f"127.0.0.1:{port}"
    process.kill()
    process.wait()


@pytest.fixture
async def things(database: Database, broker: str) -> list[Thing]:
    await create_topics(broker)
    return await prepare(database)


@pytest.fixture
def told(database: Database, broker: str) -> ServiceSettings:
    return settings(url_of(database), broker)
