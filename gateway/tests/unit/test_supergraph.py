from pathlib import Path

import pytest

from gateway.__main__ import main
from gateway.engine import Engine
from gateway.explain import STAGES, CannotExplain, explain
from gateway.supergraph import SupergraphError

SHOP = (Path(__file__).parents[1] / "corpus" / "graphs" / "shop" / "supergraph.graphql").read_text()


@pytest.mark.parametrize(
    ("sdl", "message"),
    [
        ("type Query {", "not valid GraphQL"),
        ("type Query { a: Int }", "names no subgraphs"),
        ('enum join__Graph { A @join__graph(name: "a", url: "") } type T { a: Int }', "no query type"),
        (
            'enum join__Graph { A @join__graph(name: "a", url: "") } type Query @join__type(graph: B) { a: Int }',
            "the subgraph B",
        ),
        (
            'enum join__Graph { A @join__graph(name: "a", url: "") } type Query @join__type(graph: A) { a: Missing }',
            "does not give a valid schema",
        ),
    ],
)
def test_a_broken_supergraph_is_refused_with_its_reason(sdl: str, message: str) -> None:
    with pytest.raises(SupergraphError, match=message):
        Engine.from_sdl(sdl)


def test_the_clients_schema_shows_no_machinery() -> None:
    text = explain(Engine.from_sdl(SHOP), "{ __typename }", "api_schema")
    assert "type Product" in text
    assert not any(word in text for word in ("join__", "link__", "@key", "@link"))


def test_inaccessible_parts_are_hidden_from_clients() -> None:
    keys = (Path(__file__).parents[1] / "corpus" / "graphs" / "keys" / "supergraph.graphql").read_text()
    assert "flagKey" in keys
    assert "flagKey" not in explain(Engine.from_sdl(keys), "{ __typename }", "api_schema")


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_can_be_shown(stage: str) -> None:
    assert explain(Engine.from_sdl(SHOP), "{ products { name shipping reviews { body } } }", stage).strip()


@pytest.mark.parametrize(
    ("stage", "shows"),
    [
        ("supergraph", "object Product in inventory, products, reviews, users"),
        ("api_schema", "type Product implements Node"),
        ("operation", "shipping"),
        ("graph", "Product -> reviews with id"),
        ("moves", "Product in products: reviews by reviews with id"),
        ("choose", "products: inventory with id"),
        ("fetches", "... on Product { shipping }"),
        ("plan", "3 fetches in 2 waves"),
        ("compile", '{"query":"query { products '),
    ],
)
def test_the_command_shows_every_stage(
    stage: str, shows: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    query = tmp_path / "query.graphql"
    query.write_text("{ products { name shipping reviews { body } } }")
    supergraph = Path(__file__).parents[1] / "corpus" / "graphs" / "shop" / "supergraph.graphql"
    main(["explain", "--stage", stage, "--supergraph", str(supergraph), str(query)])
    assert shows in capsys.readouterr().out


def test_a_plan_reads_as_requests_in_waves() -> None:
    assert explain(Engine.from_sdl(SHOP), "{ products { inStock } }").splitlines() == [
        "2 fetches in 2 waves",
        "",
        "wave 1",
        "  #0 products",
        "    at (root)",
        "    {",
        "      products {",
        "        id",
        "      }",
        "    }",
        "",
        "wave 2",
        "  #1 inventory after #0",
        "    at products",
        "      Product by id",
        "    query ($representations: [_Any!]!) {",
        "      _entities(representations: $representations) {",
        "        ... on Product {",
        "          inStock",
        "        }",
        "      }",
        "    }",
    ]


def test_what_cannot_be_explained_says_why() -> None:
    engine = Engine.from_sdl(SHOP)
    with pytest.raises(CannotExplain, match="no stage"):
        explain(engine, "{ __typename }", "nothing")
    with pytest.raises(CannotExplain, match="Cannot query field"):
        explain(engine, "{ nothing }")
