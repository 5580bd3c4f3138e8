"""Which requests come from somebody known; what the others are told, and how they get a token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.identity import AUDIENCE, ISSUER, DevelopmentIdentity
from gateway.settings import GatewaySettings

if TYPE_CHECKING:
    from chassis.caller import Caller


class Unauthenticated(Exception):
    """Nobody known is asking. The message says what to do about it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status = status
        self.code = code
        super().__init__(message)


class Authentication:
    """Checks tokens when there is an issuer to trust; without one the gateway asks nobody who they are."""

    def __init__(self, settings: GatewaySettings, identity: DevelopmentIdentity | None) -> None:
        self._settings = settings
        self._issuer = settings.token_issuer or ISSUER
        jwks_url = str(settings.jwks_url) if settings.jwks_url else None
        if identity is not None and settings.development_key_file is not None:
            # Its own keys from a file: asking itself over HTTP for them would be a way around.
            key_file = settings.development_key_file.absolute()
            jwks_url = identity.publish(key_file.with_name(f"{key_file.name}.jwks.json")).as_uri()
        self.is_on = jwks_url is not None
        if jwks_url is None:
            return
        # Imported only here: it brings a database driver along, and a gateway that runs alone needs none.
        from chassis.caller import KeysUnavailable, TokenRefused, Tokens  # noqa: PLC0415

        self._tokens = Tokens(jwks_url, issuer=self._issuer, audience=settings.token_audience or AUDIENCE)
        self._refused = TokenRefused
        self._unavailable = KeysUnavailable

    async def caller(self, authorization: str) -> Caller | None:
        """Who the header speaks for; None without a token. Raises Unauthenticated when the token is not good."""
        if not self.is_on:
            return None
        try:
            return await self._tokens.caller(authorization or None)
        except self._refused as error:
            raise Unauthenticated(401, error.code, f"{error} {self._how()}") from None
        except self._unavailable:
            raise Unauthenticated(
                503, "KEYS_UNAVAILABLE", "The token cannot be checked now: the issuer's keys cannot be read. Try again."
            ) from None

    def missing(self) -> Unauthenticated:
        """What a request without a token is told."""
        message = f"Send a token in the header `Authorization: Bearer <token>`. {self._how()}"
        return Unauthenticated(401, "UNAUTHENTICATED", message)

    def missing_of_source(self) -> Unauthenticated:
        """What a delivery of events without a token is told."""
        how = self._how().replace("WHO=employee", "WHO=hris")
        return Unauthenticated(401, "UNAUTHENTICATED", f"Events need the token of their source. {how}")

    def _how(self) -> str:
        if self._settings.in_development:
            return "In development `make token WHO=employee` prints one."
        return f"The issuer {self._issuer} gives them out."
