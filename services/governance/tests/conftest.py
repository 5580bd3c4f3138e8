"""What the tests of this service share."""

from __future__ import annotations

import pytest

from chassis.service import Service
from governance.service import service as governance_service

pytest_plugins = ["chassis.testing"]


@pytest.fixture(scope="session")
def service() -> Service:
    """The service under test."""
    return governance_service
