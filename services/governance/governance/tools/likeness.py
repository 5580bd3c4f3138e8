"""Which registered tools a proposal could be about (G08)."""

from __future__ import annotations

import re

_ENOUGH = 0.5


def likeness(one: str, other: str) -> float:
    """How much two names share, 0 to 1: the Jaccard index of their sets of three-letter pieces, case and signs aside."""
    mine, theirs = _pieces(one), _pieces(other)
    return len(mine & theirs) / len(mine | theirs) if mine or theirs else 0.0


def alike(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two names with their vendors could mean the same: the names do, or one names the other's vendor."""
    (name, vendor), (other_name, other_vendor) = one, other
    return max(
        likeness(name, other_name), likeness(f"{vendor} {name}", other_name), likeness(name, f"{other_vendor} {other_name}")
    ) >= _ENOUGH  # fmt: skip


def _pieces(name: str) -> frozenset[str]:
    words = re.findall(r"[^\W_]+", name.lower())
    padded = [f"  {word} " for word in words]
    return frozenset(word[at : at + 3] for word in padded for at in range(len(word) - 2))
