"""The compliance register against Postgres: evidence is linked from events (G17)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from governance.testing import DANA, SPONSOR, STEWARD, Organisation

QUERY = """query($c: String) { complianceFrameworks(code: $c) { code source fulfilled
    requirements { id fulfilment findings { event met evidence { eventId subjectId } } } } }"""


async def requirement(o: Organisation, code: str, id: str) -> dict[str, Any]:
    (framework,) = (await o.ask(STEWARD, QUERY, c=code))["complianceFrameworks"]
    found: dict[str, Any] = next(each for each in framework["requirements"] if each["id"] == id)
    return found


async def test_a_requirement_is_fulfilled_by_events_of_this_and_other_services_G17(organisation: Organisation) -> None:
    o = organisation
    assert (await requirement(o, "eu-ai-act", "Article 4"))["fulfilment"] == "OPEN"
    await o.award("universal-fluency")
    assert (await requirement(o, "eu-ai-act", "Article 4"))["fulfilment"] == "PARTLY"
    await o.deliver(
        "training.requirement-activated.v1",
        {
            "requirement_id": str(UUID(int=7)),
            "credential_type": "universal-fluency",
            "origin_kind": "universal",
            "origin_ref": "x",
        },
        subject="r",
    )
    found = await requirement(o, "eu-ai-act", "Article 4")
    assert found["fulfilment"] == "FULFILLED"
    assert found["findings"][0]["evidence"][0]["subjectId"] == "r"
    assert (await requirement(o, "nist-ai-rmf", "GOVERN 2.1"))["fulfilment"] == "PARTLY"
    await o.do(SPONSOR, "appointOfficer", "officer { id }", role="AI_STEWARD", employeeId=STEWARD)
    assert (await requirement(o, "nist-ai-rmf", "GOVERN 2.1"))["fulfilment"] == "FULFILLED"


async def test_the_register_is_for_those_who_answer_for_it_X11(organisation: Organisation) -> None:
    o = organisation
    answer = await o.graph(QUERY, {}, caller=o.caller(DANA))
    assert answer["errors"][0]["extensions"]["code"] == "NOT_ENTITLED"
    answer = await o.graph(QUERY, {"c": "made-up"}, caller=o.caller(STEWARD))
    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"
