import pytest

from chassis.service import Service
from training.service import service as training

pytest_plugins = ["chassis.testing"]


@pytest.fixture(scope="session")
def service() -> Service:
    return training
