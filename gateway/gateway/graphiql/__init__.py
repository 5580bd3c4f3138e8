"""GraphiQL at `/`: a page of our own around the vendored editor. Nothing is loaded from elsewhere, so it works offline."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from gateway.settings import GatewaySettings, shipped

_FOLDER = Path(__file__).parent
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_ANY_GRAPH = "# Every graph can say what its root is called.\nquery First {\n  __typename\n}\n"


def is_wanted(scope: Scope) -> bool:
    """Whether a person opens the graph's address in a browser."""
    return not scope["query_string"] and b"text/html" in dict(scope["headers"]).get(b"accept", b"")


def routes(settings: GatewaySettings) -> list[BaseRoute]:
    """The page, its files, and the query it opens with: the one that ships with the graph that is served."""
    own = settings.supergraph.resolve() == shipped("supergraph.graphql").resolve()
    query = shipped("first-query.graphql")
    first = query.read_text(encoding="utf-8") if own and query.exists() else _ANY_GRAPH

    async def page(_: Request) -> Response:
        return FileResponse(_FOLDER / "index.html", headers={"content-security-policy": _POLICY})

    async def first_query(_: Request) -> Response:
        return PlainTextResponse(first)

    return [
        Route("/", page),
        Route("/graphiql/first-query.graphql", first_query),
        Mount("/graphiql", StaticFiles(directory=_FOLDER / "assets")),
    ]
