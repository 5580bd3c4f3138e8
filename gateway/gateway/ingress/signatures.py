"""Signed deliveries: who holds which keys, and whether a body was signed with one of them.

Two schemes: Standard Webhooks 1.0 (HMAC-SHA256 over id, timestamp and body), and BambooHR's own (HMAC-SHA256 in
hexadecimal over the body followed by the timestamp). Both compare in constant time, and let a clock be five minutes off.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from standardwebhooks import Webhook, WebhookVerificationError

from gateway.ingress.sources import OWNERS

if TYPE_CHECKING:
    from chassis.caller import Caller

_TOLERANCE_SECONDS = 300
_SHORTEST_KEY = 24
_STANDARD = "whsec_"
_ID = "webhook-id"
_LONGEST_ID = 256


class WrongSecrets(ValueError):
    """The secrets cannot be used. The message names the source and never shows a key."""


class NotSigned(Exception):
    """The delivery was not signed with a key of its source. The message says what is missing, not what would be right."""


class _Source(msgspec.Struct, forbid_unknown_fields=True):
    role: str
    keys: list[str]


@dataclass(frozen=True, slots=True)
class Signer:
    """A source and the keys that are good for it: the new one and, while keys are changed, the old one."""

    name: str
    role: str
    keys: tuple[str, ...] = field(repr=False)

    def caller(self) -> Caller:
        """The source as a service with its one role."""
        from chassis.caller import Caller  # noqa: PLC0415 - brings a database driver along

        return Caller(subject=self.name, roles=frozenset({self.role}), kind="service")

    def must_have_signed(self, headers: Mapping[bytes, bytes], body: bytes) -> None:
        """Check a signature by Standard Webhooks over the body as it came. Raises NotSigned."""
        given = {
            name: headers.get(name.encode(), b"").decode("latin-1")
            for name in (_ID, "webhook-timestamp", "webhook-signature")
        }
        missing = [name for name, value in given.items() if not value]
        if missing:
            raise NotSigned(f"A signed delivery carries the headers {', '.join(given)}; missing: {', '.join(missing)}.")
        if len(given[_ID]) > _LONGEST_ID or not given[_ID].isprintable():
            raise NotSigned(f"{_ID} must be at most {_LONGEST_ID} printable characters.")
        for key in self.keys:
            if not key.startswith(_STANDARD):
                continue
            try:
                Webhook(key).verify(body, given, json_parse=False)
            except (WebhookVerificationError, ValueError):
                continue
            return
        raise NotSigned(_REFUSED.format(source=self.name))

    def must_have_signed_like_bamboohr(self, headers: Mapping[bytes, bytes], body: bytes) -> None:
        """Check the two headers that BambooHR sends. Raises NotSigned."""
        timestamp = headers.get(b"x-bamboohr-timestamp", b"")
        signature = headers.get(b"x-bamboohr-signature", b"")
        if not timestamp or not signature:
            raise NotSigned(
                "A signed delivery carries the headers X-BambooHR-Timestamp and X-BambooHR-Signature. Give the webhook a "
                "private key in BambooHR."
            )
        good = _is_recent(timestamp.decode("latin-1"))
        for key in self.keys:
            expected = hmac.new(key.encode(), body + timestamp, hashlib.sha256).hexdigest()
            if hmac.compare_digest(expected.encode(), signature.strip().lower()) and good:
                return
        raise NotSigned(_REFUSED.format(source=self.name))


_REFUSED = (
    "The signature is not one of {source}'s, or is more than five minutes off. Sign the body as it is sent, with the key "
    "that stands in WEBHOOK_SECRETS, and set both clocks."
)


def signers(secrets: str) -> dict[str, Signer]:
    """The sources of WEBHOOK_SECRETS: a JSON object of `{"<source>": {"role": ..., "keys": [...]}}`. Raises WrongSecrets."""
    if not secrets.strip():
        return {}
    try:
        sources = msgspec.json.decode(secrets, type=dict[str, _Source])
    except msgspec.DecodeError:
        raise WrongSecrets(
            'WEBHOOK_SECRETS must be a JSON object such as {"acme-hris": {"role": "hris", "keys": ["whsec_..."]}}'
        ) from None
    return {name: _signer(name, source) for name, source in sources.items()}


def _signer(name: str, source: _Source) -> Signer:
    if source.role not in OWNERS:
        raise WrongSecrets(f"WEBHOOK_SECRETS: the role of {name} must be one of {', '.join(OWNERS)}")
    if not source.keys:
        raise WrongSecrets(f"WEBHOOK_SECRETS: {name} has no key")
    for number, key in enumerate(source.keys, start=1):
        if _strength(key) < _SHORTEST_KEY:
            raise WrongSecrets(
                f"WEBHOOK_SECRETS: key {number} of {name} will not do. It must be whsec_ and at least {_SHORTEST_KEY} "
                f"bytes in base64, or for another scheme than Standard Webhooks at least {_SHORTEST_KEY} characters"
            )
    return Signer(name, source.role, tuple(source.keys))


def _strength(key: str) -> int:
    if not key.startswith(_STANDARD):
        return len(key)
    try:
        return len(b64decode(key.removeprefix(_STANDARD) + "==", validate=False))
    except ValueError:
        return 0


def delivery_id(headers: Mapping[bytes, bytes], body: bytes) -> str:
    """What makes this delivery the same as its repetition: the sender's `webhook-id`, else the body itself."""
    given = headers.get(_ID.encode(), b"").decode("latin-1")
    if given and len(given) <= _LONGEST_ID and given.isprintable():
        return given
    return hashlib.sha256(body).hexdigest()


def _is_recent(timestamp: str) -> bool:
    try:
        when = float(timestamp) if timestamp.isdecimal() else _utc(datetime.fromisoformat(timestamp)).timestamp()
    except ValueError:
        return False
    return abs(time.time() - when) <= _TOLERANCE_SECONDS


def _utc(when: datetime) -> datetime:
    return when if when.tzinfo else when.replace(tzinfo=UTC)
