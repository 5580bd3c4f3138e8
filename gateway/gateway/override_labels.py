"""Progressive overrides: which labels of `@override(from:, label:)` are on for a request.

A label `percent(x)` is on for x per cent of the requests. Each request draws one number from 0 to 100, and every label
above it is on: so of two labels the one with fewer per cent is never on alone, and there are as many sets of labels, each
with its own plans, as there are different percentages, and one more. Every other label is off.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from random import Random

_PERCENT = re.compile(r"percent\(\s*(\d+(?:\.\d+)?)\s*\)")
_EVEN = 50.0
_draw = Random().random  # noqa: S311 - nothing is secret about it


class OverrideLabels:
    """The labels of one supergraph. `fixed` labels are on for every request, and no others."""

    def __init__(
        self, labels: Iterable[str], fixed: frozenset[str] | None = None, draw: Callable[[], float] = _draw
    ) -> None:
        """`draw` gives numbers from 0 to 1."""
        self._fixed = fixed
        self._draw = draw
        self._percent = {label: float(found[1]) for label in labels if (found := _PERCENT.fullmatch(label))}
        self._varies = fixed is None and any(0 < percent < 100 for percent in self._percent.values())
        self.usual = fixed if fixed is not None else self._above(_EVEN)

    def of_request(self) -> frozenset[str]:
        """The labels that are on for a new request."""
        return self._above(self._draw() * 100) if self._varies else self.usual

    def _above(self, number: float) -> frozenset[str]:
        return frozenset(label for label, percent in self._percent.items() if number < percent)
