"""Why a delivery is not taken, in the form of RFC 9457."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gateway.ingress.contracts import Fault

RETRY_AFTER = (b"retry-after", b"2")


@dataclass
class Problem(Exception):
    """Why a delivery, or one event of it, is not taken."""

    status: int
    title: str
    detail: str
    faults: list[Fault] = field(default_factory=list)
    headers: tuple[tuple[bytes, bytes], ...] = ()

    def body(self, request_id: str) -> dict[str, Any]:
        """The answer."""
        return {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **self.errors(),
            "requestId": request_id,
        }

    def errors(self) -> dict[str, Any]:
        """The fields that are wrong, where some are known."""
        if not self.faults:
            return {}
        return {"errors": [{"field": fault.field, "message": fault.message} for fault in self.faults]}
