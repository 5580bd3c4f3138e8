"""Policies and their acknowledgement against Postgres (G14, G15, G19, C6)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chassis.clock import FixedClock
from chassis.database import Database
from governance.testing import DANA, OFFICER, STEWARD, Organisation, RunDue

POLICY = "policy { id current { number contentHash changeClass } versions { number } acknowledged }"
ACKNOWLEDGED = "acknowledgement { id version }"


async def publish(o: Organisation, content: str = "Be kind.", **differently: Any) -> dict[str, Any]:
    return await o.do(
        OFFICER, "publishPolicy", POLICY, code="acceptable-use", title="Acceptable use", content=content, **differently
    )


async def tool(o: Organisation) -> str:
    made = await o.propose()
    await o.approve(made, credentials=("universal-fluency",), policies=("acceptable-use",))
    return made


async def test_the_acknowledgement_may_be_the_last_prerequisite_G19(organisation: Organisation) -> None:
    o = organisation
    await publish(o)
    made = await o.request(await tool(o))
    assert made["missing"] == [
        {"kind": "POLICY", "id": "acceptable-use"},
        {"kind": "CREDENTIAL", "id": "universal-fluency"},
    ]
    await o.award("universal-fluency")
    given = await o.do(DANA, "acknowledgePolicy", ACKNOWLEDGED, policyCode="acceptable-use")
    assert (await o.requests())[0]["status"] == "FULFILLED"
    again = await o.do(DANA, "acknowledgePolicy", ACKNOWLEDGED, policyCode="acceptable-use")
    assert again == given
    assert len(await o.events("policy-acknowledged")) == 1
    assert (await o.ask(DANA, '{ policy(id: "acceptable-use") { acknowledged } }'))["policy"] == {"acknowledged": True}


async def test_a_major_version_suspends_after_its_date_and_a_minor_one_never_C6(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    await publish(o)
    made = await tool(o)
    await o.award("universal-fluency")
    await o.do(DANA, "acknowledgePolicy", ACKNOWLEDGED, policyCode="acceptable-use")
    await o.request(made)
    await publish(o, "Be kinder.", changeClass="MINOR", acknowledgeWithinDays=1)
    clock.advance(timedelta(days=2))
    await run_due()
    assert (await o.grants())[0]["status"] == "ACTIVE"
    await publish(o, "Be kindest.", acknowledgeWithinDays=14)
    clock.advance(timedelta(days=13))
    await run_due()
    assert (await o.grants())[0]["status"] == "ACTIVE"
    clock.advance(timedelta(days=1))
    await run_due()
    assert (await o.grants())[0]["suspendedFor"] == ["POLICY_LAPSED"]
    await o.do(DANA, "acknowledgePolicy", ACKNOWLEDGED, policyCode="acceptable-use")
    assert (await o.grants())[0]["status"] == "ACTIVE"


async def test_only_the_compliance_officer_publishes_and_a_version_never_changes_G14(
    organisation: Organisation, database: Database
) -> None:
    o = organisation
    first = await publish(o)
    assert first["current"]["number"] == 1
    refusal = await o.refusal(STEWARD, "publishPolicy", POLICY, code="x", title="X", content="x")
    assert "decided at the enterprise tier by the compliance officer" in refusal["message"]
    same = await o.refusal(OFFICER, "publishPolicy", POLICY, code="acceptable-use", title="A", content="Be kind.")
    assert same["code"] == "NOTHING_CHANGED"
    bad = await o.refusal(OFFICER, "publishPolicy", POLICY, code="Acceptable Use", title="A", content="Be kind.")
    assert bad["code"] == "BAD_POLICY_CODE"
    days = await o.refusal(OFFICER, "publishPolicy", POLICY, code="y", title="Y", content="y", acknowledgeWithinDays=-1)
    assert days["code"] == "BAD_ACKNOWLEDGEMENT_TIME"
    with pytest.raises(Exception, match="append-only"):
        async with database.transaction() as tx:
            await tx.execute("UPDATE policy_editions SET content = 'Be rude.'")


async def test_an_older_version_can_be_acknowledged_and_a_missing_one_not_G15(organisation: Organisation) -> None:
    o = organisation
    await publish(o)
    await publish(o, "Be kinder.")
    given = await o.do(DANA, "acknowledgePolicy", ACKNOWLEDGED, policyCode="acceptable-use", version=1)
    assert given["version"] == 1
    refusal = await o.refusal(DANA, "acknowledgePolicy", ACKNOWLEDGED, policyCode="acceptable-use", version=3)
    assert refusal["code"] == "NO_SUCH_VERSION"
    unknown = await o.refusal(DANA, "acknowledgePolicy", ACKNOWLEDGED, policyCode="nope")
    assert unknown["code"] == "NOT_FOUND"
    listed = await o.ask(DANA, "{ policies { nodes { id versions { number } } } }")
    assert listed["policies"]["nodes"] == [{"id": "acceptable-use", "versions": [{"number": 1}, {"number": 2}]}]
