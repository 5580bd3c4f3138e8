"""The federated schema of a service: refusals known, every root field closed to strangers, documents bounded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import MISSING, fields
from typing import Any, Literal

from graphql import DefinitionNode, DocumentNode, GraphQLError, GraphQLObjectType, parse, print_ast
from strawberry.federation import Schema
from strawberry.types.execution import ExecutionContext
from strawberry.types.field import StrawberryField

from chassis.caller import NotAuthenticated
from chassis.domain import Refused
from chassis.graphql import dead_letters, refusal
from chassis.graphql.documents import Cache, Documents
from chassis.graphql.mutation import Payload, Refuses

_FEDERATION: Literal["2.9"] = "2.9"
_OPEN = ("_service",)
_PUBLIC = "public"

public: dict[str, bool] = {_PUBLIC: True}
"""`strawberry.field(metadata=public)` opens a root field to callers that are not signed in."""


class ServiceSchema(Schema):
    """A subgraph's schema and the refusals that are types of it."""

    refusals: frozenset[type[Refused]] = frozenset({Refused})

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Give a refusal in a query its code. Faults are logged where the answer is made, in `execution`."""
        for error in errors:
            cause = refusal.cause_of(error)
            if isinstance(cause, Refused):
                error.extensions = {"code": refusal.code_of(type(cause)), **(error.extensions or {})}


def schema(
    query: type,
    mutation: type | None = None,
    *,
    subscription: type | None = None,
    types: Iterable[type] = (),
    refusals: Iterable[type[Refused]] = (),
    service: str | None = None,
) -> ServiceSchema:
    """Assemble the schema. `refusals` adds to those that the mutations name; with the name of the `service` it has that
    service's dead letters too."""
    if service is not None:
        queries, mutations = dead_letters.fields_of(service)
        query = dead_letters.added(query, "Query", queries, "What may be asked.")
        mutation = dead_letters.added(mutation, "Mutation", mutations, "What may be changed.")
    known: set[type[Refused]] = {Refused, *refusals}
    if mutation is not None:
        known |= {*refusal.ALWAYS, *(kind for _, extension in _refusing(mutation) for kind in extension.refusals)}
        _check(mutation, known)
    errors = [refusal.type_of(kind) for kind in sorted(known, key=lambda kind: kind.__name__)]
    cache = Cache()
    made = ServiceSchema(
        query=query,
        mutation=mutation,
        subscription=subscription,
        types=[*types, *(errors if mutation or refusals else ())],
        extensions=[lambda: Documents(cache)],
        federation_version=_FEDERATION,
    )
    made.refusals = frozenset(known)
    for root in (made._schema.query_type, made._schema.mutation_type, made._schema.subscription_type):
        if root is not None:
            _close(root)
    return made


def _refusing(mutation: type) -> Iterator[tuple[StrawberryField, Refuses]]:
    defined: list[StrawberryField] = mutation.__strawberry_definition__.fields  # type: ignore[attr-defined]
    for field in defined:
        for extension in field.extensions:
            if isinstance(extension, Refuses):
                yield field, extension


def _check(mutation: type, known: Iterable[type[Refused]]) -> None:
    """What would fail at the first refusal fails here instead. Raises TypeError."""
    named: dict[str, type[Refused]] = {}
    for kind in known:
        other = named.setdefault(kind.__name__, kind)
        if other is not kind:
            raise TypeError(
                f"{kind.__module__} and {other.__module__} both have a refusal {kind.__name__}. Rename one."
            )
    for field, _ in _refusing(mutation):
        payload: Any = field.type
        if not (isinstance(payload, type) and issubclass(payload, Payload)):
            raise TypeError(f"The mutation {field.python_name} must return a subclass of Payload.")
        for member in fields(payload):
            if member.init and member.default is MISSING and member.default_factory is MISSING:
                raise TypeError(f"{payload.__name__}.{member.name} needs a default: a refusal has no value for it.")


def _close(root: GraphQLObjectType) -> None:
    """Let nobody who is not signed in through to a resolver, unless the field is marked `public`."""
    for name, field in root.fields.items():
        definition: Any = field.extensions.get("strawberry-definition")
        if name in _OPEN or (definition is not None and definition.metadata.get(_PUBLIC)):
            continue
        if field.resolve is not None:
            field.resolve = _signed_in(field.resolve)
        if field.subscribe is not None:
            field.subscribe = _signed_in(field.subscribe)


def _signed_in(resolve: Any) -> Any:
    def guarded(source: Any, info: Any, **arguments: Any) -> Any:
        if info.context.caller is None:
            raise NotAuthenticated
        return resolve(source, info, **arguments)

    return guarded


def sdl(schema: Schema) -> str:
    """The subgraph's SDL, in an order that does not depend on imports."""
    document = parse(schema.as_str())
    ordered = sorted(document.definitions, key=_place)
    return print_ast(DocumentNode(definitions=tuple(ordered))) + "\n"


def _place(definition: DefinitionNode) -> tuple[int, str]:
    name = getattr(definition, "name", None)
    return (0, "") if name is None else (1, name.value)
