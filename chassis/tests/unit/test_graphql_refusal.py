"""Refusals as GraphQL types."""

from datetime import date
from uuid import UUID

import pytest
import strawberry
from graphql import GraphQLObjectType

from chassis.caller import NotAuthenticated
from chassis.domain import NotEntitled, Refused
from chassis.graphql import InvalidId, Payload, code_of, mutation, schema, sdl, uuid_of
from chassis.graphql.refusal import object_of


class RiskUnknown(Refused):
    """{tool} cannot be approved: its risk class is to be determined. Finish the assessment first."""

    tool: str
    tool_id: UUID
    missing: tuple[str, ...]
    due: date | None


class Unlisted(RiskUnknown):
    """{tool} cannot be approved for a reason of its own."""


FACTS = {"tool": "Scribe", "tool_id": UUID(int=1), "missing": ("a", "b"), "due": None}


@strawberry.type
class Query:
    nothing: str = strawberry.field(default="nothing", description="Nothing.")


@strawberry.type
class DoPayload(Payload):
    done: bool | None = None


@strawberry.type
class Mutation:
    @mutation(refuses=(RiskUnknown,), description="Do it.")
    async def do(self) -> DoPayload:
        raise RiskUnknown(**FACTS)


made = schema(Query, Mutation)


def test_a_class_of_refusal_is_a_type_with_its_facts() -> None:
    found = made._schema.type_map["RiskUnknown"]
    assert isinstance(found, GraphQLObjectType)
    assert {name: str(field.type) for name, field in found.fields.items()} == {
        "message": "String!", "code": "String!", "tool": "String!", "toolId": "ID!", "missing": "[String!]!", "due": "Date",
    }  # fmt: skip
    assert [interface.name for interface in found.interfaces] == ["Refusal"]
    assert "type RiskUnknown implements Refusal @shareable" in sdl(made)


def test_those_that_every_mutation_may_meet_are_always_there() -> None:
    assert {"NotFound", "NotEntitled", "NotAuthenticated", "InvalidId", "Refused"} <= set(made._schema.type_map)


def test_a_refusal_keeps_its_message_and_facts() -> None:
    shown = object_of(RiskUnknown(**FACTS), made.refusals)
    assert shown.message.startswith("Scribe cannot be approved")
    assert shown.code == "RISK_UNKNOWN"
    assert vars(shown)["tool_id"] == str(UUID(int=1))
    assert vars(shown)["missing"] == ["a", "b"]


def test_a_refusal_that_is_no_type_of_the_schema_is_shown_as_its_nearest_kin() -> None:
    shown = object_of(Unlisted(**FACTS), made.refusals)
    assert (type(shown).__name__, shown.code) == ("RiskUnknown", "UNLISTED")
    assert type(object_of(Unlisted(**FACTS), frozenset({Refused}))).__name__ == "Refused"


@pytest.mark.parametrize(
    ("kind", "code"),
    [(NotEntitled, "NOT_ENTITLED"), (NotAuthenticated, "UNAUTHENTICATED"), (RiskUnknown, "RISK_UNKNOWN")],
)
def test_the_code_is_the_name(kind: type[Refused], code: str) -> None:
    assert code_of(kind) == code


def test_an_id_is_a_uuid_or_refused() -> None:
    assert uuid_of(str(UUID(int=7)), "tool") == UUID(int=7)
    with pytest.raises(InvalidId, match="sales is no tool id"):
        uuid_of("sales", "tool")


def test_the_contract_does_not_depend_on_the_order_of_imports() -> None:
    assert sdl(made) == sdl(schema(Query, Mutation))
    names = [line.split()[1] for line in sdl(made).splitlines() if line.startswith(("type ", "input ", "interface "))]
    assert names == sorted(names)


@strawberry.type
class WithoutDefault(Payload):
    done: bool


@strawberry.type
class Incomplete:
    @mutation(description="Do it.")
    async def do(self) -> WithoutDefault:
        return WithoutDefault(done=True)


@strawberry.type
class Plain:
    @mutation(description="Do it.")  # type: ignore[type-var]
    async def do(self) -> bool:
        return True


@strawberry.type
class Twice:
    @mutation(refuses=(type("RiskUnknown", (Refused,), {"__module__": "elsewhere"}), RiskUnknown), description="Do it.")
    async def do(self) -> DoPayload:
        return DoPayload()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (Incomplete, "WithoutDefault.done needs a default"),
        (Plain, "The mutation do must return a subclass of Payload"),
        (Twice, "both have a refusal RiskUnknown"),
    ],
)
def test_a_schema_that_could_not_refuse_is_not_made(wrong: type, why: str) -> None:
    with pytest.raises(TypeError, match=why):
        schema(Query, wrong)
