"""Refusals as GraphQL types: one object type per class of refusal, with the facts the class declares."""

from __future__ import annotations

import inspect
import re
import typing
from datetime import date, datetime
from types import NoneType, UnionType, new_class
from typing import Any, Union
from uuid import UUID

import strawberry
from graphql import GraphQLError

from chassis.backlog import BusBehind
from chassis.caller import NotAuthenticated
from chassis.domain import NotEntitled, NotFound, Refused

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SCALARS: frozenset[Any] = frozenset({str, int, float, bool, datetime, date})


class InvalidId(Refused):
    """{id} is no {what} id. Ids are UUIDs, exactly as the API returned them."""

    what: str
    id: str


ALWAYS: tuple[type[Refused], ...] = (NotFound, NotEntitled, NotAuthenticated, InvalidId, BusBehind)


@strawberry.interface(description="Why the rules did not allow a change. Nothing was changed.")
class Refusal:
    message: str = strawberry.field(description="What is wrong and what to do next, for people.")
    code: str = strawberry.field(description="The kind of refusal, for programs.")


def uuid_of(id: str, what: str) -> UUID:
    """The UUID in an id. Raises InvalidId."""
    try:
        return UUID(id)
    except ValueError:
        raise InvalidId(what=what, id=id) from None


def code_of(refusal: type[Refused]) -> str:
    """`RiskUnknown` is RISK_UNKNOWN, unless the class says otherwise with CODE."""
    return getattr(refusal, "CODE", None) or _WORD.sub("_", refusal.__name__).upper()


def cause_of(error: GraphQLError) -> BaseException | None:
    """What was raised in the resolver; None when GraphQL itself found the error."""
    cause: BaseException | None = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


_types: dict[type[Refused], type[Refusal]] = {}


def type_of(refusal: type[Refused]) -> type[Refusal]:
    """The object type of a class of refusal, made once. Shareable, because several services refuse with it."""
    made = _types.get(refusal)
    if made is None:
        facts = _facts(refusal)
        namespace = {
            "__annotations__": {name: _graphql_type(name, annotation) for name, annotation in facts.items()},
            "__module__": refusal.__module__,
            "__doc__": refusal.__doc__,
            **{name: strawberry.field(description=_description(name)) for name in facts},
        }
        plain = new_class(refusal.__name__, (Refusal,), exec_body=lambda space: space.update(namespace))
        made = _types[refusal] = strawberry.federation.type(
            plain, name=refusal.__name__, shareable=True, description=inspect.getdoc(refusal)
        )
    return made


def object_of(error: Refused, known: frozenset[type[Refused]]) -> Refusal:
    """The GraphQL object for a refusal, of the nearest class that the schema knows."""
    kind = next(kind for kind in (*type(error).__mro__, Refused) if kind in known)
    facts = {name: _value(getattr(error, name, None)) for name in _facts(kind)}
    return type_of(kind)(message=str(error), code=code_of(type(error)), **facts)


def _facts(refusal: type[Refused]) -> dict[str, Any]:
    hints = typing.get_type_hints(refusal)
    return {
        name: annotation
        for name, annotation in hints.items()
        if typing.get_origin(annotation) is not typing.ClassVar and name not in ("facts", "message", "code")
    }


def _graphql_type(name: str, annotation: Any) -> Any:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (Union, UnionType):
        present = [argument for argument in arguments if argument is not NoneType]
        kind = _graphql_type(name, present[0]) if len(present) == 1 else str
        return kind | None if NoneType in arguments else kind
    if origin in (tuple, list, frozenset, set):
        return list[_graphql_type(name.removesuffix("s"), arguments[0])]  # type: ignore[misc]
    if annotation is UUID or (annotation is str and (name == "id" or name.endswith("_id"))):
        return strawberry.ID
    return annotation if annotation in _SCALARS else str


def _value(fact: Any) -> Any:
    if isinstance(fact, tuple | list | frozenset | set):
        return [_value(item) for item in fact]
    return fact if fact is None or type(fact) in _SCALARS else str(fact)


def _description(name: str) -> str:
    return f"The {name.removesuffix('_id').replace('_', ' ')} that the message speaks of."
