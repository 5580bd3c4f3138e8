"""What a person sees of themselves, and where they are counted."""

from __future__ import annotations

from datetime import date, timedelta

from chassis.testing import a_caller, a_hire

TODAY = date(2026, 3, 2)
PEOPLE = """query People($people: [_Any!]!) { _entities(representations: $people) { ... on Employee {
    id reportingGroup { department { id } since counted reason }
} } }"""
ACTIVITY = """query Activity($people: [_Any!]!) { _entities(representations: $people) { ... on Employee {
    id activity { asOf windowFrom daysInWindow activeDays actions lastActiveOn
        tools { tool { id } name activeDays actions } }
} } }"""


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def representations(*people: str) -> dict[str, object]:
    return {"people": [{"__typename": "Employee", "id": person} for person in people]}


async def test_a_person_sees_their_own_activity_M02(world, graph):
    (me, *_) = await world.hire("sales", 5)
    await world.tool_event("proposed")
    await world.use(me, ago(3), ago(1), actions=2)
    await world.use(me, ago(3), actions=1, tool="chat", surface="web")
    answer = await graph(ACTIVITY, representations(me), caller=a_caller(me, "employee"))

    assert answer["errors"] is None
    assert answer["data"]["_entities"][0]["activity"] == {
        "asOf": "2026-03-02",
        "windowFrom": "2026-02-03",
        "daysInWindow": 28,
        "activeDays": 2,
        "actions": 5,
        "lastActiveOn": "2026-03-01",
        "tools": [
            {"tool": {"id": str(world.tool)}, "name": str(world.tool), "activeDays": 2, "actions": 4},
            {"tool": None, "name": "chat", "activeDays": 1, "actions": 1},
        ]
        if str(world.tool) < "chat"
        else [
            {"tool": None, "name": "chat", "activeDays": 1, "actions": 1},
            {"tool": {"id": str(world.tool)}, "name": str(world.tool), "activeDays": 2, "actions": 4},
        ],
    }


async def test_nobody_sees_anybody_elses_activity_whatever_their_role_M18(world, graph):
    me, other, *_ = await world.hire("sales", 5)
    for role in ("employee", "executive_sponsor", "metrics_owner", "auditor", "team_lead"):
        answer = await graph(ACTIVITY, representations(me, other), caller=a_caller(me, role))

        assert answer["data"]["_entities"][0]["activity"]["actions"] == 0
        assert answer["data"]["_entities"][1] == {"id": other, "activity": None}
        (error,) = answer["errors"]
        assert error["extensions"]["code"] == "ACTIVITY_IS_PRIVATE"
        assert error["path"] == ["_entities", 1, "activity"]


async def test_a_new_hire_is_counted_from_the_first_day_C5a(deliver, graph, clock, run_due):
    await deliver("hris.employee-hired.v1", a_hire("E0001", "sales"))
    await deliver("hris.employee-hired.v1", a_hire("E0002", "legal", effective_date=str(TODAY + timedelta(days=3))))
    caller = a_caller("E0001", "employee")
    answer = await graph(PEOPLE, representations("E0001", "E0002", "E0404"), caller=caller)

    assert [person["reportingGroup"] for person in answer["data"]["_entities"]] == [
        {"department": {"id": "sales"}, "since": "2024-01-01", "counted": True, "reason": "AT_WORK"},
        {"department": {"id": "legal"}, "since": "2026-03-05", "counted": False, "reason": "NOT_STARTED"},
        None,
    ]
    clock.advance(timedelta(days=3))
    await run_due()
    answer = await graph(PEOPLE, representations("E0002"), caller=caller)
    assert answer["data"]["_entities"][0]["reportingGroup"]["counted"] is True


async def test_since_is_when_the_stay_in_the_department_began_M04(world, graph, deliver):
    (me, *_) = await world.hire("sales", 1)
    await world.transfer(me, "legal", ago(50))
    await deliver("hris.employee-changed.v1", {"employee_id": me, "effective_date": ago(20), "level": "5"})
    answer = await graph(PEOPLE, representations(me), caller=a_caller(me, "employee"))
    group = answer["data"]["_entities"][0]["reportingGroup"]
    assert (group["department"]["id"], group["since"]) == ("legal", str(ago(50)))

    await world.transfer(me, "sales", ago(10))
    answer = await graph(PEOPLE, representations(me), caller=a_caller(me, "employee"))
    group = answer["data"]["_entities"][0]["reportingGroup"]
    assert (group["department"]["id"], group["since"]) == ("sales", str(ago(10)))


async def test_who_left_or_is_on_leave_is_not_counted_C5c(world, graph, deliver):
    gone, away, *_ = await world.hire("sales", 3)
    await world.terminate(gone, ago(1))
    await deliver("hris.employee-leave-started.v1", {"employee_id": away, "effective_date": ago(1)})
    answer = await graph(PEOPLE, representations(gone, away), caller=a_caller("E1", "employee"))

    reasons = [person["reportingGroup"]["reason"] for person in answer["data"]["_entities"]]
    assert reasons == ["LEFT", "ON_LEAVE"]
