"""Who is asking: the issuer's tokens in production, and an identity of this machine's own in development."""

from __future__ import annotations

import os
import time
from base64 import urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import ECAlgorithm

ISSUER = "opmodel-development"
AUDIENCE = "opmodel"


class KeyUnusable(Exception):
    """The development key cannot be read or made. The message says why and what to do."""


class DevelopmentIdentity:
    """Signs tokens with a key that was made on this machine and never leaves it."""

    def __init__(self, key: EllipticCurvePrivateKey) -> None:
        self._key = key
        public = orjson.loads(ECAlgorithm.to_jwk(key.public_key()))
        self.kid = _thumbprint(public)
        self._public = public | {"kid": self.kid, "use": "sig", "alg": "ES256"}

    @classmethod
    def at(cls, path: Path) -> DevelopmentIdentity:
        """The identity whose key is in this file; a new key when there is no file yet. Raises KeyUnusable."""
        try:
            content = path.read_bytes() if path.exists() else _made(path)
            key = load_pem_private_key(content, password=None)
        except OSError as error:
            raise KeyUnusable(f"The development key {path} cannot be read or made: {error.strerror}.") from None
        except ValueError:
            raise KeyUnusable(f"{path} is not a private key in PEM form. Remove it, and a new one is made.") from None
        if not isinstance(key, EllipticCurvePrivateKey) or key.curve.name != SECP256R1.name:
            raise KeyUnusable(f"{path} is not an EC key on the curve P-256. Remove it, and a new one is made.")
        return cls(key)

    def sign(self, claims: dict[str, Any], ttl: timedelta = timedelta(hours=1)) -> str:
        """A token with these claims that is valid for `ttl`; issuer and audience are this identity's unless claimed."""
        now = int(time.time())
        lasting = {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + int(ttl.total_seconds())}
        return jwt.encode(lasting | claims, self._key, algorithm="ES256", headers={"kid": self.kid})

    def jwks(self) -> dict[str, Any]:
        """The key set by which others check the tokens."""
        return {"keys": [self._public]}

    def publish(self, path: Path) -> Path:
        """Write the key set to a file, for readers on this machine."""
        path.write_bytes(orjson.dumps(self.jwks()))
        return path


def _made(path: Path) -> bytes:
    """Make a key file that only its owner can read. Whoever comes second reads the first one's key."""
    content = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    try:
        os.link(draft, path)
    except FileExistsError:
        return path.read_bytes()
    finally:
        draft.unlink()
    return content


def _thumbprint(public: dict[str, Any]) -> str:
    """RFC 7638, so that the same key has the same id everywhere."""

    members = {name: public[name] for name in ("crv", "kty", "x", "y")}
    digest = sha256(orjson.dumps(members, option=orjson.OPT_SORT_KEYS)).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
