"""The dry run says what then happens, and the report where departments differ (G33, X09)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from chassis.clock import FixedClock
from governance.consistency.domain import FindingKind
from governance.testing import BOSS, CLIENT_WORK, DANA, OFFICER, OWNER, SPONSOR, STEWARD, Organisation, RunDue

RADIUS = """query($t: ID!, $s: [ScopeRowInput!]) { blastRadius(toolId: $t, remainingScope: $s) { grants people waitingRequests
    departments { department { id } grants } standards { sopId version processOwner { id } } useCases { title }
    prompts teamsPreferring alternatives { code } } }"""
REPORT = """{ consistencyReport(first: 50) { nodes { department { id } people activePeople useCases restrictions inconsistencies
    teamsWithoutPrompts { id } } } }"""
PROCESS = "0190f5fe-7d1e-7b5a-9c55-0d3c1f7a2b10"


async def radius(o: Organisation, tool: str, scope: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    found: dict[str, Any] = (await o.ask(STEWARD, RADIUS, t=tool, s=scope))["blastRadius"]
    return found


async def test_the_dry_run_of_a_suspension_is_what_the_suspension_then_does_X09(organisation: Organisation) -> None:
    o = organisation
    o.roles[BOSS] = "department_leader"
    tool, other = await o.propose(), await o.propose("other")
    for each in (tool, other):
        await o.approve(each)
    await o.hire("E0098", department="support")
    internal = {"dataClass": "INTERNAL", "context": "INTERNAL"}
    await o.request(tool)
    await o.request(tool, **internal)
    await o.request(tool, who="E0098")
    await o.deliver(
        "process.process-registered.v1",
        {"process_id": PROCESS, "code": "replies", "name": "Replies", "department_id": "sales", "owner_id": BOSS},
    )
    await o.deliver(
        "process.sop-effective.v1",
        {"sop_id": str(UUID(int=5)), "process_id": PROCESS, "version": 3, "change_class": "major", "roles": [],
         "tools": [tool]},
    )  # fmt: skip
    await o.do(
        BOSS, "registerUseCase", "useCase { id }", departmentId="sales", title="Replies", toolIds=[tool], ownerId=BOSS,
        **CLIENT_WORK,
    )  # fmt: skip
    await o.do(DANA, "preferTools", "preference { team { id } }", teamId="sales-one", toolIds=[tool])
    await o.do(DANA, "sharePrompt", "prompt { id }", teamId="sales-one", title="x", body="x", toolIds=[tool])

    assert await radius(o, tool) == {
        "grants": 3, "people": None, "waitingRequests": 0,
        "departments": [
            {"department": {"id": "sales"}, "grants": None}, {"department": {"id": "support"}, "grants": None},
        ],
        "standards": [{"sopId": str(UUID(int=5)), "version": 3, "processOwner": {"id": BOSS}}],
        "useCases": [{"title": "Replies"}], "prompts": 1, "teamsPreferring": 1, "alternatives": [{"code": "other"}],
    }  # fmt: skip
    cut = await radius(o, tool, [internal])
    assert (cut["grants"], cut["people"], cut["useCases"], cut["standards"]) == (2, None, [{"title": "Replies"}], [])
    assert await o.events("access-suspended") == []
    await o.do(OFFICER, "suspendTool", "tool { id }", toolId=tool, reason="leak")
    assert len(await o.events("access-suspended")) == 3
    assert (await radius(o, tool))["grants"] == 0


async def test_the_dry_run_is_for_those_who_decide_and_the_owner_X11(organisation: Organisation) -> None:
    o = organisation
    tool = await o.propose()
    await o.ask(OWNER, RADIUS, t=tool)
    answer = await o.graph(RADIUS, {"t": tool}, caller=o.caller(DANA))
    assert answer["errors"][0]["extensions"]["code"] == "NOT_ENTITLED"


async def test_the_report_names_what_is_different_in_each_department_G33(organisation: Organisation) -> None:
    o = organisation
    o.roles[BOSS] = "department_leader"
    await o.hire(*(f"E01{n:02}" for n in range(6)), department="support")
    tool = await o.propose()
    await o.approve(tool)
    await o.do(
        BOSS, "registerUseCase", "useCase { id }", departmentId="sales", title="Replies", toolIds=[tool], ownerId=BOSS,
        **CLIENT_WORK,
    )  # fmt: skip
    await o.do(DANA, "sharePrompt", "prompt { id }", teamId="sales-one", title="x", body="x", toolIds=[tool])
    await o.deliver(
        "usage.day-recorded.v1",
        {"employee_id": DANA, "tool": tool, "day": o.clock.now.date().isoformat(), "actions": 3}, subject=DANA,
    )  # fmt: skip
    rows = {row["department"]["id"]: row for row in (await o.ask(STEWARD, REPORT))["consistencyReport"]["nodes"]}
    assert (rows["sales"]["activePeople"], rows["sales"]["useCases"]) == (1, 1)
    assert "ZERO_USE" not in rows["sales"]["inconsistencies"]
    assert "TEAMS_WITHOUT_PROMPTS" not in rows["sales"]["inconsistencies"]
    assert set(rows["support"]["inconsistencies"]) >= {
        "ZERO_USE",
        "NO_USE_CASE",
        "NO_STANDARD",
        "TEAMS_WITHOUT_PROMPTS",
    }
    assert [team["id"] for team in rows["support"]["teamsWithoutPrompts"]] != []
    answer = await o.graph(REPORT, {}, caller=o.caller(BOSS))
    assert answer["errors"][0]["extensions"]["code"] == "NOT_ENTITLED"


FINDINGS = """query($kind: GovernanceFindingKind, $after: String, $first: Int = 100) {
    governanceFindings(kind: $kind, after: $after, first: $first) {
        pageInfo { hasNextPage endCursor } nodes { kind subjectId name department { id } nextStep } } }"""


async def test_what_has_nobody_or_nothing_behind_it_is_found_G33_G27_G17(
    organisation: Organisation, clock: FixedClock
) -> None:
    o = organisation
    o.roles[BOSS] = "department_leader"
    tool = await o.propose()
    await o.approve(tool, reviewBy=(clock.now.date() + timedelta(days=40)).isoformat())
    await o.do(
        BOSS, "registerUseCase", "useCase { id }", departmentId="sales", title="Replies", toolIds=[tool], ownerId=BOSS,
        **CLIENT_WORK,
    )  # fmt: skip
    for n, owner in enumerate((BOSS, None)):
        process = PROCESS[:-1] + str(n)
        await o.deliver(
            "process.process-registered.v1",
            {"process_id": process, "code": f"p{n}", "name": f"P{n}", "department_id": "sales", "owner_id": owner},
        )
        await o.deliver(
            "process.sop-effective.v1",
            {"sop_id": str(UUID(int=n)), "process_id": process, "version": 1, "change_class": "major", "roles": [],
             "tools": [tool] if n else []},
        )  # fmt: skip

    async def found(**variables: Any) -> list[tuple[str, str]]:
        nodes = (await o.ask(STEWARD, FINDINGS, **variables))["governanceFindings"]["nodes"]
        return [(each["kind"], each["name"]) for each in nodes if each["kind"] != "EVIDENCE_MISSING"]

    assert await found() == [("PROCESS_WITHOUT_OWNER", "P1")]
    await o.do(OFFICER, "suspendTool", "tool { id }", toolId=tool, reason="leak")
    assert await found() == [
        ("PROCESS_WITHOUT_OWNER", "P1"), ("STANDARD_ON_STOPPED_TOOL", "P1"), ("USE_CASE_ON_STOPPED_TOOL", "Replies"),
    ]  # fmt: skip
    missing = (await o.ask(STEWARD, FINDINGS, kind="EVIDENCE_MISSING"))["governanceFindings"]["nodes"]
    assert all(each["nextStep"] and "/" in each["subjectId"] for each in missing)
    assert missing
    for kind in FindingKind:
        alone = (await o.ask(STEWARD, FINDINGS, kind=kind.name))["governanceFindings"]["nodes"]
        assert {each["kind"] for each in alone} <= {kind.name}
    pages, after = [], None
    while True:
        page = (await o.ask(STEWARD, FINDINGS, first=3, after=after))["governanceFindings"]
        pages += [each["subjectId"] + each["kind"] for each in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(pages) == len(set(pages)) == len(missing) + 3
    answer = await o.graph(FINDINGS, {}, caller=o.caller(BOSS))
    assert answer["errors"][0]["extensions"]["code"] == "NOT_ENTITLED"


async def test_what_should_have_been_looked_at_again_is_found_until_it_is_G33_G14_G26(
    organisation: Organisation, clock: FixedClock
) -> None:
    o = organisation
    o.roles[BOSS] = "department_leader"
    tool = await o.propose()
    await o.approve(tool)
    await o.publish(reviewBy=(clock.now.date() + timedelta(days=360)).isoformat())
    case = await o.do(
        BOSS, "registerUseCase", "useCase { id }", departmentId="sales", title="Replies", toolIds=[tool], ownerId=BOSS,
        **CLIENT_WORK,
    )  # fmt: skip

    async def found() -> list[tuple[str, str, str | None]]:
        every = (await o.ask(STEWARD, FINDINGS))["governanceFindings"]["nodes"]
        late = [each for each in every if each["kind"] in {"POLICY_PAST_REVIEW", "USE_CASE_PAST_REVIEW"}]
        return [(each["kind"], each["name"], each["department"] and each["department"]["id"]) for each in late]

    clock.advance(timedelta(days=359))
    assert await found() == []
    clock.advance(timedelta(days=6))
    assert await found() == [
        ("POLICY_PAST_REVIEW", "Acceptable-Use", None), ("USE_CASE_PAST_REVIEW", "Replies", "sales"),
    ]  # fmt: skip
    later = (clock.now.date() + timedelta(days=30)).isoformat()
    await o.do(OFFICER, "confirmPolicy", "policy { id }", policyCode="acceptable-use", reviewBy=later)
    confirm = {"useCaseId": case["id"], "reviewBy": later}
    assert (await o.refusal(DANA, "confirmUseCase", "useCase { id }", **confirm))["code"] == "NOT_ENTITLED"
    far = await o.refusal(BOSS, "confirmUseCase", "useCase { id }", useCaseId=case["id"], reviewBy="2099-01-01")
    assert far["code"] == "BAD_USE_CASE_REVIEW"
    assert await o.do(BOSS, "confirmUseCase", "useCase { reviewBy }", **confirm) == {"reviewBy": later}
    assert await found() == []
    ((_, told),) = await o.events("usecase-confirmed")
    assert (told["use_case_id"], told["review_by"]) == (case["id"], later)


async def test_a_shared_prompt_that_nobody_at_work_answers_for_is_found_G33_G27(organisation: Organisation) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool)
    for who, title, visibility in ((DANA, "Kept", "TEAM"), (SPONSOR, "Left", "TEAM"), (SPONSOR, "Own", "PRIVATE")):
        await o.do(
            who, "sharePrompt", "prompt { id }", teamId="sales-one", title=title, body="x", toolIds=[tool],
            visibility=visibility,
        )  # fmt: skip
    await o.leave(SPONSOR)
    (found,) = (await o.ask(STEWARD, FINDINGS, kind="PROMPT_WITHOUT_OWNER"))["governanceFindings"]["nodes"]
    assert (found["name"], found["department"]) == ("Left", {"id": "sales"})
    await o.do(DANA, "namePromptOwner", "prompt { id }", promptId=found["subjectId"], ownerId=DANA)
    assert (await o.ask(STEWARD, FINDINGS, kind="PROMPT_WITHOUT_OWNER"))["governanceFindings"]["nodes"] == []


async def test_access_that_outlives_its_exception_is_found_until_it_ends_G33_G16(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    await o.do(SPONSOR, "appointOfficer", "officer { id }", role="COMPLIANCE_OFFICER", employeeId=OFFICER)
    await o.publish()
    tool, other = await o.propose(), await o.propose("other")
    for each in (tool, other):
        await o.approve(each, policies=("acceptable-use",))
    asked = await o.do(
        DANA, "requestException", "exception { id }", policyCode="acceptable-use", justification="on a ship",
        compensatingControl="a colleague reads along", validUntil=(clock.now + timedelta(days=30)).isoformat(),
    )  # fmt: skip
    for who in (BOSS, OFFICER):
        await o.do(who, "consentToException", "exception { id }", exceptionId=asked["id"])
    assert (await o.request(tool))["status"] == "FULFILLED"

    async def found() -> list[str]:
        nodes = (await o.ask(OFFICER, FINDINGS, kind="ACCESS_BEYOND_EXCEPTION"))["governanceFindings"]["nodes"]
        return [each["name"] for each in nodes]

    assert await found() == []
    clock.advance(timedelta(days=30))
    assert await found() == ["acceptable-use: on a ship"]
    await run_due()
    assert await found() == []
    assert [(each["status"], each["suspendedFor"]) for each in await o.grants()] == [("SUSPENDED", ["POLICY_LAPSED"])]
