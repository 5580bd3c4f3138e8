"""What stopping a tool would do to procedures, before anybody stops it (P18, X09)."""

from __future__ import annotations

from chassis.testing import a_caller

from .test_sops import OWNER, TOOL_A, TOOL_B, new

QUERY = """query($id: ID!) { _entities(representations: [{__typename: "BlastRadius", id: $id}]) {
    ... on BlastRadius { procedures { flagged fallingBack stopping blockedAlready processes sops { code } } } } }"""


async def test_procedures_that_would_fall_back_and_those_that_would_stop_X09(
    process_id, mutate, tool, approved, steps, graph
):
    async def blast():
        answer = await graph(QUERY, {"id": TOOL_A}, caller=a_caller("E0003", "ai_steward"))
        assert answer["errors"] is None
        return answer["data"]["_entities"][0]["procedures"]

    for each in (TOOL_A, TOOL_B):
        await tool("approved", each, 1)
    for code in ("alone", "other"):
        used = TOOL_A if code == "alone" else TOOL_B
        sop = await approved(new(process_id, steps(used), code=code))
        assert (await mutate("makeSopVersionEffective", {"sopId": sop, "version": 1}, by=OWNER))["errors"] == []
    found = await blast()
    assert found == {
        "flagged": 1, "fallingBack": 0, "stopping": 1, "blockedAlready": 0, "processes": 1, "sops": [{"code": "alone"}],
    }  # fmt: skip
    await tool("suspended", TOOL_A, 2)
    after = await blast()
    assert (after["flagged"], after["blockedAlready"], after["processes"]) == (0, 1, 0)
