"""A meeting ends with minutes and attendance, and its agenda stays what it was (G11)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from governance.committee.domain import Committee, PassRule, Quorum, QuorumKind
from governance.meetings.domain import (
    AgendaItem,
    Meeting,
    MeetingCompleted,
    MeetingInWrongState,
    MeetingKind,
    MinutesMissing,
    NotOfTheCommittee,
    ScheduledInThePast,
    Topic,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
COMMITTEE = Committee.establish(
    UUID(int=1), "AI governance", sponsor_id="E0001", members=[("E0002", True), ("E0003", True), ("E0004", False)],
    quorum=Quorum(QuorumKind.FRACTION, "2/3"), pass_rule=PassRule.SIMPLE, chair_casting_vote=True, now=NOW,
).after  # fmt: skip
DUE = (AgendaItem(Topic.VOTE, "m", "Approve?", NOW),)


def begun() -> Meeting:
    called = Meeting.schedule(UUID(int=2), COMMITTEE, MeetingKind.REGULAR, NOW, NOW).after
    return called.start(DUE, NOW).after


@pytest.mark.parametrize(
    ("attended", "chaired", "quorate"),
    [
        (["E0001", "E0002"], True, True),
        (["E0002", "E0003"], False, True),
        (["E0001", "E0004"], True, False),
        (["E0001", "E0001"], True, False),
    ],
)
def test_the_quorum_is_counted_over_those_who_may_vote_G11(attended: list[str], chaired: bool, quorate: bool) -> None:
    change = begun().complete(COMMITTEE, attended, "We met.", NOW + timedelta(hours=1))
    assert (change.after.chaired, change.after.quorate, change.after.agenda) == (chaired, quorate, DUE)
    assert isinstance(change.because, MeetingCompleted)
    assert change.because.started_at == NOW


def test_without_minutes_or_anybody_there_it_does_not_end_G11() -> None:
    for attended, minutes in (([], "We met."), (["E0001"], " ")):
        with pytest.raises(MinutesMissing):
            begun().complete(COMMITTEE, attended, minutes, NOW)
    with pytest.raises(NotOfTheCommittee, match="E0099"):
        begun().complete(COMMITTEE, ["E0001", "E0099"], "We met.", NOW)


def test_a_meeting_goes_forward_only_G11() -> None:
    with pytest.raises(ScheduledInThePast):
        Meeting.schedule(UUID(int=2), COMMITTEE, MeetingKind.REGULAR, NOW - timedelta(minutes=1), NOW)
    with pytest.raises(MeetingInWrongState):
        begun().cancel(NOW)
    called = Meeting.schedule(UUID(int=2), COMMITTEE, MeetingKind.EMERGENCY, NOW, NOW).after
    with pytest.raises(MeetingInWrongState):
        called.complete(COMMITTEE, ["E0001"], "We met.", NOW)
    with pytest.raises(MeetingInWrongState):
        called.cancel(NOW).after.start((), NOW)
