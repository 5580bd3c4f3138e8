"""What a client may send, and in which form and with which status it is answered."""

from __future__ import annotations

import re

import pytest
from graphql import parse, validate

from gateway.engine import Engine
from gateway.settings import shipped
from gateway.testing.serving import Start

GRAPHQL = "application/graphql-response+json"


async def test_a_query_over_two_subgraphs(start: Start) -> None:
    gateway = await start()
    answer = await gateway.ask("{ people { name desk } }")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.json() == {"data": {"people": [{"name": "Ada", "desk": "D1"}, {"name": "Ben", "desk": "D2"}]}}


async def test_variables_and_operation_names(start: Start) -> None:
    gateway = await start()
    document = "query A($id: ID!) { person(id: $id) { name } } query B { free }"
    answer = await gateway.ask(document, variables={"id": "2"}, operationName="A")
    assert answer.json() == {"data": {"person": {"name": "Ben"}}}


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        (GRAPHQL, GRAPHQL),
        (f"application/json, {GRAPHQL}", "application/json"),
        (f"application/json;q=0.5, {GRAPHQL};q=0.9", GRAPHQL),
        ("text/html, */*;q=0.1", "application/json"),
    ],
)
async def test_the_form_that_the_client_prefers(start: Start, accept: str | None, form: str) -> None:
    gateway = await start()
    gateway.http.headers.pop("accept")
    answer = await gateway.ask("{ free }", headers={"accept": accept} if accept else {})
    assert answer.headers["content-type"] == f"{form}; charset=utf-8"


async def test_neither_form_is_accepted(start: Start) -> None:
    gateway = await start()
    answer = await gateway.ask("{ free }", headers={"accept": "text/html"})
    assert answer.status_code == 406


@pytest.mark.parametrize("query", ["{", "{ nothing }", "query ($id: ID!) { person(id: $id) { name } }"])
async def test_a_document_that_is_not_executed_is_the_clients_error(start: Start, query: str) -> None:
    gateway = await start()
    answer = await gateway.ask(query, headers={"accept": GRAPHQL})
    assert answer.status_code == 400
    assert "data" not in answer.json()
    assert (await gateway.ask(query)).status_code == 200
    assert gateway.people.asked == []


async def test_a_syntax_error_says_where(start: Start) -> None:
    gateway = await start()
    (error,) = (await gateway.ask("{ people { name ")).json()["errors"]
    assert "Syntax Error" in error["message"]
    assert error["locations"] == [{"line": 1, "column": 17}]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b'"{ free }"',
        b"{}",
        b'{"query": 1}',
        b'{"query": ""}',
        b'{"query": "{ free }", "variables": []}',
        b'{"query": "{ free }", "operationName": 1}',
        b'{"query": "{ free }", "extensions": "x"}',
    ],
)
async def test_a_body_that_is_no_request(start: Start, body: bytes) -> None:
    gateway = await start()
    answer = await gateway.http.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_a_list_of_operations_is_refused_in_words(start: Start) -> None:
    gateway = await start()
    answer = await gateway.http.post("/graphql", json=[{"query": "{ free }"}])
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"].startswith("Send one operation per request")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_content_types_that_a_web_page_can_send_unasked_are_refused(start: Start, content_type: str) -> None:
    gateway = await start()
    answer = await gateway.http.post(
        "/graphql", content=b'{"query":"{ free }"}', headers={"content-type": content_type}
    )
    assert answer.status_code == 415


class TestGet:
    @pytest.mark.parametrize(
        "browser",
        [
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site", "user-agent": "Mozilla/5.0"},
            {"user-agent": "Mozilla/5.0 (of before Sec-Fetch-Site)"},
            {"origin": "https://evil.example"},
        ],
        ids=["cross-site", "same-site", "old browser", "other origin"],
    )
    async def test_of_a_browser_needs_a_header_that_a_web_page_cannot_send_unasked(
        self, start: Start, browser: dict[str, str]
    ) -> None:
        gateway = await start()
        answer = await gateway.http.get("/graphql", params={"query": "{ free }"}, headers=browser)
        assert answer.status_code == 400
        assert "GraphQL-Require-Preflight" in answer.json()["errors"][0]["message"]

    async def test_answers_queries(self, start: Start) -> None:
        gateway = await start()
        params = {"query": "query ($id: ID!) { person(id: $id) { name } }", "variables": '{"id": "1"}'}
        answer = await gateway.http.get("/graphql", params=params, headers={"graphql-require-preflight": "1"})
        assert answer.json() == {"data": {"person": {"name": "Ada"}}}

    @pytest.mark.parametrize("headers", [{}, {"sec-fetch-site": "same-origin", "user-agent": "Mozilla/5.0"}])
    async def test_of_no_browser_or_of_its_own_page_needs_none(self, start: Start, headers: dict[str, str]) -> None:
        gateway = await start()
        answer = await gateway.http.get("/graphql", params={"query": "{ free }"}, headers=headers)
        assert answer.json() == {"data": {"free": 3}}

    async def test_may_do_without_the_header_when_told_so(self, start: Start) -> None:
        gateway = await start(csrf_prevention=False)
        answer = await gateway.http.get("/graphql", params={"query": "{ free }"}, headers={"user-agent": "Mozilla/5.0"})
        assert answer.json() == {"data": {"free": 3}}

    async def test_changes_nothing(self, start: Start) -> None:
        gateway = await start()
        params = {"query": 'mutation { rename(id: "1", name: "Eve") { name } }'}
        answer = await gateway.http.get("/graphql", params=params, headers={"graphql-require-preflight": "1"})
        assert answer.status_code == 405
        assert answer.headers["allow"] == "POST"
        assert gateway.people.asked == []

    async def test_says_what_is_wrong_with_the_variables(self, start: Start) -> None:
        gateway = await start()
        params = {"query": "{ free }", "variables": "{"}
        answer = await gateway.http.get("/graphql", params=params, headers={"graphql-require-preflight": "1"})
        assert answer.status_code == 400
        assert "`variables`" in answer.json()["errors"][0]["message"]


async def test_other_methods_are_refused(start: Start) -> None:
    gateway = await start()
    answer = await gateway.http.delete("/graphql")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"


async def test_subscriptions_are_refused_in_words(start: Start) -> None:
    gateway = await start()
    answer = await gateway.ask("subscription { x }")
    assert answer.json()["errors"][0]["extensions"]["code"] == "SUBSCRIPTION_NEEDS_STREAM"


class TestWebPages:
    async def test_of_a_named_origin_may_ask(self, start: Start) -> None:
        gateway = await start(cors_origins="https://app.example, https://other.example/")
        asks = {"origin": "https://other.example", "access-control-request-method": "POST"}
        headers = asks | {"access-control-request-headers": "authorization, content-type"}
        answer = await gateway.http.options("/graphql", headers=headers)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "https://other.example"
        answer = await gateway.ask("{ free }", {"origin": "https://app.example"})
        assert answer.headers["access-control-allow-origin"] == "https://app.example"

    async def test_of_any_other_may_not(self, start: Start) -> None:
        gateway = await start(cors_origins="https://app.example")
        headers = {"origin": "https://evil.example", "access-control-request-method": "POST"}
        answer = await gateway.http.options("/graphql", headers=headers)
        assert answer.status_code == 400
        answer = await gateway.ask("{ free }", {"origin": "https://evil.example"})
        assert "access-control-allow-origin" not in answer.headers


class TestRequestId:
    async def test_is_the_clients_own(self, start: Start) -> None:
        gateway = await start()
        answer = await gateway.ask("{ people { name } }", headers={"x-request-id": "abc-1"})
        assert answer.headers["x-request-id"] == "abc-1"
        assert gateway.people.asked[0][0]["x-request-id"] == "abc-1"

    async def test_is_made_when_the_clients_cannot_be_quoted(self, start: Start) -> None:
        gateway = await start()
        answer = await gateway.ask("{ free }", headers={"x-request-id": '"><script>'})
        assert len(answer.headers["x-request-id"]) == 16


async def test_introspection_is_for_development(start: Start) -> None:
    query = "{ __schema { queryType { name } } }"
    gateway = await start()
    assert (await gateway.ask(query)).json() == {"data": {"__schema": {"queryType": {"name": "Query"}}}}
    gateway = await start(environment="production")
    assert "introspection" in (await gateway.ask(query)).json()["errors"][0]["message"].lower()


async def test_health_and_metrics(start: Start) -> None:
    gateway = await start()
    await gateway.ask("{ free }")
    assert (await gateway.http.get("/livez")).json() == {"status": "alive"}
    assert (await gateway.http.get("/readyz")).json() == {"status": "ready"}
    exposition = (await gateway.http.get("/metrics")).text
    assert 'http_request_duration_seconds_count{route="/graphql",service="gateway",status="200"}' in exposition
    assert 'subgraph_request_duration_seconds_count{outcome="answered",subgraph="desks"}' in exposition


async def test_a_gateway_that_stops_is_not_ready(start: Start) -> None:
    gateway = await start()
    gateway.gateway.drain()
    assert (await gateway.http.get("/readyz")).status_code == 503


class TestPage:
    async def test_is_there_in_development_with_everything_it_needs(self, start: Start) -> None:
        gateway = await start()
        page = await gateway.http.get("/")
        assert page.status_code == 200
        needed = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
        assert len(needed) == 7
        for path in [*needed, "/graphiql/first-query.graphql"]:
            assert (await gateway.http.get(path)).status_code == 200, path
        assert "//" not in re.sub(r"<!doctype.*?>|data:,", "", page.text), "nothing comes from elsewhere"
        assert "script-src 'self'" in page.headers["content-security-policy"]

    async def test_opens_when_somebody_looks_at_the_graph_in_a_browser(self, start: Start) -> None:
        gateway = await start()
        answer = await gateway.http.get("/graphql", headers={"accept": "text/html,*/*;q=0.8"})
        assert (answer.status_code, answer.headers["location"]) == (307, "/")

    async def test_is_not_there_in_production(self, start: Start) -> None:
        gateway = await start(environment="production")
        assert (await gateway.http.get("/")).status_code == 404
        assert (await gateway.http.get("/graphiql/page.js")).status_code == 404
        assert (await gateway.http.get("/graphql", headers={"accept": "text/html,*/*;q=0.8"})).status_code == 400

    async def test_opens_with_a_query_that_the_graph_answers(self) -> None:
        graph = Engine.from_sdl(shipped("supergraph.graphql").read_text()).api_schema
        assert validate(graph, parse(shipped("first-query.graphql").read_text())) == []
