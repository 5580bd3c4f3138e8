"""The GraphQL half of a slice: context, loaders, mutations that refuse, pages, and the federated schema."""

from chassis.graphql.context import Context, Info
from chassis.graphql.execution import Answer, execute, stream
from chassis.graphql.mutation import Payload, mutation, run
from chassis.graphql.paging import Connection, Edge, PageInfo, page
from chassis.graphql.refusal import InvalidId, Refusal, code_of, uuid_of
from chassis.graphql.schema import ServiceSchema, public, schema, sdl
from chassis.graphql.subscription import subscription

__all__ = [
    "Answer",
    "Connection",
    "Context",
    "Edge",
    "Info",
    "InvalidId",
    "PageInfo",
    "Payload",
    "Refusal",
    "ServiceSchema",
    "code_of",
    "execute",
    "mutation",
    "page",
    "public",
    "run",
    "schema",
    "sdl",
    "stream",
    "subscription",
    "uuid_of",
]
