"""Two real subgraphs over HTTP: who works here, and at which desk."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLError, GraphQLSchema, build_schema, graphql, parse, subscribe, validate
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from chassis.subscriptions.event_stream import EventStreams, is_wanted
from chassis.subscriptions.operations import Asked, Ended
from chassis.subscriptions.websocket import Bounds, WebSocketEndpoint

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
type Subscription { renamed(id: ID!): Person counted(to: Int!): Int refused: Int personChanged(id: ID!): Person }
type Person { id: ID! name: String! }
"""
_DESKS = """
type Query { free: Int }
type Person { id: ID! desk: String }
"""


class Subgraph:
    """An ASGI application that answers GraphQL and keeps what it was asked.

    `entity` may be replaced: what it gives, or waits for, for an id and the caller's token.
    """

    def __init__(self, sdl: str, fields: Mapping[str, Callable[..., Any]], entity: Callable[[str], Any]) -> None:
        self.asked: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.go_on = asyncio.Event()
        self.go_on.set()
        self._schema: GraphQLSchema = build_schema(sdl + _ENTITIES)
        self.watching: set[asyncio.Queue[Any]] = set()
        self.sockets = WebSocketEndpoint(self, Bounds(), service="office")
        self._streams = EventStreams(service="office", streams=100, keep_alive_seconds=1, send_seconds=1)
        roots = [root for root in (self._schema.query_type, self._schema.mutation_type) if root]
        for root in roots:
            for name, resolve in fields.items():
                if name in root.fields:
                    root.fields[name].resolve = resolve
        if self._schema.subscription_type:
            for name, field in self._schema.subscription_type.fields.items():
                field.subscribe = self._subscribed(fields[name])
                field.resolve = lambda payload, *_, **__: payload
        assert self._schema.query_type
        self.entity: Callable[[str, str], Any] = lambda who, _: entity(who)
        self._schema.query_type.fields["_entities"].resolve = lambda _, info, representations: [
            self.entity(each["id"], info.context) for each in representations
        ]

    def _subscribed(self, source: Callable[..., Any]) -> Callable[..., Any]:
        """A field that gives what `source` makes of a queue of what happens."""

        async def subscribe(_: Any, __: Any, **given: Any) -> AsyncGenerator[Any, None]:
            happening: asyncio.Queue[Any] = asyncio.Queue()
            self.watching.add(happening)
            try:
                async with aclosing(source(happening, **given)) as payloads:
                    async for payload in payloads:
                        yield payload
            finally:
                self.watching.discard(happening)

        return subscribe

    def happens(self, what: Any) -> None:
        """Tell everybody who watches."""
        for queue in self.watching:
            queue.put_nowait(what)

    async def open(self, headers: Mapping[bytes, bytes], payload: Mapping[str, Any]) -> Subgraph:
        """A WebSocket is opened; its handshake and its payload are kept like a request."""
        self.asked.append(({name.decode(): value.decode() for name, value in headers.items()}, dict(payload)))
        return self

    expires_at = math.inf

    async def run(self, asked: Asked) -> AsyncGenerator[bytes, None]:
        """The results of an operation."""
        self.asked.append(({}, dict(asked.content)))
        document = parse(asked.query)
        errors = validate(self._schema, document)
        if errors:
            raise Ended([dict(error.formatted) for error in errors])
        made = subscribe(self._schema, document, variable_values=asked.variables)
        results = await made if isinstance(made, Awaitable) else made
        if isinstance(results, ExecutionResult):
            raise Ended([dict(error.formatted) for error in results.errors or ()])
        try:
            async for result in results:
                yield orjson.dumps(result.formatted)
        except GraphQLError as error:
            raise Ended([dict(error.formatted)]) from None
        finally:
            await results.aclose()  # type: ignore[attr-defined] # graphql-core's is an async generator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self.sockets(scope, receive, send)
            return
        request = Request(scope, receive)
        asked = orjson.loads(await request.body())
        self.asked.append((dict(request.headers), asked))
        if is_wanted(request.headers["accept"].encode()):
            content = Asked(asked["query"], asked.get("variables"), content=asked)
            await self._streams.answer(self, content, receive, send)
            return
        await self.go_on.wait()
        result = await graphql(
            self._schema,
            asked["query"],
            variable_values=asked.get("variables"),
            context_value=request.headers.get("authorization", ""),
        )
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
        subgraph.happens(id)
        return person(id)

    async def renamed(happening: asyncio.Queue[Any], id: str) -> AsyncGenerator[Any, None]:
        yield person(id)
        while (whose := await happening.get()) is not None:
            if whose == id:
                yield person(id)

    async def counted(_: asyncio.Queue[Any], to: int) -> AsyncGenerator[Any, None]:
        for number in range(to):
            yield number

    async def refused(_: asyncio.Queue[Any]) -> AsyncGenerator[Any, None]:
        raise GraphQLError("Ask your team lead.", extensions={"code": "NOT_ENTITLED"})
        yield

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
        "renamed": renamed,
        "personChanged": renamed,
        "counted": counted,
        "refused": refused,
    }
    subgraph = Subgraph(_PEOPLE, fields, person)
    return subgraph


def desks() -> Subgraph:
    """Everybody has a desk that is named after them."""
    return Subgraph(_DESKS, {"free": lambda *_: 3}, lambda who: {"__typename": "Person", "id": who, "desk": f"D{who}"})


# The supergraph of the two, as composition writes it.
SUPERGRAPH = Path(__file__).parent / "office.supergraph.graphql"


def watched_supergraph() -> str:
    """The same with subscriptions; `personChanged` follows events on the bus."""
    text = SUPERGRAPH.read_text().replace(
        "  mutation: Mutation\n", "  mutation: Mutation\n  subscription: Subscription\n"
    )
    return f"""{text}
directive @eventDriven(query: String!, types: [String!]!, subject: String, ofCaller: Boolean! = false) on FIELD_DEFINITION

type Subscription @join__type(graph: PEOPLE) {{
  counted(to: Int!): Int @join__field(graph: PEOPLE)
  personChanged(id: ID!): Person @join__field(graph: PEOPLE)
    @eventDriven(query: "person", types: ["office.person-renamed.v1"], subject: "id")
  refused: Int @join__field(graph: PEOPLE)
  renamed(id: ID!): Person @join__field(graph: PEOPLE)
}}
"""
