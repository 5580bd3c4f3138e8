"""Provisioning requests are passed on, and their answers back."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.testing.serving import Start, a_free_port, served


async def test_what_the_client_sends_and_gets_is_what_the_keeper_gets_and_sends(start: Start) -> None:
    seen: list[Any] = []

    async def keeper(request: Request) -> Response:
        seen.append((request.method, request.url.path, request.url.query, dict(request.headers), await request.body()))
        if request.method == "DELETE":
            return Response(status_code=204)
        return JSONResponse({"id": "1"}, 201, {"etag": 'W/"1"', "location": "here", "x-inner": "secret"})

    methods = ["POST", "GET", "DELETE"]
    async with served(Starlette(routes=[Route("/scim/{path:path}", keeper, methods=methods)])) as address:
        gateway = await start(scim_url=f"{address}/scim")
        sent = {
            "authorization": "Bearer t",
            "if-match": 'W/"1"',
            "cookie": "no",
            "content-type": "application/scim+json",
        }
        answer = await gateway.http.post("/scim/v2/Users?attributes=userName", content=b'{"a": 1}', headers=sent)
        gone = await gateway.http.delete("/scim/v2/Users/1", headers={"authorization": "Bearer t"})
    assert (answer.status_code, answer.json(), answer.headers["etag"]) == (201, {"id": "1"}, 'W/"1"')
    assert "x-inner" not in answer.headers
    assert gone.status_code == 204
    method, path, query, headers, body = seen[0]
    assert (method, path, query, body) == ("POST", "/scim/v2/Users", "attributes=userName", b'{"a": 1}')
    assert headers["authorization"] == "Bearer t"
    assert headers["host"] == gateway.http.base_url.netloc.decode()
    assert "cookie" not in headers


async def test_a_keeper_that_is_away(start: Start) -> None:
    gateway = await start(scim_url=f"http://127.0.0.1:{a_free_port()}/scim")
    answer = await gateway.http.get("/scim/v2/Users")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.json()["status"] == "503"


async def test_too_much(start: Start) -> None:
    gateway = await start(scim_url=f"http://127.0.0.1:{a_free_port()}/scim")
    assert (await gateway.http.post("/scim/v2/Users", content=b"x" * 5_000_001)).status_code == 413


async def test_without_governance_there_is_none(start: Start) -> None:
    gateway = await start()
    assert (await gateway.http.get("/scim/v2/Users")).status_code == 404
