"""Adapters: a vendor's own body in, events of ours out. Each is a pure function from a body to events."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from gateway.ingress.adapters import bamboohr, servicenow, xapi
from gateway.ingress.adapters.bamboohr_api import BambooHR
from gateway.ingress.adapters.copilot import Copilot
from gateway.ingress.adapters.mapping import Mapping, Received
from gateway.ingress.admission import Check
from gateway.ingress.signatures import Signer
from gateway.settings import GatewaySettings


@dataclass(frozen=True, slots=True)
class Adapter:
    """How one vendor's deliveries are checked and read, and whose events they become."""

    name: str
    owner: str
    read: Callable[[Received], Mapping]
    check: Check = Signer.must_have_signed
    complete: Callable[[bytes], Awaitable[bytes]] | None = None


def adapters(settings: GatewaySettings) -> dict[str, Adapter]:
    """All adapters, by the name in their address."""
    copilot = Copilot(settings.copilot_tool, settings.copilot_logins)
    api = (
        BambooHR(str(settings.bamboohr_api_url), settings.bamboohr_api_key.get_secret_value())
        if settings.bamboohr_api_url
        else None
    )
    known = (
        Adapter(
            "bamboohr",
            "hris",
            bamboohr.read,
            check=Signer.must_have_signed_like_bamboohr,
            complete=api.complete if api else None,
        ),
        Adapter("servicenow", "itsm", servicenow.read),
        Adapter("xapi", "lms", xapi.read),
        Adapter("copilot", "usage", copilot.read),
    )
    return {adapter.name: adapter for adapter in known}
