"""Callers of this service whose answers are streams."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

import orjson
from strawberry.federation import Schema

from chassis.caller import Caller, KeysUnavailable, TokenRefused, Tokens
from chassis.database import Database
from chassis.graphql.context import Context
from chassis.graphql.execution import stream
from chassis.subscriptions.operations import Asked, Ended
from chassis.subscriptions.websocket import Closed, token_of


class ServiceSession:
    """One caller of one service. Rights are asked of the resolvers again with every payload."""

    def __init__(self, schema: Schema, database: Database, caller: Caller | None, *, introspection: bool) -> None:
        self._schema = schema
        self._database = database
        self._caller = caller
        self._introspection = introspection

    @property
    def expires_at(self) -> float:
        """When the token ends, in seconds since 1970."""
        return math.inf if self._caller is None else self._caller.expires_at

    async def run(self, asked: Asked) -> AsyncGenerator[bytes, None]:
        """The answers, as JSON. Raises Ended for a document that is not executed."""
        if not asked.query:
            raise Ended.because("BAD_REQUEST", "`query` must be a GraphQL document.")
        context = Context(self._database, self._caller, introspection=self._introspection)
        answers = stream(self._schema, context, asked.query, asked.variables, asked.operation_name)
        async with aclosing(answers):
            async for answer in answers:
                if not answer.executed:
                    raise Ended(answer.errors)
                yield orjson.dumps(answer.body(), default=str)


class ServiceDoor:
    """Lets callers in by the token of the handshake's header, or of connection_init's payload."""

    def __init__(self, schema: Schema, database: Database, tokens: Tokens | None, *, introspection: bool) -> None:
        self._schema = schema
        self._database = database
        self._tokens = tokens
        self._introspection = introspection

    def session(self, caller: Caller | None) -> ServiceSession:
        """What this caller may run."""
        return ServiceSession(self._schema, self._database, caller, introspection=self._introspection)

    async def open(self, headers: Mapping[bytes, bytes], payload: Mapping[str, Any]) -> ServiceSession:
        """The session of whoever connects. Raises Closed when the token is not good."""
        given = token_of(headers, payload)
        if not given:
            return self.session(None)
        if self._tokens is None:
            raise Closed(4403, "Forbidden: this service accepts no tokens")
        try:
            return self.session(await self._tokens.caller(given))
        except TokenRefused as error:
            raise Closed(4403, f"Forbidden: {error}") from None
        except KeysUnavailable:
            raise Closed(1013, "The issuer's keys cannot be read. Try again") from None
