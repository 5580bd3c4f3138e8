"""Errors, nulls and missing subgraphs."""

from pathlib import Path
from typing import Any

from gateway.testing.federation import Federation

SHOP = Path(__file__).parent / "graphs" / "shop"


async def test_a_subgraph_that_is_down_costs_its_own_fields_only() -> None:
    federation = Federation.load(SHOP)
    federation.down = {"inventory"}
    answer = await federation.ask("{ products { name inStock ship: shipping reviews { body } } }")
    expected = federation.reference("{ products { name reviews { body } } }")["data"]["products"]
    assert answer["data"]["products"] == [
        {"name": one["name"], "inStock": None, "ship": None, "reviews": one["reviews"]} for one in expected
    ]
    assert sorted(error["path"] for error in answer["errors"]) == [
        ["products", 0, "inStock"],
        ["products", 0, "ship"],
    ]
    assert all("it is down" not in error["message"] for error in answer["errors"])


async def test_null_climbs_to_the_nearest_nullable_place() -> None:
    federation = Federation.load(SHOP)
    federation.down = {"reviews"}
    answer = await federation.ask("{ products { name reviews { body } } me { id } }")
    assert answer["data"] is None
    assert sorted(error["path"] for error in answer["errors"]) == [["me"], ["products", 0, "reviews"]]


async def test_an_entity_error_gets_the_path_of_the_answer() -> None:
    federation = Federation.load(SHOP)
    federation.world.types["User"][1]["email"] = {"$fail": "no mail"}
    answer = await federation.ask("{ topReviews { body by: author { mail: email } } me { id } }")
    assert answer["data"]["topReviews"][0]["by"] == {"mail": "ann@shop.test"}
    assert "errors" not in answer
    answer = await federation.ask("{ products { reviews { by: author { mail: email } } } }")
    assert answer["data"]["products"][0]["reviews"] == [{"by": {"mail": "ann@shop.test"}}, {"by": None}]
    assert [(error["message"], error["path"]) for error in answer["errors"]] == [
        ("no mail", ["products", 0, "reviews", 1, "by", "mail"])
    ]


async def test_introspection_is_answered_here() -> None:
    federation = Federation.load(SHOP)
    query = '{ __schema { queryType { name } } t: __type(name: "Size") { fields { name } } users { id } __typename }'
    answer = await federation.ask(query)
    reference = federation.reference(query)
    assert answer == reference
    assert len(federation.calls) == 1
    off = await federation.engine.execute(query, None, None, federation.fetch, introspection=False)
    assert off.status_hint == "invalid"


async def test_invalid_requests_never_reach_a_subgraph() -> None:
    federation = Federation.load(SHOP)
    requests: list[tuple[str, dict[str, Any] | None]] = [
        ("{ nothing }", None),
        ("{", None),
        ("query Q($id: ID!) { product(id: $id) { id } }", {}),
        ("query A { users { id } } query B { users { id } }", None),
    ]
    for query, variables in requests:
        answer = await federation.engine.execute(query, variables, None, federation.fetch)
        assert answer.status_hint == "invalid"
    assert federation.calls == []
