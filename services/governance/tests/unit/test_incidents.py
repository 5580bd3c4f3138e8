"""Who answers for an incident, and when it may close (G27, G28, C9)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.domain import Refused
from governance.incidents.domain import (
    Basis,
    Candidate,
    Circumstances,
    CorrectionMissing,
    Incident,
    IncidentInWrongState,
    IncidentStatus,
    NobodyAnswers,
    NoToolToSuspend,
    OwnIncident,
    Severity,
    Source,
    WordsMissing,
    resolve,
)
from governance.incidents.reporter import Reporter
from governance.incidents.tickets import Telling, Ticket, TicketSettled, names, the_one
from governance.processes.domain import Standard, StepUnknown

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TOOL = UUID(int=1)
OWNER = Candidate(Basis.TOOL_OWNER, "E0004")
candidates = st.lists(
    st.builds(Candidate, st.sampled_from(Basis), st.sampled_from(("E1", "E2", "E3")), st.booleans()), max_size=6
)


def an_incident(answers: Candidate | None = OWNER, tool: UUID | None = TOOL) -> Incident:
    return Incident.open(
        UUID(int=9), title="It quoted a contract", description="", source=Source.EMPLOYEE, reporter=Reporter("E0011"),
        ticket=None, tool_id=tool, process_id=None, circumstances=Circumstances(), harms=(), answers=answers, now=NOW,
    ).after  # fmt: skip


def corrected(answers: Candidate | None = OWNER) -> Incident:
    contained = an_incident(answers).triage(Severity.HIGH, (), accountable_id=None).after
    contained = contained.contain("drafts are held back", tool_suspended=False, now=NOW).after
    return contained.correct(("mask names",), none_because=None).after


@given(st.integers(0, 20), st.none() | st.just("sales"))
def test_of_who_is_not_named_only_a_department_of_five_or_more_is_kept_G28(people: int, department: str | None) -> None:
    kept = Reporter.unnamed(department, people)
    assert (kept.anonymous, kept.employee_id) == (True, None)
    assert kept.department_id == (department if people >= 5 else None)


@given(candidates)
def test_the_nearest_who_works_here_answers_C9(found: list[Candidate]) -> None:
    who = resolve(found)
    order = list(Basis)
    here = [each for each in found if each.works_here]
    assert (who is None) == (not here)
    assert all(order.index(who.basis) <= order.index(each.basis) for each in here if who)


@given(st.lists(st.sampled_from(("triage", "contain", "correct", "none", "close", "reopen")), max_size=10))
def test_whatever_is_tried_a_closed_incident_has_somebody_and_a_correction_G28(steps: list[str]) -> None:
    incident, previous = an_incident(None), 1
    for step in steps:
        try:
            change = {
                "triage": lambda i: i.triage(Severity.LOW, (), accountable_id="E0004"),
                "contain": lambda i: i.contain("stopped", tool_suspended=True, now=NOW),
                "correct": lambda i: i.correct(("mask names",), none_because=None),
                "none": lambda i: i.correct((), none_because="a user's mistake"),
                "close": lambda i: i.close("E0021", NOW),
                "reopen": lambda i: i.reopen("again"),
            }[step](incident)
        except Refused:
            continue
        incident = change.after
        assert incident.version == previous + 1
        previous = incident.version
        if incident.status is IncidentStatus.CLOSED:
            assert incident.accountable_id == "E0004"
            assert bool(incident.actions) != bool(incident.no_action_because)
            assert incident.contained_at == NOW


def test_closing_needs_somebody_who_answers_and_is_not_the_one_who_closes_G13_G28() -> None:
    with pytest.raises(NobodyAnswers, match="Name somebody first"):
        corrected(None).close("E0021", NOW)
    with pytest.raises(OwnIncident, match="closed by somebody else"):
        corrected().close("E0004", NOW)
    assert corrected().close("E0021", NOW).after.status is IncidentStatus.CLOSED


def test_a_correction_is_actions_or_a_reason_for_none_G28() -> None:
    contained = an_incident().triage(Severity.LOW, (), accountable_id=None).after
    contained = contained.contain("stopped", tool_suspended=False, now=NOW).after
    for actions, reason in (((), None), ((), " "), (("a",), "b")):
        with pytest.raises(CorrectionMissing):
            contained.correct(actions, none_because=reason)
    with pytest.raises(IncidentInWrongState, match="is reported; this needs one that is triaged"):
        an_incident().contain("stopped", tool_suspended=False, now=NOW)


def test_without_a_tool_none_is_suspended_and_without_words_nothing_is_opened_G28() -> None:
    triaged = an_incident(tool=None).triage(Severity.LOW, (), accountable_id=None).after
    with pytest.raises(NoToolToSuspend):
        triaged.contain("stopped", tool_suspended=True, now=NOW)
    with pytest.raises(WordsMissing):
        triaged.contain(" ", tool_suspended=False, now=NOW)


def a_telling(minutes: int = 0, state: str = "new", item: str | None = None) -> Telling:
    return Telling("INC1", "", item, "AI ", None, state, NOW, None, 0, NOW + timedelta(minutes=minutes))


@given(st.permutations([a_telling(n, state) for n, state in enumerate(("new", "in-progress", "closed"))]))
def test_the_latest_telling_of_a_ticket_counts_in_whichever_order_they_come_C9(order: list[Telling]) -> None:
    ticket = Ticket(order[0])
    for telling in order[1:]:
        ticket = ticket.told(telling)
    assert ticket.telling.state == "closed"


def test_a_ticket_is_settled_once_and_a_tool_is_never_guessed_C9() -> None:
    assert names(a_telling(item=" Reply-Drafts")) == {"reply-drafts", "ai"}
    assert the_one([UUID(int=1), UUID(int=1)]) == UUID(int=1)
    assert the_one([UUID(int=1), UUID(int=2)]) is None
    dismissed, _ = Ticket(a_telling()).dismiss("E0021", "a printer")
    with pytest.raises(TicketSettled, match="dismissed"):
        dismissed.matched(UUID(int=9))


@given(st.lists(st.integers(1, 9)).map(tuple), st.integers(-1, 10))
def test_a_step_is_refused_only_when_it_is_known_not_to_be_C9(steps: tuple[int, ...], step: int) -> None:
    standard = Standard(UUID(int=1), UUID(int=2), 3, (), steps)
    if not steps or step in steps:
        standard.must_have(step)
    else:
        with pytest.raises(StepUnknown, match=f"no step {step}"):
            standard.must_have(step)
