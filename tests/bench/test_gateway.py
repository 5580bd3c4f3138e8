"""The bench counts right answers only, and asks what it says it asks."""

from __future__ import annotations

import json

import pytest

from bench.gateway.load import Question, WrongAnswer
from bench.gateway.recorded import QUERIES, Recorded

CALLS = {"one_fetch": 1, "three_waves": 4, "large": 8}


@pytest.mark.parametrize("name", QUERIES)
async def test_our_plan_gives_the_right_answer(name: str) -> None:
    federation = Recorded().federation
    expected = federation.reference(QUERIES[name])
    assert "errors" not in expected
    assert await federation.ask(QUERIES[name]) == expected
    assert len(federation.calls) <= CALLS[name]


def test_the_large_answer_is_large_and_from_all_subgraphs() -> None:
    answer = Recorded().federation.reference(QUERIES["large"])
    assert 80_000 < len(json.dumps(answer, separators=(",", ":"))) < 95_000


def test_a_wrong_answer_is_not_counted() -> None:
    question = Question("{ a }", {"data": {"a": 1}})
    question.check(200, b'{ "data": {"a": 1} }')
    question.check(200, b'{"data":{"a":1}}')
    with pytest.raises(WrongAnswer, match="is not the answer"):
        question.check(200, b'{"data":{"a":2}}')
    with pytest.raises(WrongAnswer, match="HTTP 500"):
        question.check(500, b'{"data":{"a": 1}}')


def test_equal_requests_are_executed_once() -> None:
    recorded = Recorded()
    body = json.dumps({"query": "{ users { name } }"}).encode()
    first = recorded.answer("accounts", body)
    assert recorded.answer("accounts", body) is first
    assert recorded.calls == 2
    assert b'"Ada' in first
