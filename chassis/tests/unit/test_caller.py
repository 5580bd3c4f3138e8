"""Who is asking: tokens against an issuer's keys, over real HTTP."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from chassis import caller as module
from chassis.caller import Caller, KeysUnavailable, NotAuthenticated, TokenRefused, Tokens, require
from chassis.domain import NotEntitled, Tier

ISSUER, AUDIENCE = "https://issuer.example", "opmodel"


class Issuer:
    """Signs tokens and publishes its keys."""

    def __init__(self) -> None:
        self.keys: dict[str, tuple[Any, str]] = {}
        self.fetched = 0
        self.url = ""

    def add(self, kid: str, key: Any, algorithm: str) -> None:
        self.keys[kid] = (key, algorithm)

    def jwks(self) -> bytes:
        published = []
        for kid, (key, algorithm) in self.keys.items():
            jwk = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
            published.append({**jwk, "kid": kid, "alg": algorithm, "use": "sig"})
        return json.dumps({"keys": published}).encode()

    def token(self, kid: str = "one", **differently: Any) -> str:
        key, algorithm = self.keys[kid]
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "E0001", "roles": ["employee"], "exp": time.time() + 60}
        claims |= differently
        return jwt.encode(
            {name: value for name, value in claims.items() if value is not None},
            key,
            algorithm=algorithm,
            headers={"kid": kid},
        )

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.fetched += 1
        body = self.jwks()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    here = Issuer()
    here.add("one", ed25519.Ed25519PrivateKey.generate(), "EdDSA")
    async with await asyncio.start_server(here.serve, "127.0.0.1", 0) as server:
        here.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks"
        yield here


@pytest.fixture
def tokens(issuer: Issuer) -> Tokens:
    return Tokens(issuer.url, issuer=ISSUER, audience=AUDIENCE)


async def ask(tokens: Tokens, token: str) -> Caller:
    found = await tokens.caller(f"Bearer {token}")
    assert found is not None
    return found


async def test_nobody_is_nobody(tokens: Tokens) -> None:
    assert await tokens.caller(None) is None


async def test_a_token_says_who_is_asking(issuer: Issuer, tokens: Tokens) -> None:
    token = issuer.token(roles=["team_lead"], department_id="sales", team_id="sales-emea")
    assert await ask(tokens, token) == Caller("E0001", frozenset({"team_lead"}), "sales", "sales-emea", token, "person")


async def test_a_service_carries_its_name_as_a_role(issuer: Issuer, tokens: Tokens) -> None:
    found = await ask(tokens, issuer.token(sub="hris", roles=["hris"]))
    assert (found.kind, found.employee_id) == ("service", None)


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (rsa.generate_private_key(public_exponent=65537, key_size=2048), "RS256"),
        (ec.generate_private_key(ec.SECP256R1()), "ES256"),
    ],
)
async def test_the_usual_algorithms_are_accepted(issuer: Issuer, tokens: Tokens, key: Any, algorithm: str) -> None:
    issuer.add("other", key, algorithm)
    assert (await ask(tokens, issuer.token("other"))).subject == "E0001"


async def test_a_token_is_checked_once_and_keys_are_fetched_once(issuer: Issuer, tokens: Tokens) -> None:
    token = issuer.token()
    first = await ask(tokens, token)
    assert await ask(tokens, token) is first
    await ask(tokens, issuer.token(sub="E0002"))
    assert issuer.fetched == 1


async def test_callers_that_come_together_wait_for_one_fetch(issuer: Issuer, tokens: Tokens) -> None:
    await asyncio.gather(*(ask(tokens, issuer.token(sub=f"E{n}")) for n in range(10)))
    assert issuer.fetched == 1


async def test_an_expired_token_is_refused_with_what_to_do(issuer: Issuer, tokens: Tokens) -> None:
    with pytest.raises(TokenRefused, match="Get a new one") as refused:
        await ask(tokens, issuer.token(exp=time.time() - 31))
    assert refused.value.code == "TOKEN_EXPIRED"


async def test_clocks_may_differ_by_half_a_minute(issuer: Issuer, tokens: Tokens) -> None:
    assert (await ask(tokens, issuer.token(exp=time.time() - 20))).subject == "E0001"


async def test_a_verified_token_does_not_outlive_its_expiry(
    issuer: Issuer, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = issuer.token(exp=int(time.time()) - 25)
    await ask(tokens, token)
    now = time.time()
    monkeypatch.setattr(module, "_LEEWAY_SECONDS", 0)
    monkeypatch.setattr(time, "time", lambda: now + 10)
    with pytest.raises(TokenRefused, match="expired"):
        await ask(tokens, token)


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://other.example"},
        {"aud": "other"},
        {"sub": None},
        {"exp": None},
        {"roles": "auditor"},
        {"department_id": 7},
    ],
)
async def test_a_token_for_others_is_refused(issuer: Issuer, tokens: Tokens, wrong: dict[str, Any]) -> None:
    with pytest.raises(TokenRefused) as refused:
        await ask(tokens, issuer.token(**wrong))
    assert refused.value.code == "INVALID_TOKEN"


@pytest.mark.parametrize("header", ["Basic abc", "Bearer", "Bearer abc", "Bearer a.b.c", f"Bearer {'a' * 9000}"])
async def test_what_is_no_token_is_refused(tokens: Tokens, header: str) -> None:
    with pytest.raises(TokenRefused):
        await tokens.caller(header)


async def test_a_public_key_is_not_a_shared_secret(issuer: Issuer, tokens: Tokens) -> None:
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "E0001", "exp": time.time() + 60}
    for algorithm, key in (("HS256", "x" * 32), ("none", "")):
        forged = jwt.encode(claims, key, algorithm=algorithm, headers={"kid": "one"})
        with pytest.raises(TokenRefused):
            await ask(tokens, forged)


async def test_a_rotated_key_is_found_but_not_at_everybodys_bidding(
    issuer: Issuer, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ask(tokens, issuer.token())
    issuer.add("two", ed25519.Ed25519PrivateKey.generate(), "EdDSA")
    for _ in range(3):
        with pytest.raises(TokenRefused, match="does not publish"):
            await ask(tokens, issuer.token("two"))
    assert issuer.fetched == 1
    monkeypatch.setattr(module, "_REFETCH_AT_MOST_EVERY_SECONDS", 0.0)
    assert (await ask(tokens, issuer.token("two"))).subject == "E0001"
    assert issuer.fetched == 2


async def test_keys_may_be_a_file(issuer: Issuer, tmp_path: Path) -> None:
    (tmp_path / "jwks.json").write_bytes(issuer.jwks())
    tokens = Tokens((tmp_path / "jwks.json").as_uri(), issuer=ISSUER, audience=AUDIENCE)
    assert (await ask(tokens, issuer.token())).subject == "E0001"


async def test_without_keys_no_token_is_judged(issuer: Issuer, tmp_path: Path) -> None:
    tokens = Tokens((tmp_path / "nothing.json").as_uri(), issuer=ISSUER, audience=AUDIENCE)
    with pytest.raises(KeysUnavailable):
        await ask(tokens, issuer.token())


def test_a_role_is_enough() -> None:
    steward = Caller("E0001", frozenset({"ai_steward"}))
    assert require(steward, "ai_steward", "committee_member", action="Approving a tool") is steward


def test_who_may_not_is_told_who_may() -> None:
    with pytest.raises(
        NotEntitled, match="Approving a tool is decided at the department tier by ai steward or auditor"
    ):
        require(
            Caller("E0001", frozenset({"employee"})),
            "ai_steward", "auditor", action="Approving a tool", tier=Tier.DEPARTMENT,
        )  # fmt: skip


def test_a_stranger_is_told_to_sign_in() -> None:
    with pytest.raises(NotAuthenticated, match="Authorization: Bearer"):
        require(None, "ai_steward", action="Approving a tool")


def test_a_token_is_not_shown_by_printing_the_caller() -> None:
    assert "hush" not in repr(Caller("E0001", frozenset(), token="hush"))
