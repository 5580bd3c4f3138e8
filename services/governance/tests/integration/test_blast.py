"""A dry run of a suspension says exactly what the suspension does (P18, X09)."""

from __future__ import annotations

from governance.testing import BOSS, DANA, OFFICER, OWNER, Organisation

QUERY = """query($id: ID!) { blastRadius(toolId: $id) { id grants suspendedAlready waitingRequests people
    departments { department { id } people } openMotions openIncidents ratifyBy tool { code } } }"""


async def test_the_dry_run_says_what_a_suspension_does_and_does_nothing_X09(organisation: Organisation) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool)
    for department in ("sales", "it"):
        people = [f"{department}-{n}" for n in range(6)]
        await o.hire(*people, department=department)
        for person in people:
            await o.request(tool, person)
    await o.request(tool)
    await o.do(DANA, "reportIncident", "incident { id }", title="Leak", toolId=tool)
    before = await o.published()
    found = (await o.ask(OFFICER, QUERY, id=tool))["blastRadius"]
    assert await o.published() == before
    assert found | {"ratifyBy": ""} == {
        "id": tool, "grants": 13, "suspendedAlready": 0, "waitingRequests": 0, "people": 13,
        "departments": [{"department": {"id": "sales"}, "people": 7}, {"department": {"id": "it"}, "people": 6}],
        "openMotions": 0, "openIncidents": 1, "ratifyBy": "", "tool": {"code": "draft-assistant"},
    }  # fmt: skip
    assert found["ratifyBy"][:10] == "2026-03-09"
    await o.do(OFFICER, "suspendTool", "tool { id }", toolId=tool, reason="leaks")
    assert len(await o.events("access-suspended")) == found["grants"]
    after = (await o.ask(OWNER, QUERY, id=tool))["blastRadius"]
    assert (after["grants"], after["suspendedAlready"], after["people"]) == (0, 13, 0)
    answer = await o.graph(QUERY, {"id": tool}, caller=o.caller(BOSS))
    assert answer["errors"][0]["extensions"]["code"] == "NOT_ENTITLED"
