"""Access reviews against Postgres (G21, C14)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chassis.clock import FixedClock
from governance.testing import BOSS, DANA, OWNER, STEWARD, Organisation, RunDue

ITEM = "id employee { id } recommendation because decision silent reviewer { id }"
REVIEW = f"review {{ id itemCount completedAt items {{ nodes {{ {ITEM} }} }} }}"


async def used(o: Organisation, who: str, tool: str, days_ago: int = 0, actions: int = 5) -> None:
    day = (o.clock.now - timedelta(days=days_ago)).date().isoformat()
    await o.deliver(
        "usage.day-recorded.v1", {"employee_id": who, "tool": tool, "day": day, "actions": actions}, subject=who
    )


async def granted(o: Organisation, *who: str, days: int = 60) -> str:
    tool = await o.propose()
    await o.approve(tool)
    for each in who:
        await o.request(tool, who=each)
    o.clock.advance(timedelta(days=days))
    return tool


async def opened(o: Organisation, days: int = 14, **differently: Any) -> dict[str, Any]:
    return await o.do(
        STEWARD, "openAccessReview", REVIEW, closesAt=(o.clock.now + timedelta(days=days)).isoformat(), **differently
    )


async def test_a_review_asks_recommends_from_use_and_silence_does_the_rest_G21_C14(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    await o.hire("E0098", "E0097", manager_id=BOSS)
    await o.hire("E0096", manager_id=BOSS, department="support")
    tool = await granted(o, DANA, "E0098", "E0097", "E0096")
    await used(o, DANA, "draft-assistant", 3)
    await used(o, DANA, tool, 10)
    await used(o, "E0098", tool, 45)
    await used(o, "E0098", tool, 1, actions=0)
    review = await opened(o, toolId=tool, departmentId="sales")
    assert [(i["employee"]["id"], i["recommendation"], i["because"]) for i in review["items"]["nodes"]] == [
        (DANA, "KEEP", f"last used on {(clock.now - timedelta(days=3)).date()}"),
        ("E0098", "REVOKE", "not used for 45 days"),
        ("E0097", "REVOKE", "not used in the 60 days since it was granted"),
    ]
    waiting = (await o.ask(BOSS, f"{{ accessToReview {{ nodes {{ {ITEM} }} }} }}"))["accessToReview"]["nodes"]
    assert len(waiting) == 3
    refused = await o.refusal("E0098", "decideAccess", "item { id }", itemId=waiting[1]["id"], decision="KEEP")
    assert refused["code"] == "OWN_ACCESS"
    refused = await o.refusal(OWNER, "decideAccess", "item { id }", itemId=waiting[1]["id"], decision="KEEP")
    assert refused["code"] == "NOT_ENTITLED"
    await o.do(BOSS, "decideAccess", "item { id }", itemId=waiting[1]["id"], decision="KEEP", reason="on a project")
    await o.do(BOSS, "decideAccess", "item { id }", itemId=waiting[0]["id"], decision="REVOKE", reason="moved on")
    assert (await o.grants(DANA))[0]["revokedBecause"] == "access review: moved on"
    clock.advance(timedelta(days=14))
    await run_due()
    assert (await o.grants("E0098"))[0]["status"] == "ACTIVE"
    assert (await o.grants("E0097"))[0]["status"] == "REVOKED"
    assert (await o.grants("E0096"))[0]["status"] == "ACTIVE"
    (told,) = await o.events("access-review-completed")
    assert (told[1]["kept"], told[1]["revoked"], told[1]["silent"]) == (1, 2, 1)


async def test_new_grants_and_people_on_leave_are_not_looked_at_C14(organisation: Organisation) -> None:
    o = organisation
    await o.hire("E0098", manager_id=BOSS)
    tool = await granted(o, "E0098", days=20)
    refused = await o.refusal(
        STEWARD, "openAccessReview", REVIEW, closesAt=(o.clock.now + timedelta(days=7)).isoformat(), toolId=tool
    )
    assert refused["code"] == "NOTHING_TO_REVIEW"
    o.clock.advance(timedelta(days=20))
    idle = "query($t: ID!) { idleGrants(days: 30, toolId: $t) { nodes { employee { id } lastUsedOn } } }"
    seen = (await o.ask(STEWARD, idle, t=tool))["idleGrants"]["nodes"]
    assert seen == [{"employee": {"id": "E0098"}, "lastUsedOn": None}]
    await o.deliver(
        "hris.employee-leave-started.v1",
        {"employee_id": "E0098", "effective_date": o.clock.now.date().isoformat()},
        subject="E0098",
    )
    assert (await o.ask(STEWARD, idle, t=tool))["idleGrants"]["nodes"] == []


async def test_only_officers_open_reviews_and_see_all_of_them_G02(organisation: Organisation) -> None:
    o = organisation
    await granted(o, DANA)
    refused = await o.refusal(BOSS, "openAccessReview", REVIEW, closesAt=(o.clock.now + timedelta(days=7)).isoformat())
    assert refused["code"] == "NOT_ENTITLED"
    await opened(o)
    answer = await o.graph("{ accessReviews { nodes { id } } }", {}, caller=o.caller(BOSS))
    assert answer["errors"][0]["extensions"]["code"] == "NOT_ENTITLED"
    assert len((await o.ask(STEWARD, "{ accessReviews { nodes { id } } }"))["accessReviews"]["nodes"]) == 1


async def test_an_idle_grant_comes_before_the_open_review_once_and_nothing_is_revoked_C14(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    await o.hire("E0098", manager_id=BOSS)
    tool = await granted(o, DANA, days=20)
    await o.request(tool, who="E0098")
    clock.advance(timedelta(days=20))
    review = await opened(o, toolId=tool)
    assert [each["employee"]["id"] for each in review["items"]["nodes"]] == [DANA]
    clock.advance(timedelta(days=12))
    grants = {who: (await o.grants(who))[0]["id"] for who in (DANA, "E0098")}

    async def told(who: str) -> None:
        idle = {"grant_id": grants[who], "employee_id": who, "tool_id": tool, "idle_days": 32, "last_used_on": None}
        await o.deliver("metrics.grant-idle.v1", idle, subject=grants[who])

    await told(DANA)
    await told("E0098")
    await told("E0098")
    found = await o.ask(STEWARD, f"{{ accessReviews {{ nodes {{ itemCount items {{ nodes {{ {ITEM} }} }} }} }} }}")
    (looked_at,) = found["accessReviews"]["nodes"]
    assert looked_at["itemCount"] == 2
    assert [(each["employee"]["id"], each["recommendation"]) for each in looked_at["items"]["nodes"]] == [
        (DANA, "REVOKE"), ("E0098", "REVOKE"),
    ]  # fmt: skip
    assert (await o.grants("E0098"))[0]["status"] == "ACTIVE"
    clock.advance(timedelta(days=3))
    await run_due()
    assert (await o.grants("E0098"))[0]["revokedBecause"].startswith("access review: not used in the 32 days")
    await told("E0098")
    assert len(await o.events("access-revoked")) == 2


async def test_owners_are_asked_first_and_take_what_is_recommended_G21(organisation: Organisation) -> None:
    o = organisation
    await o.hire("E0098", manager_id=BOSS)
    tool = await granted(o, DANA, "E0098", OWNER)
    await used(o, DANA, tool, 3)
    review = await opened(o, toolId=tool, reviewers="TOOL_OWNER")
    asked = {each["employee"]["id"]: each["reviewer"] for each in review["items"]["nodes"]}
    assert asked == {DANA: {"id": OWNER}, "E0098": {"id": OWNER}, OWNER: None}
    refused = await o.refusal(BOSS, "takeRecommendations", REVIEW, accessReviewId=review["id"])
    assert refused["code"] == "NOT_ENTITLED"
    after = await o.do(OWNER, "takeRecommendations", REVIEW, accessReviewId=review["id"])
    assert {each["employee"]["id"]: each["decision"] for each in after["items"]["nodes"]} == {
        DANA: "KEEP", "E0098": "REVOKE", OWNER: None,
    }  # fmt: skip
    assert (await o.grants("E0098"))[0]["status"] == "REVOKED"
    after = await o.do(STEWARD, "takeRecommendations", REVIEW, accessReviewId=review["id"])
    assert {each["employee"]["id"]: each["decision"] for each in after["items"]["nodes"]}[OWNER] == "REVOKE"
