"""Courses, curricula, requirements, completions, coverage and who may see what (T01, T05, T07, T08, T15)."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.domain import NotEntitled, Tier
from training.completions.domain import has_passed
from training.courses.domain import (
    Content,
    Course,
    CurriculumTier,
    Depth,
    MalformedCode,
    NothingToPublish,
    OutOfRange,
    TierIsFixed,
)
from training.coverage.domain import SMALLEST_GROUP, Group, suppressed, total
from training.credential_types.domain import CredentialType, LeadsElsewhere, Terms
from training.curricula.domain import Curriculum, ForAnotherTier, NoMandatoryStep, Step
from training.employees.domain import may_see
from training.requirements.domain import EndsWithItsTool, OriginKind, Requirement, Selector, Who

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ID = UUID(int=1)


def a_course(code="UF-1", tier=CurriculumTier.UNIVERSAL):
    return Course.define(ID, code, tier, Content("Title", Depth.WORKING)).after


def a_type(tier=CurriculumTier.ROLE):
    return CredentialType("client-work", "Client work", tier, "client", Terms(None), 1)


def test_an_edition_is_published_from_a_draft_and_counts_up_T01():
    course = a_course().publish().after
    assert (course.edition, course.draft, course.version) == (1, None, 2)
    with pytest.raises(NothingToPublish, match="Define its new content first"):
        course.publish()
    second = course.revise(CurriculumTier.UNIVERSAL, Content("New", Depth.EXPERT)).after
    assert second.content.title == "Title"
    assert second.publish().after.content.title == "New"
    with pytest.raises(TierIsFixed):
        course.revise(CurriculumTier.ROLE, Content("New", Depth.EXPERT))


@pytest.mark.parametrize("code", ["", "a b", "-a", "a--b", "a/b", "a" * 65, "é"])
def test_a_code_can_stand_at_the_end_of_an_activity_T09(code):
    with pytest.raises(MalformedCode):
        a_course(code)


@pytest.mark.parametrize("content", [("", Depth.WORKING), ("T", Depth.WORKING, 0), ("T", Depth.WORKING, 5, 1.1)])
def test_content_makes_sense_T01(content):
    with pytest.raises(OutOfRange):
        Content(*content)


def test_a_curriculum_leads_through_its_own_and_the_universal_tier_T01():
    known = {"UF-1": a_course(), "CW-1": a_course("CW-1", CurriculumTier.ROLE)}

    def define(tier, *steps):
        return Curriculum.define(ID, "path", name="Path", tier=tier, steps=steps, known=known).after

    path = define(CurriculumTier.ROLE, Step("UF-1"), Step("CW-1", mandatory=False))
    assert path.mandatory == {"UF-1"}
    with pytest.raises(ForAnotherTier):
        define(CurriculumTier.UNIVERSAL, Step("CW-1"))
    with pytest.raises(NoMandatoryStep, match="at least one step"):
        define(CurriculumTier.ROLE, Step("CW-1", mandatory=False))
    with pytest.raises(LeadsElsewhere):
        CredentialType.define("x", "X", CurriculumTier.LEADERSHIP, path, Terms(None))


@given(st.builds(Selector, st.none() | st.just("sales"), st.none() | st.just("analyst"), st.booleans()))
def test_a_selector_narrows_and_everyone_leaves_nobody_out_T05(selector):
    manager = Who("sales", "analyst", True)
    assert selector.selects(manager)
    stranger = Who("finance", "clerk", False)
    assert selector.selects(stranger) == selector.everyone
    assert not Selector(tool_id=ID).selects(manager)


def declare(selector, tier, kind=None):
    return Requirement.declare(ID, kind or a_type(), selector, 30, by="E1", tier=tier, now=NOW).after


def test_the_origin_follows_from_who_decides_for_whom_T05():
    assert declare(Selector(), Tier.ENTERPRISE).origin_kind is OriginKind.UNIVERSAL
    assert declare(Selector(people_managers=True), Tier.ENTERPRISE).origin_kind is OriginKind.COMMITTEE
    assert declare(Selector("sales"), Tier.DEPARTMENT).origin_kind is OriginKind.DEPARTMENT_RULE


@pytest.mark.parametrize("tier", [CurriculumTier.UNIVERSAL, CurriculumTier.LEADERSHIP])
def test_a_department_decides_on_role_credentials_only_T07(tier):
    with pytest.raises(NotEntitled, match="enterprise tier"):
        declare(Selector("sales"), Tier.DEPARTMENT, a_type(tier))


def test_a_department_withdraws_its_own_only_T07():
    own = declare(Selector("sales"), Tier.DEPARTMENT)
    assert own.withdraw(enterprise=False, department_id="sales", now=NOW).after.withdrawn_at == NOW
    assert own.withdraw(enterprise=True, department_id=None, now=NOW).after.withdrawn_at == NOW
    with pytest.raises(NotEntitled, match="the leader of sales"):
        own.withdraw(enterprise=False, department_id="finance", now=NOW)
    for selector in (Selector(), Selector("sales")):
        with pytest.raises(NotEntitled, match="enterprise tier"):
            declare(selector, Tier.ENTERPRISE).withdraw(enterprise=False, department_id="sales", now=NOW)
    with pytest.raises(EndsWithItsTool):
        Requirement.of_tool(ID, "x", ID, 14, NOW).after.withdraw(enterprise=True, department_id=None, now=NOW)


@given(st.booleans(), st.none() | st.floats(-1, 1), st.none() | st.floats(0, 1))
def test_a_score_can_only_take_a_pass_away_T08(claimed, score, mark):
    passed = has_passed(claimed, score, mark)
    assert not passed or claimed
    assert passed == claimed or (score is not None and mark is not None and score < mark)


groups = st.lists(st.integers(0, 40), max_size=12).map(
    lambda sizes: [Group(f"d{n}", size, size // 2, 0, 0, 0) for n, size in enumerate(sizes)]
)


@given(groups)
def test_no_small_group_can_be_worked_out_T15(some):
    hidden = suppressed(some)
    shown = [group for group in some if group.department_id not in hidden]
    assert all(group.required >= SMALLEST_GROUP for group in shown if group.required)
    rest = [group.required for group in some if group.department_id in hidden]
    everything = total(some)
    if rest and everything is not None:
        assert len(rest) >= 2
        assert sum(rest) >= SMALLEST_GROUP


@pytest.mark.parametrize(
    ("roles", "viewer", "seen"),
    [
        ({"employee"}, "E1", True), ({"employee"}, "E9", True), ({"employee"}, "E5", False),
        ({"department_leader"}, "E5", False), ({"ai_steward"}, "E5", True), ({"lms"}, None, False),
    ],
)  # fmt: skip
def test_who_sees_whose_training_T05(roles, viewer, seen):
    assert may_see(frozenset(roles), viewer, "E1", "E9") is seen
    assert may_see(frozenset({"employee"}), None, "E1", None) is False
