"""From the first day to the credential (T02, T10, C5)."""

from datetime import timedelta

from chassis.testing import a_caller, a_hire

from .conftest import LMS, types


async def test_a_hire_gets_the_universal_path_and_passing_it_awards_the_credential_T02_T10(
    universal, deliver, published, learner, passes, clock
):
    await deliver("hris.employee-hired.v1", a_hire("E0001"))
    before = await learner("E0001")
    assert [one["state"] for one in before["trainingAssignments"]] == ["ASSIGNED"]
    assert before["trainingAssignments"][0]["credentialStatus"] == "PENDING"
    assert before["trainingAssignments"][0]["reasons"] == [
        {"origin": "UNIVERSAL", "ref": universal, "explanation": "Everyone who works here needs it.", "paused": False}
    ]
    assert before["credentials"] == []

    await passes("E0001", "UF-2")
    assert (await learner("E0001"))["trainingAssignments"][0]["state"] == "IN_PROGRESS"
    clock.advance(timedelta(hours=1))
    await passes("E0001", "UF-1")

    after = await learner("E0001")
    assert after["trainingAssignments"][0]["state"] == "SATISFIED"
    assert [one["status"] for one in after["credentials"]] == ["CERTIFIED"]
    assert after["trainingStatus"]["upToDate"] is True
    events = await published()
    assert types(events, "assignment", "training", "credential-awarded") == [
        "assignment-created", "training-completed", "assignment-started", "training-completed", "credential-awarded",
        "assignment-satisfied",
    ]  # fmt: skip
    created = next(event for event in events if event["type"] == "training.assignment-created.v1")
    assert created["key"] == "E0001"
    assert created["data"]["origins"] == [{"kind": "universal", "ref": universal}]
    awarded = next(event for event in events if event["type"] == "training.credential-awarded.v1")
    assert awarded["data"]["employee_id"] == "E0001"
    assert awarded["data"]["credential_type"] == "universal-fluency"
    assert awarded["data"]["valid_from"].startswith("2026-03-02T10:00")
    assert awarded["data"]["valid_until"].startswith("2027-03-02T10:00")


async def test_nothing_happens_before_a_future_hire_starts_C5a(universal, deliver, states, run_due, clock):
    await deliver("hris.employee-hired.v1", a_hire("E0002", effective_date="2026-03-10"))
    assert await states("E0002") == {}
    clock.advance(timedelta(days=8))
    await run_due()
    assert await states("E0002") == {"universal-fluency": "ASSIGNED"}


async def test_people_who_work_here_are_assigned_when_the_rule_is_declared_T02(mutate, deliver, states, published):
    for number in range(7):
        await deliver("hris.employee-hired.v1", a_hire(f"E010{number}"))
    await deliver("hris.employee-terminated.v1", {"employee_id": "E0106", "last_day": "2026-02-01"})
    await mutate("declareRequirement", {"credentialType": "universal-fluency"})
    assert types(await published(), "assignment-created") == ["assignment-created"] * 6
    assert await states("E0106") == {}


async def test_leaving_cancels_and_coming_back_assigns_anew_but_keeps_the_credential_C5c(
    universal, deliver, states, passes, published
):
    await deliver("hris.employee-hired.v1", a_hire("E0003"))
    await deliver("hris.employee-hired.v1", a_hire("E0004"))
    await passes("E0004", "UF-1", "UF-2")
    for employee_id in ("E0003", "E0004"):
        await deliver("hris.employee-terminated.v1", {"employee_id": employee_id, "last_day": "2026-03-01"})
        assert await states(employee_id) == {}
    cancelled = [event["data"] for event in await published() if event["type"] == "training.assignment-cancelled.v1"]
    assert {one["employee_id"]: one["reason"] for one in cancelled} == {
        "E0003": "The employment has ended.", "E0004": "The employment has ended.",
    }  # fmt: skip
    for employee_id in ("E0003", "E0004"):
        await deliver("hris.employee-rehired.v1", a_hire(employee_id, effective_date="2026-03-02"))
    assert await states("E0003") == {"universal-fluency": "ASSIGNED"}
    assert await states("E0004") == {"universal-fluency": "SATISFIED"}


async def test_terminated_before_hired_leaves_no_assignment_C5c(universal, deliver, states):
    await deliver("hris.employee-terminated.v1", {"employee_id": "E0005", "last_day": "2026-02-01"})
    await deliver("hris.employee-hired.v1", a_hire("E0005"))
    assert await states("E0005") == {}


async def test_a_learner_cannot_record_and_nobody_records_for_themselves_T08(universal, deliver, mutate):
    await deliver("hris.employee-hired.v1", a_hire("E0001"))
    input = {"employeeId": "E0001", "course": "UF-1"}
    refused = await mutate("recordCompletion", input, caller=a_caller("E0001"))
    assert [error["code"] for error in refused["errors"]] == ["NOT_ENTITLED"]
    refused = await mutate("recordCompletion", input, caller=a_caller("E0001", "curriculum_owner"))
    assert [error["code"] for error in refused["errors"]] == ["OWN_COMPLETION"]
    unknown = await mutate("recordCompletion", {**input, "employeeId": "E7777"}, caller=LMS)
    assert unknown["errors"] == [{"code": "NOT_FOUND", "message": "There is no employee E7777."}]
    unknown = await mutate("recordCompletion", {**input, "course": "NO-1"}, caller=LMS)
    assert unknown["errors"] == [{"code": "NOT_FOUND", "message": "There is no course NO-1."}]


async def test_the_same_key_records_once_and_answers_the_same_T08(universal, deliver, mutate, published):
    await deliver("hris.employee-hired.v1", a_hire("E0001"))
    input = {"employeeId": "E0001", "course": "UF-1", "idempotencyKey": "once"}
    first = await mutate("recordCompletion", input, "completion { id }", caller=LMS)
    again = await mutate("recordCompletion", input, "completion { id }", caller=LMS)
    assert first == again
    assert types(await published(), "training-completed") == ["training-completed"]


async def test_a_score_below_the_pass_mark_does_not_pass_T08(universal, deliver, mutate, learner, published):
    await deliver("hris.employee-hired.v1", a_hire("E0001"))
    await mutate("recordCompletion", {"employeeId": "E0001", "course": "UF-1"}, caller=LMS)
    payload = await mutate(
        "recordCompletion",
        {"employeeId": "E0001", "course": "UF-2", "score": 0.69},
        "completion { passed }",
        caller=LMS,
    )
    assert payload["completion"] == {"passed": False}
    assert (await learner("E0001"))["credentials"] == []
    assert types(await published(), "training") == ["training-completed", "training-failed"]


async def test_no_date_runs_during_a_leave_and_its_days_are_given_back_T05(universal, deliver, learner, run_due, clock):
    await deliver("hris.employee-hired.v1", a_hire("E0001"))
    await deliver("hris.employee-leave-started.v1", {"employee_id": "E0001", "effective_date": "2026-03-12"})
    clock.advance(timedelta(days=10))
    await run_due()
    (assignment,) = (await learner("E0001"))["trainingAssignments"]
    assert (assignment["state"], assignment["dueAt"]) == ("PAUSED", None)
    clock.advance(timedelta(days=100))
    await deliver("hris.employee-leave-ended.v1", {"employee_id": "E0001", "effective_date": "2026-06-20"})
    (assignment,) = (await learner("E0001"))["trainingAssignments"]
    assert (assignment["state"], assignment["dueAt"][:10]) == ("ASSIGNED", "2026-07-10")
