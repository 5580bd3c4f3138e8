"""For all tests. The two packages whose folder has their own name are imported first, so that a test's path cannot shadow them."""

import chassis
import gateway

pytest_plugins = ["chassis.testing"]

__all__ = ["chassis", "gateway"]
