"""The arguments that every list takes."""

from __future__ import annotations

from typing import Annotated

import strawberry

First = Annotated[int | None, strawberry.argument(description="How many items the page has, 1 to 100.")]
After = Annotated[str | None, strawberry.argument(description="The `endCursor` of the page before.")]
