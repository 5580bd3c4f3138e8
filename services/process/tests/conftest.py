"""The service under test."""

import pytest

from chassis.service import Service

pytest_plugins = ["chassis.testing"]


@pytest.fixture(scope="session")
def service() -> Service:
    from process.service import service

    return service
