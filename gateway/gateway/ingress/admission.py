"""Who delivers: a service with a token, or a source that signed what it sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.types import Receive, Scope

from gateway.authentication import Authentication, Unauthenticated
from gateway.bodies import BodyRefused, read
from gateway.ingress import sources
from gateway.ingress.problems import RETRY_AFTER, Problem
from gateway.ingress.signatures import NotSigned, Signer, delivery_id, signers
from gateway.ingress.sources import MayNotPublish
from gateway.settings import GatewaySettings

if TYPE_CHECKING:
    from chassis.caller import Caller

Check = Callable[[Signer, Mapping[bytes, bytes], bytes], None]
_SIGNED = (b"webhook-signature", b"x-bamboohr-signature")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What somebody known sent: the body as it came, and what makes it the same when it is sent again."""

    id: str
    caller: Caller
    owners: frozenset[str]
    headers: Mapping[bytes, bytes]
    body: bytes
    is_signed: bool

    @property
    def content_type(self) -> str:
        """The media type with its parameters, as it was sent."""
        return self.headers.get(b"content-type", b"").decode("latin-1")


class Admission:
    """Lets in those who show a token, or a signature by a key of WEBHOOK_SECRETS."""

    def __init__(self, authentication: Authentication, settings: GatewaySettings) -> None:
        self._authentication = authentication
        self._signers = signers(settings.webhook_secrets.get_secret_value())
        self._most = settings.ingress_max_body_bytes

    async def admit(
        self, scope: Scope, receive: Receive, *, check: Check = Signer.must_have_signed, source: str = ""
    ) -> Delivery:
        """Read a delivery. The source of a signed one is named by `?source=`, else by `source`. Raises Problem.

        Nothing is read from somebody who shows neither a token nor the signature of a source that there is.
        """
        headers: dict[bytes, bytes] = dict(scope["headers"])
        is_signed = b"authorization" not in headers and any(name in headers for name in _SIGNED)
        if is_signed:
            signer = self._signer(scope, source)
            body = await self._read(headers, receive)
            try:
                check(signer, headers, body)
            except NotSigned as error:
                raise Problem(401, "The signature is not good", str(error)) from None
            caller = signer.caller()
            owners = sources.owners_for(caller)
        else:
            caller = await self._by_token(headers)
            try:
                owners = sources.owners_for(caller)
            except MayNotPublish as error:
                raise Problem(403, "Not a source of events", str(error)) from None
            body = await self._read(headers, receive)
        return Delivery(delivery_id(headers, body), caller, owners, headers, body, is_signed)

    def _signer(self, scope: Scope, source: str) -> Signer:
        named = parse_qs(scope["query_string"].decode("latin-1")).get("source", [source])[0]
        signer = self._signers.get(named)
        if signer is None:
            told = f"There are no keys for {named!r}" if named else "The delivery is signed, and nobody says by whom"
            raise Problem(
                401,
                "The signature is not good",
                f"{told}. Name the source in the address, `?source=<name>`, as it stands in WEBHOOK_SECRETS.",
            )
        return signer

    async def _read(self, headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
        try:
            return await read(headers, receive, self._most)
        except BodyRefused as error:
            raise Problem(error.status, "The body is not read", str(error)) from None

    async def _by_token(self, headers: Mapping[bytes, bytes]) -> Caller:
        try:
            caller = await self._authentication.caller(headers.get(b"authorization", b"").decode("latin-1"))
            if caller is None:
                raise self._authentication.missing_of_source()
        except Unauthenticated as error:
            more = (b"www-authenticate", b"Bearer") if error.status == 401 else RETRY_AFTER
            raise Problem(error.status, error.code, str(error), headers=(more,)) from None
        return caller
