"""The rules of the process inventory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.domain import NotEntitled
from process.processes.domain import (
    AiPath,
    BadPriority,
    BadProcessCode,
    Colleague,
    Direction,
    Handover,
    Kpi,
    Process,
    ProcessInUse,
    ProcessIsRetired,
    ProcessOwnerChanged,
    ProcessStatusChanged,
    Profile,
    ProfileInvalid,
    Status,
    successor,
)
from process.rights.domain import Asker, must_change, must_lead, must_register, must_work_in

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PROFILE = Profile("Answer a request", 1000, 10, 3, 0.1, measurable_kpis=(Kpi("cycle time", "h", Direction.DOWN),))


def a_process() -> Process:
    return Process.register(
        UUID(int=1), "answer-a-request", department_id="support", owner_id="E0001", profile=PROFILE, now=NOW
    ).after


def test_hours_at_stake_are_volume_times_minutes_P01() -> None:
    assert PROFILE.hours_at_stake == pytest.approx(166.67, abs=0.01)


def test_everything_wrong_with_a_description_is_said_at_once_P01() -> None:
    with pytest.raises(ProfileInvalid) as refused:
        Profile(" ", -1, 0, 5, 1.5, measurable_kpis=(Kpi("a", "h", Direction.UP), Kpi("a", "", Direction.UP))).check()
    assert len(refused.value.facts["problems"]) == 7


@pytest.mark.parametrize("code", ["", "Has Capitals", "two--hyphens", "x" * 61])
def test_a_code_is_short_and_plain_P01(code: str) -> None:
    with pytest.raises(BadProcessCode):
        Process.register(UUID(int=1), code, department_id="support", owner_id="E0001", profile=PROFILE, now=NOW)


def test_the_status_follows_from_facts_P01() -> None:
    process = a_process()
    assert process.status is Status.REGISTERED
    process = process.prioritise(1, NOW).after
    assert process.status is Status.PRIORITISED
    for path, status in [
        (AiPath.DRAFTED, Status.IN_REDESIGN),
        (AiPath.EFFECTIVE, Status.AI_ENABLED),
        (AiPath.BLOCKED, Status.DEGRADED),
        (AiPath.EFFECTIVE, Status.AI_ENABLED),
        (AiPath.NONE, Status.PRIORITISED),
    ]:
        before = process.status
        change = process.follow(path)
        assert change is not None
        assert change.because == ProcessStatusChanged(process.id, process.code, "support", status, before)
        process = change.after
        assert process.status is status
        assert process.follow(path) is None


@given(st.lists(st.sampled_from(list(AiPath))))
def test_one_blocked_procedure_degrades_the_process_P18(paths: list[AiPath]) -> None:
    strongest = AiPath.strongest(paths)
    assert (strongest is AiPath.BLOCKED) == (AiPath.BLOCKED in paths)
    assert AiPath.strongest([*paths, AiPath.NONE]) is strongest


def test_a_retired_process_does_not_change_P01() -> None:
    with pytest.raises(ProcessInUse, match="withdraw answer"):
        a_process().retire(("answer",), NOW)
    retired = a_process().retire((), NOW).after
    assert retired.status is Status.RETIRED
    assert retired.follow(AiPath.EFFECTIVE) is None
    with pytest.raises(ProcessIsRetired):
        retired.update(PROFILE)


def test_a_priority_is_a_rank_P05() -> None:
    with pytest.raises(BadPriority):
        a_process().prioritise(0, NOW)


def test_an_owner_who_left_by_mistake_gets_the_process_back_C5c() -> None:
    process = a_process()
    moved = process.owner_left("E0002")
    assert moved.because == ProcessOwnerChanged(process.id, process.code, "E0002", "E0001", Handover.LEFT)
    vacant = moved.after.owner_left(None).after
    assert vacant.owner_vacant
    assert vacant.owner_returned().after.owner_id == "E0001"
    named = vacant.name_owner("E0005").after
    assert (named.owner_id, named.left_owner_id) == ("E0005", None)


def people(*colleagues: Colleague) -> dict[str, Colleague]:
    return {colleague.id: colleague for colleague in colleagues}


OWNER = Colleague("E0001", "support", "E0002", False, False)
MANAGER = Colleague("E0002", "support", "E0003", True, True)
HEAD = Colleague("E0003", "support", "E0099", True, True)


def test_the_nearest_manager_who_works_here_takes_over_C5c() -> None:
    assert successor(OWNER, "support", people(MANAGER, HEAD)) == "E0002"
    gone = replace(MANAGER, works_here=False)
    assert successor(OWNER, "support", people(gone, HEAD)) == "E0003"
    assert successor(replace(OWNER, manager_id=None), "support", people(MANAGER, HEAD)) == "E0003"
    assert successor(OWNER, "support", people(gone, replace(HEAD, works_here=False))) is None
    in_a_ring = replace(MANAGER, works_here=False, manager_id="E0001")
    assert successor(OWNER, "support", people(in_a_ring)) is None


def test_the_department_tier_decides_on_processes_G02() -> None:
    employee = Asker("E0009", frozenset({"employee"}), "support")
    leader = Asker("E0003", frozenset({"department_leader"}), "support")
    elsewhere = Asker("E0004", frozenset({"department_leader"}), "sales")
    owner = Asker("E0001", frozenset({"process_owner"}), "sales")
    steward = Asker("E0005", frozenset({"ai_steward"}), None)
    for allowed in (leader, owner, steward):
        must_register(allowed, "support", "E0001")
        must_change(allowed, "support", "E0001", "Changing a process")
    for refused in (employee, elsewhere):
        with pytest.raises(NotEntitled, match="the leader of department support or an AI steward"):
            must_register(refused, "support", "E0001")
        with pytest.raises(NotEntitled, match="decided at the department tier by the process owner \\(E0001\\)"):
            must_change(refused, "support", "E0001", "Changing a process")
    must_lead(leader, "support", "Which processes come first")
    for refused in (employee, elsewhere, owner, steward):
        with pytest.raises(NotEntitled):
            must_lead(refused, "support", "Which processes come first")
    must_work_in(employee, "support", None, "Drafting a procedure")
    with pytest.raises(NotEntitled):
        must_work_in(elsewhere, "support", None, "Drafting a procedure")
