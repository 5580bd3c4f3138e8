"""Subscriptions that say which events they follow, so that a gateway can serve them from the bus as well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import strawberry
from strawberry.schema_directive import Location

from chassis import events

_SPECIFICATION = "https://opmodel.example/event-driven/v1.0"


@strawberry.federation.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="eventDriven",
    description="The field gives what the field `query` of Query gives, with the arguments of the same names: once at first,"
    " and again after each event of these types whose subject is the value of the argument `subject`, or whose key is"
    " the subject of the caller's token.",
    compose=True,
    import_url=_SPECIFICATION,
)
class EventDriven:
    query: str = strawberry.directive_field(name="query")
    types: list[str] = strawberry.directive_field(name="types")
    subject: str | None = strawberry.directive_field(name="subject", default=strawberry.UNSET)
    of_caller: bool = strawberry.directive_field(name="ofCaller", default=False)


def subscription(
    *,
    service: str,
    follows: Sequence[type],
    query: str,
    description: str,
    subject: str | None = None,
    of_caller: bool = False,
) -> Callable[[Callable[..., Any]], Any]:
    """A field of the Subscription type, whose resolver yields in a loop over `info.context.changes(...)`.

    `follows` are the event dataclasses; exactly one of `subject` (an argument of the field) and `of_caller` says which of
    them matter; `query` is the field of Query in the graph that answers the same.
    """
    if (subject is None) is not of_caller:
        raise TypeError("A subscription follows either a subject or the caller.")
    types = [events.type_of(service, event) for event in follows]
    directive: Any = EventDriven(query=query, types=types, subject=subject or strawberry.UNSET, of_caller=of_caller)

    def decorate(resolver: Callable[..., Any]) -> Any:
        return strawberry.subscription(resolver=resolver, description=description, directives=[directive])

    return decorate
