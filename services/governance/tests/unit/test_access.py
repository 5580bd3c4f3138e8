"""Requests, grants and the entitlement decision (G18-G20, X08)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.access.approvers import Approvers, stages
from governance.access.domain import (
    EndsInThePast,
    Grant,
    GrantIsRevoked,
    NotWaitingForApproval,
    OwnRequest,
    Request,
    RequestIsClosed,
)
from governance.access.events import (
    AccessReasonLifted,
    AccessRestored,
    AccessSuspended,
    GrantStatus,
    Kind,
    Prerequisite,
    Reason,
    RequestStatus,
)
from governance.approvals.domain import AlreadyConsented, Chain, ChainOutcome, Stage
from governance.departments.domain import Restriction
from governance.entitlement.domain import (
    Credential,
    Rival,
    Rule,
    Standing,
    Step,
    decide,
    missing,
    next_step,
    reasons_against,
)
from governance.policies.domain import Edition, still_counts
from governance.policies.terms import ChangeClass
from governance.risk.domain import Assessment
from governance.scope.domain import Approval, Conditions, DataClass, Scope, UsageContext, Use
from governance.tools.domain import Status, Tool

ID = UUID("0190f5fe-7d1e-7b5a-9c55-0d3c1f7a2b10")
OTHER = UUID("0190f5fe-7d1e-7b5a-9c55-0d3c1f7a2b11")
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
reasons = st.sets(st.sampled_from(Reason)).map(frozenset)
CONDITIONS = Conditions(("universal-fluency", "client-work"), ("acceptable-use",), Approval.NONE)


def a_tool(status: Status = Status.APPROVED, conditions: Conditions = CONDITIONS) -> Tool:
    return Tool(
        ID, "draft", "Draft", "Acme", "1", "cloud", "drafts", "E0004", "E0011", status,
        Assessment(False, False, False, False, False),
        (Scope(DataClass.CLIENT, UsageContext.CLIENT_WORK, "sales"),), conditions,
    )  # fmt: skip


def a_request(**differently: Any) -> Request:
    made = Request.make(
        ID, employee_id="E0011", tool_id=ID, data_class=DataClass.CLIENT, context=UsageContext.CLIENT_WORK, region=None,
        justification="", missing=(), valid_until=None, now=NOW,
    ).after  # fmt: skip
    return replace(made, **differently)


def a_grant(*suspended_for: Reason) -> Grant:
    return replace(a_request().fulfil(ID, NOW)[1].after, suspended_for=frozenset(suspended_for))


def edition(number: int, change: ChangeClass = ChangeClass.MAJOR, acknowledge_by: datetime = NOW) -> Edition:
    return Edition(number, change, "text", "hash", NOW, "E0021", acknowledge_by)


POLICIES = {"acceptable-use": (edition(1),)}


def a_ban(department_id: str) -> Restriction:
    return Restriction.impose(
        ID, department_id, tool_id=None, allowed=(), removed=(), remaining=(), reason="audit",
        review_by=NOW.date() + DAY, by="E0010", today=NOW.date(),
    ).after  # fmt: skip


def a_rival(since: datetime = NOW - DAY, grant_id: UUID = OTHER) -> Rival:
    return Rival(ID, OTHER, "Payer", grant_id, since, "duties", "four eyes")


def a_person(**differently: Any) -> Standing:
    return replace(
        Standing(
            "E0011", True, "sales", "E0010",
            (Credential("1", "universal-fluency", NOW), Credential("2", "client-work", NOW)),
            (("acceptable-use", 1),),
        ),
        **differently,
    )  # fmt: skip


@given(reasons, reasons)
def test_a_grant_comes_to_exactly_the_reasons_that_hold_one_change_each_G20(
    before: frozenset[Reason], after: frozenset[Reason]
) -> None:
    grant = a_grant(*before)
    changes = grant.reassess(after)
    assert len(changes) == len(before ^ after)
    last = changes[-1].after if changes else grant
    assert last.suspended_for == after
    assert last.version == grant.version + len(changes)
    assert (last.status is GrantStatus.ACTIVE) == (not after)
    restored = [change for change in changes if isinstance(change.because, AccessRestored)]
    assert len(restored) == (1 if before and not after else 0)
    assert {
        change.because.reason for change in changes if isinstance(change.because, AccessSuspended)
    } == after - before


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(Reason)), max_size=20))
def test_a_grant_is_usable_exactly_while_nothing_stands_against_it_whatever_the_order_G20(
    story: list[tuple[bool, Reason]],
) -> None:
    grant, expected = a_grant(), set[Reason]()
    for comes, reason in story:
        expected = expected | {reason} if comes else expected - {reason}
        for change in grant.reassess(expected):
            grant = change.after
            usable = isinstance(change.because, AccessRestored)
            assert usable == (not grant.suspended_for)
        assert (grant.status is GrantStatus.ACTIVE) == (not expected)


def test_lifting_one_of_two_reasons_restores_nothing_C4() -> None:
    change = a_grant(Reason.TOOL_SUSPENDED, Reason.CREDENTIAL_LAPSED).lift(Reason.TOOL_SUSPENDED)
    assert isinstance(change.because, AccessReasonLifted)
    assert change.because.remaining == (Reason.CREDENTIAL_LAPSED,)
    assert change.after.status is GrantStatus.SUSPENDED


def test_a_revoked_grant_never_comes_back_G22() -> None:
    revoked = a_grant().revoke("left", NOW).after
    attempts: tuple[Callable[[], object], ...] = (
        lambda: revoked.suspend(Reason.OUT_OF_SCOPE),
        lambda: revoked.lift(Reason.OUT_OF_SCOPE),
        lambda: revoked.revoke("again", NOW),
    )
    for attempt in attempts:
        with pytest.raises(GrantIsRevoked):
            attempt()


def test_the_last_missing_thing_turns_a_request_into_a_grant_G19() -> None:
    tool = a_tool()
    nothing = a_person(credentials=(), acknowledged=())
    assert missing(tool, nothing, POLICIES, NOW) == (
        Prerequisite(Kind.POLICY, "acceptable-use"),
        Prerequisite(Kind.CREDENTIAL, "universal-fluency"),
        Prerequisite(Kind.CREDENTIAL, "client-work"),
    )
    assert next_step(a_request(), tool, nothing, POLICIES, NOW)[0] is Step.WAIT
    almost = a_person(acknowledged=())
    assert next_step(a_request(), tool, almost, POLICIES, NOW) == (
        Step.WAIT,
        (Prerequisite(Kind.POLICY, "acceptable-use"),),
    )
    assert next_step(a_request(), tool, a_person(), POLICIES, NOW) == (Step.GRANT, ())


def test_a_complete_request_for_a_tool_that_is_not_approved_waits_and_one_out_of_scope_is_denied_G19() -> None:
    for status in Status:
        step = next_step(a_request(), a_tool(status), a_person(), POLICIES, NOW)[0]
        assert step is (Step.GRANT if status is Status.APPROVED else Step.WAIT)
    elsewhere = a_person(department_id="support")
    assert next_step(a_request(), a_tool(), elsewhere, POLICIES, NOW)[0] is Step.DENY


def test_a_manager_is_asked_only_when_everything_else_is_there_G18() -> None:
    tool = a_tool(conditions=replace(CONDITIONS, approval=Approval.LINE_MANAGER))
    assert next_step(a_request(), tool, a_person(acknowledged=()), POLICIES, NOW)[0] is Step.WAIT
    assert next_step(a_request(), tool, a_person(), POLICIES, NOW)[0] is Step.ASK_APPROVER
    waiting = a_request(status=RequestStatus.PENDING_APPROVAL)
    with pytest.raises(OwnRequest):
        waiting.approve("E0011", NOW)
    with pytest.raises(NotWaitingForApproval):
        a_request().approve("E0010", NOW)
    consented = waiting.approve("E0010", NOW).after
    assert next_step(consented, tool, a_person(), POLICIES, NOW)[0] is Step.GRANT
    assert next_step(consented, tool, a_person(credentials=()), POLICIES, NOW)[0] is Step.WAIT


EVERYBODY = Approvers(frozenset({"E0004", "E0010", "E0011", "E0012", "E0020"}), {"sales": ("E0012",)}, ("E0020",))


def who_is_asked(approval: Approval, person: Standing, approvers: Approvers = EVERYBODY) -> list[tuple[str, ...]]:
    found = stages(a_tool(conditions=replace(CONDITIONS, approval=approval)), person, approvers)
    return [(*stage.approvers, "then", *stage.alternates) for stage in found]


def test_the_conditions_say_who_consents_and_alternates_stand_by_G12() -> None:
    dana = a_person()
    assert who_is_asked(Approval.LINE_MANAGER, dana) == [("E0010", "then", "E0004")]
    assert who_is_asked(Approval.TOOL_OWNER, dana) == [("E0004", "then", "E0020")]
    assert who_is_asked(Approval.LINE_MANAGER_THEN_OWNER, dana) == [
        ("E0010", "then", "E0012"),
        ("E0004", "then", "E0020"),
    ]
    assert who_is_asked(Approval.NONE, dana) == []
    alone = replace(EVERYBODY, working=frozenset({"E0004", "E0012"}))
    assert who_is_asked(Approval.LINE_MANAGER, dana, alone) == [("E0004", "then", "E0012")]


@given(
    st.sampled_from([Approval.LINE_MANAGER, Approval.TOOL_OWNER, Approval.LINE_MANAGER_THEN_OWNER]),
    st.sampled_from(["E0004", "E0010", "E0011", "E0012", "E0020"]),
    st.sampled_from([None, "E0004", "E0010", "E0011", "E0012", "E0020"]),
    st.sets(st.sampled_from(["E0004", "E0010", "E0011", "E0012", "E0020"])),
)
def test_never_the_requester_and_never_one_person_at_two_stages_G13(
    approval: Approval, requester: str, manager: str | None, working: set[str]
) -> None:
    person = a_person(employee_id=requester, manager_id=manager)
    found = stages(
        a_tool(conditions=replace(CONDITIONS, approval=approval)),
        person,
        replace(EVERYBODY, working=frozenset(working)),
    )
    asked = [id for stage in found for id in stage.approvers]
    assert requester not in {*asked, *(id for stage in found for id in stage.alternates)}
    assert len(set(asked)) == len(asked)
    assert set(asked) <= working
    if approval is Approval.LINE_MANAGER_THEN_OWNER and found:
        assert "E0004" not in found[0].approvers
    if found:
        Chain.start(requester, found, NOW)


def test_who_consented_at_one_stage_does_not_at_the_next_G13() -> None:
    chain = Chain.start("E0011", (Stage("line manager", ("E0010",)), Stage("tool owner", ("E0004", "E0010"))), NOW)
    waiting = a_request(status=RequestStatus.PENDING_APPROVAL, chain=chain)
    first = waiting.approve("E0010", NOW).after
    assert (first.approved_by, first.asked) == (None, ("E0004", "E0010"))
    with pytest.raises(AlreadyConsented):
        first.approve("E0010", NOW)
    assert first.approve("E0004", NOW).after.approved_by == "E0004"


def test_a_chain_follows_the_people_who_are_to_be_asked_and_keeps_what_is_complete_G12() -> None:
    before = (Stage("line manager", ("E0010",)), Stage("tool owner", ("E0004",)))
    chain = Chain.start("E0011", before, NOW)
    assert chain.follow(before, NOW + DAY) is None
    moved = chain.follow((Stage("line manager", ("E0012",)), before[1]), NOW + DAY)
    assert moved is not None
    assert (moved.stage.asked, moved.due_at) == (("E0012",), NOW + DAY + timedelta(hours=72))
    half = chain.consent("E0010", NOW)
    followed = half.follow((Stage("line manager", ("E0012",)), Stage("tool owner", ("E0020",))), NOW + DAY)
    assert followed is not None
    assert (followed.current, followed.stage.asked) == (1, ("E0020",))
    assert followed.stages[0].consents == half.stages[0].consents
    done = half.follow((before[0],), NOW)
    assert done is not None
    assert done.outcome is ChainOutcome.APPROVED


@given(
    st.integers(-5, 5),
    st.booleans(),
    st.sampled_from([(), (("duties", ID),), (("duties", OTHER),), (("duties", None),)]),
)
def test_of_two_grants_exactly_one_stands_back_unless_excepted_G13(
    hours: int, smaller: bool, excepted: tuple[tuple[str, UUID | None], ...]
) -> None:
    mine, theirs = (ID, OTHER) if smaller else (OTHER, ID)
    since = NOW + timedelta(hours=hours)
    grant = replace(a_grant(), id=mine)
    other = replace(a_grant(), id=theirs, tool_id=OTHER, valid_from=since)
    person = a_person(
        excepted=excepted,
        rivals=(a_rival(since, theirs), Rival(OTHER, ID, "Draft", mine, NOW, "duties", "four eyes")),
    )
    first = person.rival_of(ID, [grant]) is not None
    second = person.rival_of(OTHER, [other]) is not None
    assert [first, second].count(True) == (0 if excepted else 1)
    if not excepted and hours:
        assert first == (hours < 0)


def test_a_closed_request_stays_closed_and_access_cannot_end_in_the_past_G18() -> None:
    closed = a_request().close(RequestStatus.WITHDRAWN, "no need", NOW).after
    attempts: tuple[Callable[[], object], ...] = (
        lambda: closed.close(RequestStatus.DENIED, "no", NOW),
        lambda: closed.fulfil(ID, NOW),
        lambda: closed.approve("E0010", NOW),
    )
    for attempt in attempts:
        with pytest.raises(RequestIsClosed):
            attempt()
    with pytest.raises(EndsInThePast):
        Request.make(
            ID, employee_id="E0011", tool_id=ID, data_class=DataClass.CLIENT, context=UsageContext.CLIENT_WORK,
            region=None, justification="", missing=(), valid_until=NOW, now=NOW,
        )  # fmt: skip


def test_a_credential_counts_from_its_first_day_to_the_end_of_its_grace_G20() -> None:
    period = Credential("1", "x", NOW, NOW + 10 * DAY)
    assert [period.holds(NOW + day * DAY) for day in (-1, 0, 9, 10)] == [False, True, True, False]
    graced = replace(period, grace_until=NOW + 20 * DAY)
    assert [graced.holds(NOW + day * DAY) for day in (10, 19, 20)] == [True, True, False]
    assert not replace(graced, grace_ended=True).holds(NOW)
    assert not replace(period, revoked=True).holds(NOW)
    assert not Credential("1", "x", grace_until=NOW + DAY).holds(NOW)
    assert Credential("1", "x", NOW).holds(NOW + 9999 * DAY)


def test_every_reason_has_its_own_cause_G20() -> None:
    cases = {
        frozenset[Reason](): (a_tool(), a_person()),
        frozenset({Reason.TOOL_SUSPENDED}): (a_tool(Status.SUSPENDED), a_person()),
        frozenset({Reason.CREDENTIAL_LAPSED}): (a_tool(), a_person(credentials=())),
        frozenset({Reason.POLICY_LAPSED}): (a_tool(), a_person(acknowledged=())),
        frozenset({Reason.OUT_OF_SCOPE}): (a_tool(), a_person(department_id="support")),
        frozenset({Reason.DEPT_RESTRICTED}): (a_tool(), a_person(restrictions=(a_ban("sales"),))),
        frozenset({Reason.INCOMPATIBLE}): (a_tool(), a_person(rivals=(a_rival(),))),
        frozenset(Reason): (
            a_tool(Status.SUSPENDED),
            a_person(
                credentials=(),
                acknowledged=(),
                department_id="support",
                restrictions=(a_ban("support"),),
                rivals=(a_rival(),),
            ),
        ),
    }
    for expected, (tool, person) in cases.items():
        assert reasons_against(a_grant(), tool, person, POLICIES, NOW) == expected


def test_every_failure_is_told_in_order_with_the_next_step_X08() -> None:
    use = Use(DataClass.CLIENT, UsageContext.CLIENT_WORK, "sales")
    fine = decide(tool=a_tool(), person=a_person(), use=use, grants=[a_grant()], policies=POLICIES, now=NOW)
    assert fine.allowed
    assert [link.rule for link in fine.reasons] == list(Rule)
    assert all(link.next_step is None for link in fine.reasons)

    nothing = decide(
        tool=a_tool(Status.SUSPENDED),
        person=a_person(works_here=False, credentials=(), acknowledged=()),
        use=Use(DataClass.PUBLIC, UsageContext.PUBLIC, "sales"),
        grants=[],
        policies=POLICIES,
        now=NOW,
    )
    assert not nothing.allowed
    assert [link.satisfied for link in nothing.reasons] == [False] * 3 + [True] + [False] * 2 + [True, False]
    steps = {link.rule: link.next_step for link in nothing.reasons}
    assert steps[Rule.CREDENTIALS_VALID] == "Complete the training for universal-fluency, client-work."
    assert steps[Rule.POLICIES_ACKNOWLEDGED] == "Read and acknowledge acceptable-use."
    assert steps[Rule.GRANT_ACTIVE] == "Request access."


@given(st.sets(st.integers(0, 7)))
def test_allowed_means_every_rule_is_satisfied_X08(broken: set[int]) -> None:
    person = a_person(
        works_here=0 not in broken,
        restrictions=(a_ban("support" if 2 in broken else "sales"),) if 3 in broken else (),
        acknowledged=() if 4 in broken else (("acceptable-use", 1),),
        credentials=() if 5 in broken else a_person().credentials,
        rivals=(a_rival(),) if 6 in broken else (),
    )
    found = decide(
        tool=a_tool(Status.SUSPENDED if 1 in broken else Status.APPROVED),
        person=person,
        use=Use(DataClass.CLIENT, UsageContext.CLIENT_WORK, "support" if 2 in broken else "sales"),
        grants=[] if 7 in broken else [a_grant()],
        policies=POLICIES,
        now=NOW,
    )
    assert found.allowed == (not broken)
    assert {n for n, link in enumerate(found.reasons) if not link.satisfied} == broken
    assert all(link.next_step for link in found.reasons[1:] if not link.satisfied)


def test_a_minor_version_carries_over_and_a_major_one_does_after_its_date_no_more_C6() -> None:
    minor, soon = edition(2, ChangeClass.MINOR), edition(3, acknowledge_by=NOW + DAY)
    assert still_counts(1, (edition(1), minor), NOW)
    assert still_counts(1, (edition(1), minor, soon), NOW)
    assert not still_counts(1, (edition(1), minor, soon), NOW + DAY)
    assert still_counts(3, (edition(1), minor, soon), NOW + DAY)
