"""@authenticated, @requiresScopes and @policy: what a caller may not see is null with one error, and never asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.authorization import NOBODY, Viewer
from gateway.engine import Engine
from gateway.policies import Policies
from gateway.supergraph import SupergraphError
from gateway.testing.federation import Federation

FOLDER = Path(__file__).parent / "graph"
SDL = (FOLDER / "supergraph.graphql").read_text()
POLICIES = Policies.from_text("""
payroll = {roles = ["payroll"]}
lead = {roles = ["lead"]}
abroad = {country = ["fr", "se"]}
auditor = {roles = ["auditor"]}
""")


@pytest.fixture
def federation() -> Federation:
    return Federation.load(FOLDER)


def somebody(**claims: Any) -> Viewer:
    return Viewer(claims, POLICIES)


async def ask(federation: Federation, query: str, viewer: Viewer, *, rejects: bool = False) -> dict[str, Any]:
    federation.calls.clear()
    answer = await federation.engine.execute(query, None, None, federation.fetch, viewer=viewer, rejects=rejects)
    found: dict[str, Any] = orjson.loads(answer.body)
    return found


async def test_a_field_is_null_with_one_error_and_not_fetched(federation: Federation) -> None:
    answer = await ask(federation, "{ people { name salary } }", somebody())
    assert answer == {
        "data": {"people": [{"name": "Ada", "salary": None}, {"name": "Ben", "salary": None}]},
        "errors": [
            {
                "message": "You may not see Person.salary: it needs the policy abroad and lead or the policy payroll.",
                "path": ["people", 0, "salary"],
                "extensions": {"code": "UNAUTHORIZED_FIELD_OR_TYPE"},
            }
        ],
    }
    assert [graph for graph, _ in federation.calls] == ["people"]


@pytest.mark.parametrize(
    ("claims", "sees"),
    [
        ({"roles": ["payroll"]}, True),
        ({"roles": ["lead"], "country": "se"}, True),
        ({"roles": ["lead"], "country": "de"}, False),
        ({"country": "se"}, False),
        ({"roles": "payroll"}, True),
        ({"roles": ["payrolls"]}, False),
        (None, False),
    ],
)
async def test_policies_are_alternatives_of_which_one_must_hold_whole(
    federation: Federation, claims: dict[str, Any] | None, sees: bool
) -> None:
    answer = await ask(federation, "{ people { salary } }", Viewer(claims, POLICIES))
    assert (answer["data"]["people"][0]["salary"] == 100) is sees
    assert ("errors" in answer) is not sees


@pytest.mark.parametrize(
    ("claims", "sees"),
    [
        ({"scope": "pay:read pay:bonus"}, True),
        ({"scp": ["admin"]}, True),
        ({"scp": "admin other"}, True),
        ({"scope": "pay:read"}, False),
        ({"roles": ["admin"]}, False),
    ],
)
async def test_scopes_and_a_null_that_goes_up(federation: Federation, claims: dict[str, Any], sees: bool) -> None:
    answer = await ask(federation, '{ person(id: "1") { name bonus } }', somebody(**claims))
    assert answer["data"] == {"person": {"name": "Ada", "bonus": 7} if sees else None}
    errors = [(error["path"], error["extensions"]["code"]) for error in answer.get("errors", [])]
    assert errors == ([] if sees else [(["person", "bonus"], "UNAUTHORIZED_FIELD_OR_TYPE")])


async def test_null_goes_up_to_the_root(federation: Federation) -> None:
    answer = await ask(federation, "{ open closed }", NOBODY)
    assert answer["data"] is None
    assert [error["path"] for error in answer["errors"]] == [["closed"]]
    answer = await ask(federation, "{ shut: closed }", NOBODY)
    assert (answer["data"], answer["errors"][0]["path"], federation.calls) == (None, ["shut"], [])


async def test_a_field_of_a_guarded_enum_or_object_type_is_guarded(federation: Federation) -> None:
    answer = await ask(federation, '{ audit { text } person(id: "1") { grade mentor { name } } open }', NOBODY)
    assert answer["data"] == {"audit": None, "person": {"grade": None, "mentor": None}, "open": "yes"}
    assert [error["path"] for error in answer["errors"]] == [["audit"], ["person", "grade"], ["person", "mentor"]]


async def test_type_and_field_must_both_be_allowed(federation: Federation) -> None:
    auditor = somebody(roles=["auditor"])
    answer = await ask(federation, "{ audit { text at } }", auditor)
    assert answer["data"] == {"audit": {"text": "fine", "at": None}}
    answer = await ask(federation, "{ audit { text at } }", somebody(scope="time"))
    assert answer["data"] == {"audit": None}
    answer = await ask(federation, "{ audit { text at } }", somebody(roles=["auditor"], scope="time"))
    assert answer == {"data": {"audit": {"text": "fine", "at": "noon"}}}


async def test_an_object_behind_an_interface_needs_what_its_own_type_needs(federation: Federation) -> None:
    pets = "{ pets { __typename name age } }"
    answer = await ask(federation, pets, NOBODY)
    assert answer["data"]["pets"] == [
        {"__typename": "Dog", "name": None, "age": None},
        {"__typename": "Cat", "name": "Tom", "age": None},
    ]
    assert [error["path"] for error in answer["errors"]] == [
        ["pets", 1, "age"],
        ["pets", 0, "name"],
        ["pets", 0, "age"],
    ]
    answer = await ask(federation, "{ pets { name age } }", somebody())
    assert answer["data"]["pets"] == [{"name": "Rex", "age": 3}, {"name": "Tom", "age": None}]
    answer = await ask(federation, "{ pets { ... on Cat { age } } }", somebody(scope="cats"))
    assert answer == {"data": {"pets": [{}, {"age": 4}]}}


async def test_what_every_type_of_an_interface_denies_is_one_error(federation: Federation) -> None:
    answer = await ask(federation, "{ pets { age } }", NOBODY)
    assert answer["data"]["pets"] == [{"age": None}, {"age": None}]
    assert [error["path"] for error in answer["errors"]] == [["pets", 0, "age"]]


async def test_where_there_is_no_object_there_is_no_error(federation: Federation) -> None:
    assert await ask(federation, '{ person(id: "9") { name email } }', NOBODY) == {"data": {"person": None}}


async def test_a_mutation_is_not_executed(federation: Federation) -> None:
    answer = await ask(federation, 'mutation { greet promote(id: "1") { name } again: greet }', somebody())
    assert answer["data"] == {"greet": "hello", "promote": None, "again": "hello"}
    assert [error["path"] for error in answer["errors"]] == [["promote"]]
    assert not any("promote" in query for _, query in federation.calls)


async def test_skipped_fields_and_fragments(federation: Federation) -> None:
    query = "{ people { ...A } } fragment A on Person { name email @skip(if: true) ...B } fragment B on Person { mail: email }"
    answer = await ask(federation, query, NOBODY)
    assert answer["data"]["people"][0] == {"name": "Ada", "mail": None}
    assert [error["path"] for error in answer["errors"]] == [["people", 0, "mail"]]
    assert (await ask(federation, query, somebody()))["data"]["people"][0]["mail"] == "ada@example.com"


async def test_the_whole_operation_is_rejected_when_told_so(federation: Federation) -> None:
    query = "query A { people { name salary } } query B { people { name } }"
    answer = await federation.engine.execute(query, None, "A", federation.fetch, viewer=somebody(), rejects=True)
    assert (answer.status_hint, federation.calls) == ("forbidden", [])
    assert [error["path"] for error in orjson.loads(answer.body)["errors"]] == [["people", "salary"]]
    answer = await federation.engine.execute(query, None, "B", federation.fetch, viewer=somebody(), rejects=True)
    assert answer.status_hint == "ok"


async def test_plans_are_shared_by_callers_that_may_see_the_same(federation: Federation) -> None:
    for subject in range(20):
        await ask(federation, "{ people { salary email } }", somebody(sub=str(subject), roles=["lead"]))
        await ask(federation, "{ people { salary email } }", somebody(sub=str(subject), roles=["payroll"]))
    assert len(federation.engine._plans._values) == 2


@pytest.mark.parametrize(
    ("link", "applied"),
    [
        ('@link(url: "https://specs.apollo.dev/authenticated/v0.1", as: "signedIn", for: SECURITY)', "@signedIn"),
        (
            '@link(url: "https://specs.apollo.dev/authenticated/v0.1", import: [{name: "@authenticated", as: "@known"}])',
            "@known",
        ),
        ('@link(url: "https://specs.apollo.dev/authenticated/v0.1", import: ["@authenticated"])', "@authenticated"),
    ],
)
async def test_directives_under_another_name(link: str, applied: str) -> None:
    sdl = SDL.replace('@link(url: "https://specs.apollo.dev/authenticated/v0.1", for: SECURITY)', link)
    engine = Engine.from_sdl(
        sdl.replace("@authenticated on", f"{applied} on").replace(") @authenticated", f") {applied}")
    )
    assert engine.access.need(("Person", "email")).token
    assert not engine.access.need(("Person", "name"))


def test_a_feature_for_security_that_is_not_understood() -> None:
    sdl = SDL.replace("schema @link", 'schema @link(url: "https://example.com/vault/v1.0", for: SECURITY) @link', 1)
    with pytest.raises(SupergraphError, match=r"vault/v1[.]0 for security"):
        Engine.from_sdl(sdl)


def test_an_interface_that_says_more_than_its_types_adds_it_to_them() -> None:
    sdl = SDL.replace('interface: "Pet") @authenticated', 'interface: "Pet")').replace(
        '  age: Int @requiresScopes(scopes: [["cats"]])\n}\n\nenum',
        '  age: Int @requiresScopes(scopes: [["vets"]])\n}\n\nenum',
    )
    access = Engine.from_sdl(sdl).access
    assert access.need(("Dog", "name")).token
    assert access.need(("Query", "pets")).token
    assert access.need(("Dog", "age")).words() == "the scope vets"
    assert access.need(("Cat", "age")).words() == "the scope cats and the scope vets"
