"""The organisation that the integration tests start from."""

from __future__ import annotations

import pytest

from chassis.clock import FixedClock
from chassis.testing import Asks, Delivers, Published
from governance.testing import Organisation


@pytest.fixture
async def organisation(graph: Asks, deliver: Delivers, published: Published, clock: FixedClock) -> Organisation:
    """An organisation that has just founded its committee."""
    made = Organisation(graph, deliver, published, clock)
    await made.found()
    return made
