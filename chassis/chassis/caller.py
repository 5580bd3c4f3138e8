"""Who is asking: bearer tokens checked against the issuer's keys, and the one question that rules ask of a caller."""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import httpx
import jwt
import orjson
import structlog

from chassis import directory
from chassis.database import Connection
from chassis.domain import NotEntitled, Refused, Tier

_log = structlog.get_logger(__name__)
_ALGORITHMS = ["RS256", "ES256", "EdDSA"]
_LEEWAY_SECONDS = 30
_KEYS_KEPT_SECONDS = 600.0
_REFETCH_AT_MOST_EVERY_SECONDS = 10.0
_TOKENS_KEPT = 10_000
_LONGEST_TOKEN = 8_192


class NotAuthenticated(Refused):
    """Nobody is signed in. Send a token in the header `Authorization: Bearer <token>`."""

    CODE = "UNAUTHENTICATED"


@dataclass(frozen=True, slots=True)
class Caller:
    """A person or a service, as its token says."""

    subject: str
    roles: frozenset[str]
    department_id: str | None = None
    team_id: str | None = None
    token: str = field(default="", repr=False)
    kind: Literal["person", "service"] = "person"
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def has(self, *roles: str) -> bool:
        """Whether the caller has one of the roles."""
        return not self.roles.isdisjoint(roles)

    @property
    def expires_at(self) -> float:
        """When the token is no longer accepted, in seconds since 1970; infinite without a token."""
        return float(self.claims.get("exp", math.inf)) + _LEEWAY_SECONDS

    @property
    def employee_id(self) -> str | None:
        """The subject when it is a person."""
        return self.subject if self.kind == "person" else None


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of the organisation a caller belongs to."""

    department_id: str | None
    team_id: str | None


def require(caller: Caller | None, *roles: str, action: str, tier: Tier = Tier.ENTERPRISE) -> Caller:
    """The caller, if it has one of the roles. Raises NotEntitled naming them, or NotAuthenticated."""
    if caller is None:
        raise NotAuthenticated
    if not caller.has(*roles):
        raise NotEntitled(
            action=action, tier=tier.value, deciders=" or ".join(role.replace("_", " ") for role in roles)
        )
    return caller


async def scope_of(connection: Connection, caller: Caller) -> Scope:
    """The caller's department and team: what the token says, else where the directory has the person today."""
    if caller.department_id is not None or caller.employee_id is None:
        return Scope(caller.department_id, caller.team_id)
    today: date | None = getattr(connection, "today", None)
    person = await directory.person(connection, caller.employee_id, on=today)
    if person is None:
        return Scope(None, caller.team_id)
    return Scope(person.department_id, caller.team_id or person.team_id)


class TokenRefused(Exception):
    """The token is not accepted; `code` and the message say why."""

    def __init__(self, code: Literal["TOKEN_EXPIRED", "INVALID_TOKEN"], message: str) -> None:
        self.code = code
        super().__init__(message)


class KeysUnavailable(Exception):
    """The issuer's keys cannot be had, so no token can be checked."""


class Tokens:
    """Checks tokens. The issuer's keys are kept for ten minutes; verified tokens until they expire."""

    def __init__(self, jwks_url: str, *, issuer: str, audience: str) -> None:
        self._keys = _Keys(jwks_url)
        self._issuer = issuer
        self._audience = audience
        self._verified: OrderedDict[bytes, tuple[float, Caller]] = OrderedDict()

    async def caller(self, authorization: str | None) -> Caller | None:
        """Who the `Authorization` header speaks for; None without one. Raises TokenRefused or KeysUnavailable."""
        if not authorization:
            return None
        scheme, _, token = authorization.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise TokenRefused("INVALID_TOKEN", "The Authorization header must read: Bearer <token>.")
        if len(token) > _LONGEST_TOKEN:
            raise TokenRefused("INVALID_TOKEN", f"The token is longer than {_LONGEST_TOKEN} bytes.")
        known_as = sha256(token.encode()).digest()
        expiry, caller = self._verified.get(known_as, (0.0, None))
        if caller is not None and time.time() < expiry:
            return caller
        expiry, caller = await self._verify(token)
        self._verified[known_as] = (expiry, caller)
        if len(self._verified) > _TOKENS_KEPT:
            self._verified.popitem(last=False)
        return caller

    async def _verify(self, token: str) -> tuple[float, Caller]:
        try:
            header = jwt.get_unverified_header(token)
            key = await self._keys.get(header.get("kid"))
            if key is None:
                raise TokenRefused("INVALID_TOKEN", "The token is signed with a key that the issuer does not publish.")
            claims = jwt.decode(
                token,
                key=key,
                algorithms=[key.algorithm_name] if key.algorithm_name in _ALGORITHMS else [],
                issuer=self._issuer,
                audience=self._audience,
                leeway=_LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.ExpiredSignatureError:
            raise TokenRefused(
                "TOKEN_EXPIRED", "The token has expired. Get a new one and send the request again."
            ) from None
        except jwt.InvalidTokenError as error:
            raise TokenRefused("INVALID_TOKEN", f"The token is not accepted: {error}.") from None
        return float(claims["exp"]) + _LEEWAY_SECONDS, caller_of(claims, token)


def caller_of(claims: Mapping[str, Any], token: str = "") -> Caller:
    """The caller that verified claims describe. A service carries its own name as a role."""
    roles = claims.get("roles", [])
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise TokenRefused("INVALID_TOKEN", "The token's claim `roles` must be a list of strings.")
    department_id, team_id = claims.get("department_id"), claims.get("team_id")
    if not isinstance(department_id, str | None) or not isinstance(team_id, str | None):
        raise TokenRefused("INVALID_TOKEN", "The token's claims `department_id` and `team_id` must be strings.")
    subject = claims["sub"]
    return Caller(
        subject=subject,
        roles=frozenset(roles),
        department_id=department_id,
        team_id=team_id,
        token=token,
        kind="service" if subject in roles else "person",
        claims=claims,
    )


class _Keys:
    """The issuer's key set. A key id that is not in it may be a rotation: fetch again, but not at everybody's bidding."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._lock = asyncio.Lock()
        self._refresh: asyncio.Task[None] | None = None

    async def get(self, kid: str | None) -> jwt.PyJWK | None:
        """The key, None when the issuer does not publish it. Raises KeysUnavailable when no keys could ever be had."""
        if kid not in self._keys:
            await self._fetch()
        elif time.monotonic() - self._fetched_at > _KEYS_KEPT_SECONDS and (
            self._refresh is None or self._refresh.done()
        ):
            self._refresh = asyncio.create_task(self._fetch())
        if not self._keys:
            raise KeysUnavailable
        return self._keys.get(kid)

    async def _fetch(self) -> None:
        async with self._lock:
            if time.monotonic() - self._tried_at < _REFETCH_AT_MOST_EVERY_SECONDS:
                return
            try:
                content = await self._read()
                keys = [jwt.PyJWK(key) for key in content["keys"] if key.get("use", "sig") == "sig"]
            except (httpx.HTTPError, OSError, ValueError, KeyError, TypeError, AttributeError, jwt.PyJWTError) as error:
                _log.warning("the issuer's keys cannot be read, those known are kept", url=self._url, why=str(error))
            else:
                self._keys = {key.key_id: key for key in keys}
                self._fetched_at = time.monotonic()
            self._tried_at = time.monotonic()

    async def _read(self) -> Any:
        parts = urlsplit(self._url)
        if parts.scheme == "file":
            return orjson.loads(Path(unquote(parts.path)).read_bytes())  # noqa: ASYNC240 - a small local file
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            answer = await client.get(self._url)
            answer.raise_for_status()
            return answer.json()
