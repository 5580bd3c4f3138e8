"""Progressive overrides are decided for each request, and every set of labels has its own plan."""

from collections import Counter
from pathlib import Path
from random import Random

import orjson

from gateway.api_schema import build_api_schema
from gateway.engine import Engine
from gateway.override_labels import OverrideLabels
from gateway.supergraph import read_supergraph
from gateway.testing.federation import Federation

OVERRIDE = Path(__file__).parents[1] / "corpus" / "graphs" / "override"


def test_a_label_is_on_for_its_part_of_the_requests() -> None:
    labels = OverrideLabels(
        ["percent(0)", "percent(25)", "percent(70.5)", "percent(100)", "beta"], draw=Random(1).random
    )
    drawn = [labels.of_request() for _ in range(4_000)]
    counted = Counter(label for one in drawn for label in one)
    assert counted.keys() == {"percent(25)", "percent(70.5)", "percent(100)"}
    assert abs(counted["percent(25)"] / 4_000 - 0.25) < 0.03
    assert abs(counted["percent(70.5)"] / 4_000 - 0.705) < 0.03
    assert counted["percent(100)"] == 4_000
    assert len(set(drawn)) == 3
    assert labels.usual == {"percent(70.5)", "percent(100)"}


def test_fixed_labels_are_all_that_is_on() -> None:
    labels = OverrideLabels(["percent(25)", "beta"], frozenset({"beta"}))
    assert {labels.of_request() for _ in range(50)} == {frozenset({"beta"})}


async def test_each_request_goes_where_its_labels_say() -> None:
    federation = Federation.load(OVERRIDE)
    text = (OVERRIDE / "supergraph.graphql").read_text().replace("percent(0)", "percent(30)")
    supergraph = read_supergraph(text)
    drawn = iter([0.1, 0.9, 0.29, 0.3])
    labels = OverrideLabels(supergraph.labels, draw=lambda: next(drawn))
    federation.engine = Engine(supergraph, build_api_schema(supergraph.document), labels=labels, cache_size=10)
    asked = []
    for _ in range(4):
        federation.calls.clear()
        answer = await federation.engine.execute("{ newItems { size } }", None, None, federation.fetch)
        assert "errors" not in orjson.loads(answer.body)
        asked.append([name for name, _ in federation.calls])
    assert asked == [["new"], ["new", "old"], ["new"], ["new", "old"]]
