"""Two real subgraphs over HTTP: who works here, and at which desk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
from graphql import GraphQLError, GraphQLSchema, build_schema, graphql
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

_ENTITIES = """
scalar _Any
union _Entity = Person
extend type Query { _entities(representations: [_Any!]!): [_Entity]! }
"""
_PEOPLE = """
type Query {
  people: [Person!]!
  person(id: ID!): Person
  broken: String
  forbidden: String
}
type Mutation { rename(id: ID!, name: String!): Person }
type Person { id: ID! name: String! }
"""
_DESKS = """
type Query { free: Int }
type Person { id: ID! desk: String }
"""


class Subgraph:
    """An ASGI application that answers GraphQL and keeps what it was asked."""

    def __init__(self, sdl: str, fields: Mapping[str, Callable[..., Any]], entity: Callable[[str], Any]) -> None:
        self.asked: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.go_on = asyncio.Event()
        self.go_on.set()
        self._schema: GraphQLSchema = build_schema(sdl + _ENTITIES)
        roots = [root for root in (self._schema.query_type, self._schema.mutation_type) if root]
        for root in roots:
            for name, resolve in fields.items():
                if name in root.fields:
                    root.fields[name].resolve = resolve
        assert self._schema.query_type
        self._schema.query_type.fields["_entities"].resolve = lambda _, __, representations: [
            entity(each["id"]) for each in representations
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        asked = orjson.loads(await request.body())
        self.asked.append((dict(request.headers), asked))
        await self.go_on.wait()
        result = await graphql(self._schema, asked["query"], variable_values=asked.get("variables"))
        body = orjson.dumps(result.formatted)
        headers = [(b"content-type", b"application/graphql-response+json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def people() -> Subgraph:
    """Ada and Ben. `broken` fails inside; `forbidden` is refused in words that are meant for clients."""
    names = {"1": "Ada", "2": "Ben"}

    def person(id: str) -> dict[str, str] | None:
        return {"__typename": "Person", "id": id, "name": names[id]} if id in names else None

    def rename(_: Any, __: Any, id: str, name: str) -> Any:
        names[id] = name
        return person(id)

    def broken(*_: Any) -> None:
        raise RuntimeError("cannot connect to postgresql://secret@inside")

    def forbidden(*_: Any) -> None:
        raise GraphQLError("Ask your team lead.", extensions={"code": "NOT_ENTITLED"})

    fields: dict[str, Callable[..., Any]] = {
        "people": lambda *_: [person(id) for id in names],
        "person": lambda _, __, **given: person(given["id"]),
        "broken": broken,
        "forbidden": forbidden,
        "rename": rename,
    }
    return Subgraph(_PEOPLE, fields, person)


def desks() -> Subgraph:
    """Everybody has a desk that is named after them."""
    return Subgraph(_DESKS, {"free": lambda *_: 3}, lambda who: {"__typename": "Person", "id": who, "desk": f"D{who}"})


# The supergraph of the two, as composition writes it.
SUPERGRAPH = Path(__file__).parent / "office.supergraph.graphql"
