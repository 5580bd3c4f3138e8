"""Who asks: tokens, what is answered without one, and the development identity."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

import jwt
import pytest

from gateway.identity import AUDIENCE, ISSUER, DevelopmentIdentity, KeyUnusable
from gateway.testing.serving import Start


class TestDevelopmentIdentity:
    def test_makes_a_key_that_only_its_owner_can_read(self, tmp_path: Path) -> None:
        path = tmp_path / "state" / "identity.pem"
        identity = DevelopmentIdentity.at(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert [file.name for file in path.parent.iterdir()] == ["identity.pem"]
        assert DevelopmentIdentity.at(path).jwks() == identity.jwks()

    def test_signs_what_its_key_set_verifies(self, tmp_path: Path) -> None:
        identity = DevelopmentIdentity.at(tmp_path / "identity.pem")
        token = identity.sign({"sub": "E0001", "roles": ["employee"]}, timedelta(minutes=1))
        (key,) = jwt.PyJWKSet.from_dict(identity.jwks()).keys
        claims = jwt.decode(token, key.key, algorithms=["ES256"], issuer=ISSUER, audience=AUDIENCE)
        assert (claims["sub"], claims["roles"]) == ("E0001", ["employee"])
        assert jwt.get_unverified_header(token)["kid"] == key.key_id

    def test_publishes_no_private_part(self, tmp_path: Path) -> None:
        (key,) = DevelopmentIdentity.at(tmp_path / "identity.pem").jwks()["keys"]
        assert key.keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"}

    def test_says_when_the_file_is_no_key(self, tmp_path: Path) -> None:
        (tmp_path / "identity.pem").write_text("nonsense")
        with pytest.raises(KeyUnusable, match="Remove it, and a new one is made"):
            DevelopmentIdentity.at(tmp_path / "identity.pem")

    def test_says_when_the_folder_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(KeyUnusable, match="cannot be read or made"):
            DevelopmentIdentity.at(tmp_path / "file" / "identity.pem")


async def test_a_token_is_forwarded_with_the_trace(start: Start) -> None:
    gateway = await start(secure=True)
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    headers = gateway.token("E0001") | {"traceparent": trace}
    assert (await gateway.ask("{ people { name } }", headers)).json()["data"]
    forwarded = gateway.people.asked[0][0]
    assert forwarded["authorization"] == headers["authorization"]
    assert forwarded["traceparent"] == trace


async def test_a_trace_is_begun_when_there_is_none(start: Start) -> None:
    gateway = await start()
    await gateway.ask("{ people { name } }", {"traceparent": "nonsense"})
    assert gateway.people.asked[0][0]["traceparent"].count("-") == 3


async def test_with_a_collector_the_subgraph_gets_a_span_of_its_own_in_the_same_trace(start: Start) -> None:
    gateway = await start(otel_exporter_otlp_endpoint="http://127.0.0.1:9")
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await gateway.ask("{ people { name } }", {"traceparent": trace})
    assert gateway.people.asked[0][0]["traceparent"].split("-")[1] == trace.split("-")[1]


async def test_without_a_token_nothing_is_asked_and_the_answer_says_how_to_get_one(start: Start) -> None:
    gateway = await start(secure=True)
    answer = await gateway.ask("{ people { name } }")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert "make token WHO=employee" in error["message"]
    assert gateway.people.asked == []


@pytest.mark.parametrize("query", ["{ __typename }", "{ __schema { queryType { name } } }"])
async def test_what_holds_nobodys_data_needs_no_token_in_development(start: Start, query: str) -> None:
    gateway = await start(secure=True)
    answer = await gateway.ask(query)
    assert answer.status_code == 200
    assert "errors" not in answer.json()


async def test_it_needs_one_in_production(start: Start, tmp_path: Path) -> None:
    identity = DevelopmentIdentity.at(tmp_path / "issuer.pem")
    keys = identity.publish(tmp_path / "keys.json")
    gateway = await start(
        environment="production", jwks_url=keys.as_uri(), token_issuer=ISSUER, token_audience=AUDIENCE
    )
    answer = await gateway.ask("{ __typename }")
    assert answer.status_code == 401
    assert ISSUER in answer.json()["errors"][0]["message"]
    token = identity.sign({"sub": "E0001", "roles": []}, timedelta(minutes=1))
    assert (await gateway.ask("{ free }", {"authorization": f"Bearer {token}"})).json() == {"data": {"free": 3}}


async def test_an_expired_token_is_answered_with_what_to_do(start: Start) -> None:
    gateway = await start(secure=True)
    answer = await gateway.ask("{ __typename }", gateway.token(ttl=timedelta(hours=-1)))
    assert answer.status_code == 401
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "TOKEN_EXPIRED"
    assert "Get a new one" in error["message"]


@pytest.mark.parametrize("header", ["Bearer nonsense", "Basic dXNlcjpwYXNz", "Bearer a.b.c"])
async def test_a_token_that_is_not_good(start: Start, header: str) -> None:
    gateway = await start(secure=True)
    answer = await gateway.ask("{ __typename }", {"authorization": header})
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "INVALID_TOKEN"
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_a_token_of_another_key_is_not_good(start: Start, tmp_path: Path) -> None:
    gateway = await start(secure=True)
    stranger = DevelopmentIdentity.at(tmp_path / "stranger.pem")
    token = stranger.sign({"sub": "E0001", "roles": ["employee"]}, timedelta(minutes=1))
    answer = await gateway.ask("{ free }", {"authorization": f"Bearer {token}"})
    assert answer.json()["errors"][0]["extensions"]["code"] == "INVALID_TOKEN"


async def test_the_key_set_is_served_in_development_only(start: Start) -> None:
    gateway = await start(secure=True)
    assert gateway.identity
    assert (await gateway.http.get("/.well-known/jwks.json")).json() == gateway.identity.jwks()
    gateway = await start()
    assert (await gateway.http.get("/.well-known/jwks.json")).status_code == 404


async def test_a_key_that_the_issuer_changed_is_found(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.caller._REFETCH_AT_MOST_EVERY_SECONDS", 0)
    before, after = (DevelopmentIdentity.at(tmp_path / name) for name in ("before.pem", "after.pem"))
    keys = before.publish(tmp_path / "keys.json")
    gateway = await start(jwks_url=keys.as_uri(), token_issuer=ISSUER, token_audience=AUDIENCE)

    async def status(identity: DevelopmentIdentity) -> int:
        token = identity.sign({"sub": "E0001", "roles": []}, timedelta(minutes=1))
        return (await gateway.ask("{ free }", {"authorization": f"Bearer {token}"})).status_code

    assert (await status(before), await status(after)) == (200, 401)
    after.publish(keys)
    assert await status(after) == 200
