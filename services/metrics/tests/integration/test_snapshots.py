"""The figures of a review are pinned: what is stated later does not change them (C11)."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from chassis.testing import a_caller

ANYBODY = a_caller("E9999", "employee")
READ = """query($id: ID!) {
    metricsSnapshot(id: $id) { asOf contentHash figures }
    _entities(representations: [{__typename: "MetricsSnapshot", id: $id}]) { ... on MetricsSnapshot { contentHash } }
}"""
DAY = date(2026, 2, 28)


async def test_the_figures_of_a_review_stay_as_they_were_C11(world, graph, deliver, published):
    people = await world.hire("sales", 6)
    await world.use(people[:5], DAY, date(2026, 2, 27))
    await world.use(people[0], date(2026, 2, 26))
    review = str(uuid4())
    due = {"occurrence_id": review, "as_of": DAY, "sponsor_id": people[0]}
    await deliver("governance.cadence-due.v1", due)
    (told,) = [event["data"] for event in await published() if event["type"] == "metrics.snapshot-published.v1"]
    assert (told["occurrence_id"], told["sponsor_at_or_above_median"]) == (review, True)

    async def read():
        answer = await graph(READ, {"id": told["snapshot_id"]}, caller=ANYBODY)
        assert answer["errors"] is None
        assert answer["data"]["_entities"][0]["contentHash"] == told["content_hash"]
        return answer["data"]["metricsSnapshot"]

    before = await read()
    assert before["figures"]["enterprise"]["monthly"]["value"] == 5
    await world.use(people[5], DAY)
    assert await read() == before
    assert (await graph(READ, {"id": told["snapshot_id"]}))["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
