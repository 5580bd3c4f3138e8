"""What governance does to a tool is noted on its series (C4)."""

from __future__ import annotations

from datetime import timedelta

from chassis.testing import a_caller

ANYBODY = a_caller("E9999", "employee")
NOTES = """query Notes($tool: ID!, $from: Date!, $to: Date!) {
    _entities(representations: [{__typename: "Tool", id: $tool}]) { ... on Tool { annotations { toolId kind from to } } }
    adoptionSeries(from: $from, to: $to, toolId: $tool) { annotations { kind } }
    all: adoptionSeries(from: $from, to: $to) { annotations { kind } }
}"""


async def test_a_suspension_is_noted_while_it_lasts_and_when_it_ends_C4(world, graph, clock):
    async def notes():
        day = clock.now.date().isoformat()
        answer = await graph(NOTES, {"tool": str(world.tool), "from": day, "to": day}, caller=ANYBODY)
        assert answer["errors"] is None
        in_series = [note["kind"] for note in answer["data"]["adoptionSeries"]["annotations"]]
        assert in_series == [note["kind"] for note in answer["data"]["all"]["annotations"]]
        return answer["data"]["_entities"][0]["annotations"], in_series

    await world.tool_event("approved")
    clock.advance(timedelta(days=1))
    await world.tool_event("suspended")
    clock.advance(timedelta(days=1))

    noted, in_series = await notes()
    assert [(note["kind"], note["from"][:10], note["to"] and note["to"][:10]) for note in noted] == [
        ("APPROVED", "2026-03-02", "2026-03-02"),
        ("SUSPENDED", "2026-03-03", None),
    ]
    assert in_series == ["SUSPENDED"]

    await world.tool_event("suspended")
    await world.tool_event("reinstated")
    noted, in_series = await notes()
    assert [(note["kind"], note["to"][:10]) for note in noted[1:]] == [
        ("SUSPENDED", "2026-03-04"),
        ("REINSTATED", "2026-03-04"),
    ]
    assert in_series == ["SUSPENDED", "REINSTATED"]
    clock.advance(timedelta(days=1))
    assert (await notes())[1] == []
