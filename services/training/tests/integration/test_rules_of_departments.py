"""Who may require what, and who follows (T01, T05, T07)."""

from chassis.testing import a_caller, a_hire

LEADER = a_caller("E0500", "department_leader", department_id="sales")
OTHER_LEADER = a_caller("E0600", "department_leader", department_id="finance")


async def test_a_department_leader_requires_role_credentials_of_the_own_department_T07(mutate, deliver, states):
    await deliver("hris.employee-hired.v1", a_hire("E0001"))
    await deliver("hris.employee-hired.v1", a_hire("E0002", department="finance"))
    payload = await mutate(
        "declareRequirement", {"credentialType": "client-work"},
        "requirement { origin tier department { id } }", caller=LEADER,
    )  # fmt: skip
    assert payload["requirement"] == {"origin": "DEPARTMENT_RULE", "tier": "DEPARTMENT", "department": {"id": "sales"}}
    assert await states("E0001") == {"client-work": "ASSIGNED"}
    assert await states("E0002") == {}


async def test_a_department_leader_is_told_who_decides_otherwise_T07(mutate):
    foreign = await mutate(
        "declareRequirement", {"credentialType": "client-work", "departmentId": "finance"}, caller=LEADER
    )
    assert foreign["errors"][0]["code"] == "NOT_ENTITLED"
    assert "the leader of finance" in foreign["errors"][0]["message"]
    universal = await mutate("declareRequirement", {"credentialType": "universal-fluency"}, caller=LEADER)
    assert "enterprise tier" in universal["errors"][0]["message"]


async def test_a_department_cannot_withdraw_what_the_enterprise_requires_T07(universal, mutate):
    payload = await mutate("withdrawRequirement", {"id": universal}, "requirement { id }", caller=LEADER)
    assert payload["requirement"] is None
    assert payload["errors"][0]["code"] == "NOT_ENTITLED"
    assert "enterprise tier by the AI steward" in payload["errors"][0]["message"]
    own = await mutate("declareRequirement", {"credentialType": "client-work"}, "requirement { id }", caller=LEADER)
    foreign = await mutate("withdrawRequirement", {"id": own["requirement"]["id"]}, caller=OTHER_LEADER)
    assert "the leader of sales" in foreign["errors"][0]["message"]
    done = await mutate(
        "withdrawRequirement", {"id": own["requirement"]["id"]}, "requirement { withdrawnAt }", caller=LEADER
    )
    assert done["requirement"]["withdrawnAt"] is not None


async def test_the_same_rule_twice_is_refused_T05(universal, mutate):
    payload = await mutate("declareRequirement", {"credentialType": "universal-fluency", "dueDays": 5})
    assert [error["code"] for error in payload["errors"]] == ["REQUIRED_ALREADY"]


async def test_a_transfer_brings_the_rules_of_the_new_place_C5b(mutate, deliver, states):
    await deliver("hris.employee-hired.v1", a_hire("E0001", department="finance"))
    await mutate("declareRequirement", {"credentialType": "client-work"}, caller=LEADER)
    assert await states("E0001") == {}
    transfer = {"employee_id": "E0001", "effective_date": "2026-03-01", "department": {"id": "sales", "name": "Sales"}}
    await deliver("hris.employee-transferred.v1", transfer)
    assert await states("E0001") == {"client-work": "ASSIGNED"}
    back = {"employee_id": "E0001", "effective_date": "2026-03-02", "department": {"id": "finance", "name": "Finance"}}
    await deliver("hris.employee-transferred.v1", back)
    assert await states("E0001") == {}


async def test_people_managers_only_T04(mutate, deliver, states):
    await deliver("hris.employee-hired.v1", a_hire("E0001"))
    await deliver("hris.employee-hired.v1", a_hire("E0002", is_people_manager=True))
    await mutate("declareRequirement", {"credentialType": "client-work", "peopleManagersOnly": True})
    assert await states("E0001") == {}
    assert await states("E0002") == {"client-work": "ASSIGNED"}


async def test_only_the_enterprise_defines_the_catalogue_T01(mutate):
    for field, input in (
        ("defineCourse", {"code": "X-1", "title": "X", "tier": "UNIVERSAL"}),
        ("publishCourse", {"code": "X-1"}),
        ("defineCurriculum", {"code": "x", "name": "X", "tier": "UNIVERSAL", "steps": [{"course": "X-1"}]}),
        ("defineCredentialType", {"code": "x", "name": "X", "tier": "UNIVERSAL", "curriculum": "x"}),
    ):
        payload = await mutate(field, input, caller=LEADER)
        assert [error["code"] for error in payload["errors"]] == ["NOT_ENTITLED"], field


async def test_an_edition_never_changes_and_a_draft_waits_T01(mutate, graph):
    await mutate("defineCourse", {"code": "UF-1", "title": "Renewed", "tier": "UNIVERSAL"})
    query = "{ courses(first: 100) { nodes { code title edition hasDraft } } }"
    courses = {one["code"]: one for one in (await graph(query, caller=LEADER))["data"]["courses"]["nodes"]}
    assert courses["UF-1"] == {"code": "UF-1", "title": "Course UF-1", "edition": 1, "hasDraft": True}
    await mutate("publishCourse", {"code": "UF-1"})
    nothing = await mutate("publishCourse", {"code": "UF-1"})
    assert [error["code"] for error in nothing["errors"]] == ["NOTHING_TO_PUBLISH"]
    courses = {one["code"]: one for one in (await graph(query, caller=LEADER))["data"]["courses"]["nodes"]}
    assert courses["UF-1"] == {"code": "UF-1", "title": "Renewed", "edition": 2, "hasDraft": False}


async def test_a_curriculum_that_cannot_be_completed_is_refused_T01(mutate):
    input = {"code": "y", "name": "Y", "tier": "ROLE"}
    for steps, code in (
        ([{"course": "NO-1"}], "NO_SUCH_COURSE"),
        ([{"course": "CW-1", "mandatory": False}], "NO_MANDATORY_STEP"),
        ([{"course": "CW-1"}, {"course": "CW-1"}], "STEP_TWICE"),
    ):
        payload = await mutate("defineCurriculum", {**input, "steps": steps})
        assert [error["code"] for error in payload["errors"]] == [code]
    payload = await mutate(
        "defineCurriculum", {"code": "z", "name": "Z", "tier": "UNIVERSAL", "steps": [{"course": "CW-1"}]}
    )
    assert [error["code"] for error in payload["errors"]] == ["FOR_ANOTHER_TIER"]


async def test_a_rule_for_nowhere_is_refused_T05(mutate):
    payload = await mutate("declareRequirement", {"credentialType": "client-work", "departmentId": "slaes"})
    assert payload["errors"] == [{"code": "NOT_FOUND", "message": "There is no department slaes."}]
    payload = await mutate("declareRequirement", {"credentialType": "no-such"})
    assert payload["errors"] == [{"code": "NOT_FOUND", "message": "There is no credential type no-such."}]
