"""One tool and one person from proposal to the last day, through the graph and the bus only."""

from __future__ import annotations

from governance.testing import DANA, OFFICER, STEWARD, TOOL, Organisation


async def test_a_tool_and_a_person_from_proposal_to_the_last_day_G06_G19_G29_C5c(organisation: Organisation) -> None:
    o = organisation
    tool = await o.propose()
    waiting = await o.request(tool)
    assert (waiting["status"], waiting["missing"]) == ("PENDING_PREREQUISITES", [])

    approved = await o.approve(tool, credentials=("universal-fluency",))
    assert (approved["status"], approved["risk"]) == ("APPROVED", "LIMITED")
    assert (await o.requests())[0]["missing"] == [{"kind": "CREDENTIAL", "id": "universal-fluency"}]

    await o.award("universal-fluency")
    fulfilled = (await o.requests())[0]
    assert fulfilled["status"] == "FULFILLED"
    assert fulfilled["grant"]["status"] == "ACTIVE"

    await o.do(OFFICER, "suspendTool", f"tool {{ {TOOL} }}", toolId=tool, reason="leaks prompts")
    grant = (await o.grants())[0]
    assert (grant["status"], grant["suspendedFor"]) == ("SUSPENDED", ["TOOL_SUSPENDED"])

    motion = await o.passed("REINSTATE_TOOL", tool)
    back = await o.do(STEWARD, "reinstateTool", f"tool {{ {TOOL} }}", toolId=tool, motionId=motion)
    assert (back["status"], back["suspension"]) == ("APPROVED", None)
    assert (await o.grants())[0]["status"] == "ACTIVE"

    await o.leave(DANA)
    grant = (await o.grants())[0]
    assert (grant["status"], grant["revokedBecause"]) == ("REVOKED", "employment ended")

    told = await o.published()
    access = [event["type"].split(".")[1] for event in told if ".access-" in event["type"]]
    assert access == [
        "access-requested",
        "access-prerequisites-changed",
        "access-request-fulfilled",
        "access-granted",
        "access-suspended",
        "access-restored",
        "access-revoked",
    ]
    by_subject: dict[str, list[int]] = {}
    for event in told:
        by_subject.setdefault(event["subject"], []).append(event["sequence"])
    for subject, sequence in by_subject.items():
        assert sequence == list(range(1, len(sequence) + 1)), subject
