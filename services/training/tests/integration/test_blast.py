"""What stopping a tool would do to training, before anybody stops it (P18, X09)."""

from chassis.testing import a_caller

from .test_tool_conditions import APPROVED, CLOSED, HIRED, OTHER, REQUESTED, TOOL

QUERY = """query($id: ID!) { _entities(representations: [{__typename: "BlastRadius", id: $id}]) {
    ... on BlastRadius { training { assignments onlyForIt pausedAlready } } } }"""


async def test_the_assignments_that_only_a_tool_asks_for_are_counted_X09(deliver, graph, mutate):
    async def blast(tool=TOOL):
        answer = await graph(QUERY, {"id": tool}, caller=a_caller("E0003", "ai_steward"))
        assert answer["errors"] is None
        return tuple(answer["data"]["_entities"][0]["training"].values())

    await deliver(*HIRED)
    await deliver(*APPROVED)
    await deliver(*REQUESTED)
    assert await blast() == (1, 1, 0)
    assert await blast(OTHER) == (0, 0, 0)
    await deliver("governance.tool-suspended.v1", {"tool_id": TOOL, "code": "scribe", "reason": "risk"})
    assert await blast() == (1, 1, 1)
    await mutate("declareRequirement", {"credentialType": "client-work", "jobFunction": "analyst", "dueDays": 60})
    assert await blast() == (1, 0, 1)
    await deliver(*CLOSED)
    assert await blast() == (0, 0, 0)
