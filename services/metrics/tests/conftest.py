"""What the tests of this service share."""

from __future__ import annotations

import pytest

from chassis.service import Service
from metrics.service import service as metrics_service


@pytest.fixture(scope="session")
def service() -> Service:
    """The service under test."""
    return metrics_service
