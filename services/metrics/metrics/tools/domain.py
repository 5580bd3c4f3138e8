"""The names under which a source may speak of a tool: its code, or the id that governance gave it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class KnownTool:
    """A tool of governance's registry. Of two with one code the approved one is meant, else the one known later."""

    id: UUID
    code: str
    name: str | None
    approved: bool
