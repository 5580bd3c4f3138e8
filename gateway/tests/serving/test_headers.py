"""Which headers pass to subgraphs and back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from chassis.testing import eventually
from gateway.header_rules import HeaderRules, HeaderRulesBroken
from gateway.testing.serving import Start

RULES = """
[[request]]
propagate = "x-tenant"
rename = "x-organisation"
default = "none"

[[request]]
propagate = "x-feature-*"
subgraphs = ["people"]

[[request]]
set = "x-from"
value = "gateway"

[[request]]
remove = "authorization"
subgraphs = ["desks"]

[[response]]
propagate = "content-language"

[[response]]
set = "x-graph"
value = "office"
"""


def rules(tmp_path: Path, text: str = RULES) -> Path:
    (tmp_path / "headers.toml").write_text(text)
    return tmp_path / "headers.toml"


async def test_they_pass_by_the_rules(start: Start, tmp_path: Path) -> None:
    gateway = await start(header_rules=rules(tmp_path), secure=True)
    token = gateway.token()
    headers = token | {"x-tenant": "acme", "x-feature-a": "1", "x-other": "no", "connection": "keep-alive, x-tenant"}
    answer = await gateway.ask("{ people { name desk } }", headers)
    assert "errors" not in answer.json()
    people, desks = gateway.people.asked[0][0], gateway.desks.asked[0][0]
    assert (people["x-organisation"], people["x-feature-a"], people["x-from"]) == ("acme", "1", "gateway")
    assert people["authorization"] == token["authorization"]
    assert "x-tenant" not in people
    assert "x-other" not in people
    assert (desks["x-organisation"], desks["x-from"]) == ("acme", "gateway")
    assert "authorization" not in desks
    assert "x-feature-a" not in desks
    assert "x-request-id" in desks
    assert answer.headers["x-graph"] == "office"
    await gateway.ask("{ free }", token)
    assert gateway.desks.asked[-1][0]["x-organisation"] == "none"


async def test_requests_with_other_headers_share_no_answer(start: Start, tmp_path: Path) -> None:
    gateway = await start(header_rules=rules(tmp_path))
    gateway.desks.go_on.clear()
    tenants = ("acme", "acme", "other")
    asking = [asyncio.create_task(gateway.ask("{ free }", {"x-tenant": tenant})) for tenant in tenants]

    async def both_arrived() -> None:
        assert sorted(headers["x-organisation"] for headers, _ in gateway.desks.asked) == ["acme", "other"]

    await eventually(both_arrived)
    gateway.desks.go_on.set()
    assert {(await each).text for each in asking} == {'{"data":{"free":3}}'}


@pytest.mark.parametrize(("merge", "kept"), [("first", [b"a"]), ("last", [b"b"]), ("append", [b"a", b"b"])])
def test_headers_of_several_answers(tmp_path: Path, merge: str, kept: list[bytes]) -> None:
    text = f'[[response]]\npropagate = "x-w*"\nmerge = "{merge}"\n[[response]]\nremove = "x-wrong"'
    received = [("one", [(b"X-Warning", b"a"), (b"x-wrong", b"z")]), ("two", [(b"x-warning", b"b")])]
    found = HeaderRules.read(rules(tmp_path, text)).of_response(received)
    assert found == [(b"x-warning", value) for value in kept]


def test_a_beginning_never_means_what_belongs_to_a_connection(tmp_path: Path) -> None:
    found = HeaderRules.read(rules(tmp_path, '[[request]]\npropagate = "*"'))
    client = [(b"Host", b"x"), (b"connection", b"close"), (b"authorization", b"other"), (b"cookie", b"c")]
    assert found.of_request("one", [(b"authorization", b"mine")], client) == b"authorization: mine\r\ncookie: c\r\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[", "are broken"),
        ("[[requests]]\nset = 'a'\nvalue = 'b'", "no requests"),
        ("[request]\nset = 'a'", "with two brackets"),
        ("[[request]]\nvalue = 'b'", "request 1 must have one of"),
        ("[[request]]\nset = 'a'\nremove = 'b'", "request 1 must have one of"),
        ("[[request]]\nset = 'a'", "needs a value"),
        ("[[request]]\nset = 'a'\nvalue = \"b\\r\\nc: d\"", "needs a value"),
        ("[[request]]\npropagate = 'transfer-encoding'", "never passes"),
        ("[[request]]\npropagate = 'a'\nrename = 'Host'", "never passes"),
        ("[[request]]\npropagate = 'a b'", "is not the name of a header"),
        ("[[request]]\npropagate = 'a*'\nrename = 'b'", "cannot get one name"),
        ("[[request]]\npropagate = 'a'\nsubgraphs = 'b'", "must be a list"),
        ("[[response]]\npropagate = 'content-length'", "never passes"),
        ("[[response]]\npropagate = 'a'\nmerge = 'all'", "first, last or append"),
        ("[[response]]\nremove = 'a'\nvalue = 'b'", "knows no value"),
    ],
)
def test_rules_that_cannot_be_used(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(HeaderRulesBroken, match=told):
        HeaderRules.read(rules(tmp_path, text))
