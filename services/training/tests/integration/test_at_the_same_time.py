"""What happens at the same moment still happens once, and nothing falls between (C1, T02)."""

import asyncio

from chassis.testing import a_hire

from .conftest import LMS, types
from .test_tool_conditions import APPROVED, CLOSED, HIRED, REQUESTED


async def test_who_is_hired_while_a_rule_is_declared_is_assigned_T02(mutate, deliver, states, published):
    hires = [deliver("hris.employee-hired.v1", a_hire(f"E01{number:02}")) for number in range(8)]
    await asyncio.gather(*hires[:4], mutate("declareRequirement", {"credentialType": "universal-fluency"}), *hires[4:])
    for number in range(8):
        assert await states(f"E01{number:02}") == {"universal-fluency": "ASSIGNED"}
    assert len(types(await published(), "assignment-created")) == 8


async def test_two_last_courses_passed_at_once_award_once_C1(universal, mutate, deliver, published, states):
    await deliver(*HIRED)
    recorded = [{"employeeId": "E0001", "course": course} for course in ("UF-1", "UF-2")]
    await asyncio.gather(*(mutate("recordCompletion", input, caller=LMS) for input in recorded))
    assert await states("E0001") == {"universal-fluency": "SATISFIED"}
    assert types(await published(), "credential-awarded") == ["credential-awarded"]


async def test_approval_and_request_at_once_assign_once_C1(deliver, published, states):
    await deliver(*HIRED)
    await asyncio.gather(deliver(*APPROVED), deliver(*REQUESTED))
    assert await states("E0001") == {"client-work": "ASSIGNED"}
    assert types(await published(), "assignment-created") == ["assignment-created"]


async def test_the_last_two_reasons_gone_at_once_cancel_once_T05(mutate, deliver, published, states):
    await deliver(*HIRED)
    rule = await mutate("declareRequirement", {"credentialType": "client-work"}, "requirement { id }")
    await deliver(*REQUESTED)
    await asyncio.gather(deliver(*CLOSED), mutate("withdrawRequirement", {"id": rule["requirement"]["id"]}))
    assert await states("E0001") == {}
    assert types(await published(), "assignment-cancelled") == ["assignment-cancelled"]


async def test_a_pass_while_its_credential_is_defined_counts_T10(mutate, deliver, learner):
    people = [f"E01{number:02}" for number in range(6)]
    for employee_id in people:
        await deliver("hris.employee-hired.v1", a_hire(employee_id))
    passed = [mutate("recordCompletion", {"employeeId": id, "course": "CW-1"}, caller=LMS) for id in people]
    terms = {"code": "second", "name": "Second", "tier": "ROLE", "curriculum": "client"}
    await asyncio.gather(*passed[:3], mutate("defineCredentialType", terms), *passed[3:])
    for employee_id in people:
        held = {one["credentialType"]["id"] for one in (await learner(employee_id))["credentials"]}
        assert held == {"client-work", "second"}


async def test_a_rule_for_many_people_is_written_in_sets_T02(mutate, database, published, clock):
    async with database.transaction() as tx:
        await tx.execute("INSERT INTO departments VALUES ('sales', 'Sales')")
        await tx.execute("INSERT INTO employees (id, name) SELECT 'X' || n, 'X' FROM generate_series(1, 1200) n")
        await tx.execute("INSERT INTO employments SELECT 'X' || n, '2024-01-01' FROM generate_series(1, 1200) n")
        await tx.execute(
            "INSERT INTO memberships (employee_id, from_date, department_id)"
            " SELECT 'X' || n, '2024-01-01', 'sales' FROM generate_series(1, 1200) n"
        )
    await mutate("declareRequirement", {"credentialType": "universal-fluency"})
    assert len(types(await published(), "assignment-created")) == 1200
