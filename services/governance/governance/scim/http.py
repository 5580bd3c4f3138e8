"""/scim/v2: the protocol for identity providers. Only a service with the role `hris` provisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog
from scim2_models import ForbiddenException, SCIMException, UnauthorizedException
from scim2_server.applications.asgi import ASGIApplication
from scim2_server.handler import AsyncScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.service import ScimService
from starlette.routing import BaseRoute, Mount

from chassis.caller import Caller, KeysUnavailable, TokenRefused, Tokens
from chassis.database import Database
from governance.scim.models import PROVIDER
from governance.scim.storage import Storage

_READS = {"GET", "HEAD"}
_LARGEST = 5_000_000
_log = structlog.get_logger(__name__)


class _Service(ScimService):
    """The library's service with a bound for bodies."""

    def max_body_size(self, request: ScimRequest) -> int | None:
        return _LARGEST


class _KeysUnavailable(SCIMException):
    """The token cannot be checked now."""

    status = 503


class Scim(ASGIApplication):
    """One transaction for each request: what it answers was kept, with its events, or nothing was."""

    def __init__(self, database: Database, tokens: Tokens | None) -> None:
        service = _Service(PROVIDER)
        super().__init__(Storage(None), PROVIDER, service)  # type: ignore[arg-type]  # each request brings its own
        self._database = database
        self._tokens = tokens

    @staticmethod
    def get_base_url(scope: Any) -> str:
        """The address as the client sees it, also through the gateway that ends its TLS."""
        headers = dict(scope["headers"])
        scheme = headers.get(b"x-forwarded-proto", scope["scheme"].encode()).decode("latin-1")
        return ASGIApplication.get_base_url({**scope, "scheme": "https" if scheme == "https" else "http"})

    async def dispatch_request(self, request: ScimRequest) -> ScimResponse:
        """Let a provisioner in and answer. Raises SCIMException."""
        caller = await self._caller(request) if self.needs_auth(request) else None
        if request.method in _READS or request.path.endswith("/.search"):
            async with self._database.read() as connection:
                return await AsyncScimHandler(self.service, Storage(connection)).handle(request)
        async with self._database.transaction(caller=caller) as tx:
            return await AsyncScimHandler(self.service, Storage(tx)).handle(request)

    async def _caller(self, request: ScimRequest) -> Caller:
        authorization = request.header("Authorization")
        try:
            caller = await self._tokens.caller(authorization) if self._tokens else None
        except TokenRefused as error:
            raise UnauthorizedException(detail=str(error)) from None
        except KeysUnavailable:
            raise _KeysUnavailable(detail="The issuer's keys cannot be read. Try again in a moment.") from None
        if caller is None:
            raise UnauthorizedException(detail="Send a token in the header `Authorization: Bearer <token>`.")
        if caller.kind != "service" or not caller.has("hris"):
            raise ForbiddenException(detail=f"{caller.subject} may not provision: services with the role hris may.")
        return caller


def routes(database: Database, tokens: Tokens | None) -> Sequence[BaseRoute]:
    """Where the protocol is spoken."""
    application: Any = Scim(database, tokens)
    return [Mount("/scim", application)]
