"""One sponsor, and one answer to "who decides?" (G01, G02, L04)."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from chassis.domain import Tier
from governance.programme.domain import AlreadySponsor, Sponsor, SponsorAppointed, SponsorSucceeded, SponsorVacated
from governance.rights.domain import BY_MOTION, MATRIX, Decider, DecisionType

ID = UUID("0190f5fe-7d1e-7b5a-9c55-0d3c1f7a2b10")
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_appointing_a_sponsor_names_the_one_before_and_ends_that_term_L04() -> None:
    first = Sponsor.appoint(ID, "E0001", previous=None, by="E0020", now=NOW)
    assert first.because == SponsorAppointed("E0001", None, NOW)
    second = Sponsor.appoint(ID, "E0002", previous=first.after, by="E0001", now=NOW)
    assert second.because == SponsorAppointed("E0002", "E0001", NOW)
    ended = first.after.succeeded_by("E0002", NOW)
    assert ended.because == SponsorSucceeded("E0001", "E0002", NOW)
    assert (ended.after.ended_at, ended.after.version) == (NOW, 2)
    with pytest.raises(AlreadySponsor):
        Sponsor.appoint(ID, "E0002", previous=second.after, by="E0001", now=NOW)
    assert second.after.vacate("left", NOW).because == SponsorVacated("E0002", "left", NOW)


def test_every_kind_of_decision_has_one_tier_and_somebody_who_decides_G01() -> None:
    assert set(MATRIX) == set(DecisionType)
    assert all(right.deciders and right.may_act for right in MATRIX.values())
    assert {right.tier for right in MATRIX.values()} == set(Tier)


def test_tools_are_the_committees_to_decide_and_a_role_alone_never_approves_one_G02() -> None:
    assert {kind.value for kind in BY_MOTION} == {
        "approve_tool", "reject_tool", "ratify_suspension", "reinstate_tool", "change_tool_scope", "retire_tool",
        "deprecate_tool",
    }  # fmt: skip
    assert not MATRIX[DecisionType.APPROVE_TOOL].allows({Decider.EMPLOYEE, Decider.COMPLIANCE_OFFICER})
    assert MATRIX[DecisionType.SUSPEND_TOOL].allows({Decider.COMPLIANCE_OFFICER})
    assert not MATRIX[DecisionType.SUSPEND_TOOL].allows({Decider.COMMITTEE, Decider.EMPLOYEE})
