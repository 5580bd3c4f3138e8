"""One Apache Kafka for the tests here that need no other; without its jars or a Java one sentence says so."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from chassis.service import Service
from deploy.local import kafka
from deploy.local.settings import Stop
from tests.faults.thing import little_service
from tests.kafka.cluster import Cluster

pytest_plugins = ["chassis.testing"]


@pytest.fixture(scope="session")
def service() -> Service:
    return little_service()


@pytest.fixture(scope="session", autouse=True)
def _jars() -> None:
    try:
        kafka.find_java()
        kafka.install()
    except Stop as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def cluster(_jars: None) -> Iterator[Cluster]:
    """One node, without TLS, in which each test has topics of its own or makes them anew."""
    made = Cluster()
    try:
        asyncio.run(made.create("thing.events", "hris.events"))
        yield made
    finally:
        made.stop()
