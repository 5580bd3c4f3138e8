"""Decisions at the same moment: the first transaction is held open until the second waits for it or is done.

Whatever the order, the invariants of the state machines hold: one vote a member, one outcome, one sponsor, one carrying out.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from chassis.database import Database, Transaction
from chassis.domain import Refused
from governance.access import sweeps
from governance.access.repository import Rows
from governance.departments import commands as departments
from governance.motions import commands as motions
from governance.motions.domain import Choice
from governance.programme import commands as programme
from governance.testing import (
    BOSS,
    CHAIRED,
    DANA,
    MEMBER,
    OFFICER,
    OWNER,
    SPONSOR,
    STEWARD,
    Organisation,
    RunDue,
)
from governance.tools import commands as tools

from .test_races import ORDERS, Step, approve, overlap, revoke, suspend

Refusals = list[str]


def refusing(step: Step, refusals: Refusals) -> Step:
    """The same step; what is refused is noted, and its transaction changes nothing."""

    async def tried(tx: Transaction) -> None:
        try:
            async with tx.savepoint():
                await step(tx)
        except Refused as refused:
            refusals.append(type(refused).__name__)

    return tried


def vote(o: Organisation, who: str, motion: str, choice: Choice) -> Step:
    async def step(tx: Transaction) -> None:
        await motions.cast_vote(tx, caller=o.caller(who), motion_id=UUID(motion), choice=choice, comment=None)

    return step


def close(o: Organisation, motion: str) -> Step:
    async def step(tx: Transaction) -> None:
        await motions.close_motion(tx, caller=o.caller(STEWARD), motion_id=UUID(motion))

    return step


async def counted(o: Organisation, motion: str) -> dict[str, Any]:
    found = await o.ask(
        STEWARD, "query($id: ID!) { motion(id: $id) { outcome votes { employee { id } choice } } }", id=motion
    )
    result: dict[str, Any] = found["motion"]
    return result


@pytest.mark.parametrize("order", ORDERS)
async def test_two_votes_of_one_member_at_once_are_one_vote_G11(
    organisation: Organisation, database: Database, order: tuple[int, ...]
) -> None:
    o = organisation
    motion = await o.motion("APPROVE_TOOL", await o.propose())
    choices = (Choice.YES, Choice.NO)
    await overlap(database, [vote(o, MEMBER, motion, choice) for choice in choices], order)
    last = choices[order[1]].name
    assert (await counted(o, motion))["votes"] == [{"employee": {"id": MEMBER}, "choice": last}]


@pytest.mark.parametrize("order", ORDERS)
async def test_two_members_who_vote_at_once_are_both_counted_G11(
    organisation: Organisation, database: Database, order: tuple[int, ...]
) -> None:
    o = organisation
    motion = await o.motion("APPROVE_TOOL", await o.propose())
    await overlap(database, [vote(o, who, motion, Choice.YES) for who in (CHAIRED, MEMBER)], order)
    assert {each["employee"]["id"] for each in (await counted(o, motion))["votes"]} == {CHAIRED, MEMBER}


@pytest.mark.parametrize("order", ORDERS)
async def test_a_vote_at_the_moment_of_the_close_is_counted_or_refused_G11(
    organisation: Organisation, database: Database, order: tuple[int, ...]
) -> None:
    o = organisation
    motion = await o.motion("APPROVE_TOOL", await o.propose())
    for who in (SPONSOR, CHAIRED, MEMBER):
        await o.do(who, "castVote", "motion { id }", motionId=motion, choice="YES")
    refusals: Refusals = []
    steps = [refusing(vote(o, MEMBER, motion, Choice.NO), refusals), refusing(close(o, motion), refusals)]
    await overlap(database, steps, order)
    choice = {each["employee"]["id"]: each["choice"] for each in (await counted(o, motion))["votes"]}[MEMBER]
    assert (choice, refusals) == (("NO", []) if order == (0, 1) else ("YES", ["MotionIsClosed"]))
    assert (await counted(o, motion))["outcome"] == "PASSED"


@pytest.mark.parametrize("order", ORDERS)
async def test_a_motion_is_carried_out_once_by_two_at_once_G31(
    organisation: Organisation, database: Database, order: tuple[int, ...]
) -> None:
    o = organisation
    tool = await o.propose()
    motion = await o.passed("APPROVE_TOOL", tool)
    refusals: Refusals = []
    await overlap(database, [refusing(approve(o, tool, motion), refusals)] * 2, order)
    assert len(refusals) == 1
    assert len(await o.events("tool-approved")) == 1


@pytest.mark.parametrize("order", ORDERS)
async def test_an_approval_and_a_suspension_at_once_never_leave_a_tool_usable_G29(
    organisation: Organisation, database: Database, order: tuple[int, ...]
) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool)
    await o.request(tool)
    await o.do(OFFICER, "suspendTool", "tool { id }", toolId=tool, reason="leaks")
    motion = await o.passed("REINSTATE_TOOL", tool)

    async def reinstate(tx: Transaction) -> None:
        await tools.reinstate_tool(
            tx, caller=o.caller(STEWARD), tool_id=UUID(tool), motion_id=UUID(motion), review_by=None
        )

    refusals: Refusals = []
    await overlap(database, [refusing(reinstate, refusals), refusing(suspend(o, tool), refusals)], order)
    status = (await o.ask(STEWARD, "query($id: ID!) { tool(id: $id) { status } }", id=tool))["tool"]["status"]
    grant = (await o.grants())[0]["status"]
    assert (status, grant, len(refusals)) == (
        ("SUSPENDED", "SUSPENDED", 0) if order == (0, 1) else ("APPROVED", "ACTIVE", 1)
    )


@pytest.mark.parametrize("order", ORDERS)
async def test_of_two_sponsors_appointed_at_once_one_is_active_and_chairs_L04_L05(
    organisation: Organisation, database: Database, order: tuple[int, ...]
) -> None:
    o = organisation

    def appoint(who: str) -> Step:
        async def step(tx: Transaction) -> None:
            await programme.appoint_sponsor(tx, caller=o.caller(SPONSOR), employee_id=who)

        return step

    refusals: Refusals = []
    await overlap(database, [refusing(appoint(who), refusals) for who in (BOSS, OWNER)], order)
    found = await o.ask(
        DANA, "{ executiveSponsor { employee { id } } committees { chair { id } } sponsorships { endedAt } }"
    )
    first = (BOSS, OWNER)[order[0]]
    assert refusals == ["NotEntitled"]
    assert found["executiveSponsor"]["employee"]["id"] == found["committees"][0]["chair"]["id"] == first
    assert [each["endedAt"] is None for each in found["sponsorships"]].count(True) == 1


@pytest.mark.parametrize("order", ORDERS)
async def test_a_restriction_is_imposed_once_by_two_at_once_G23(
    organisation: Organisation, database: Database, order: tuple[int, ...]
) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool)
    o.roles[BOSS] = "department_leader"

    async def restrict(tx: Transaction) -> None:
        await departments.restrict_tool(
            tx, caller=o.caller(BOSS), department_id="sales", tool_id=UUID(tool), removed=[], remaining=[],
            reason="audit", review_by=date(2026, 4, 1),
        )  # fmt: skip

    refusals: Refusals = []
    await overlap(database, [refusing(restrict, refusals)] * 2, order)
    assert refusals == ["AlreadyRestricted"]
    assert len(await o.events("department-restricted")) == 1


@pytest.mark.parametrize("order", ORDERS)
async def test_a_step_of_a_sweep_and_a_lapse_at_once_keep_both_reasons_C4(
    organisation: Organisation, database: Database, run_due: RunDue, order: tuple[int, ...]
) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool, credentials=("client-work",))
    await o.award("client-work")
    await o.request(tool)
    async with database.transaction() as tx:
        await tx.execute(
            'UPDATE tools SET scope = \'[{"data_class": "INTERNAL", "context": "INTERNAL", "department_id": null,'
            ' "region": null}]\' WHERE id = $1',
            UUID(tool),
        )

    async def sweep(tx: Transaction) -> None:
        await sweeps.step(tx, f"{tool} {UUID(int=0)} {Rows.GRANTS} - ", tx.now)

    await overlap(database, [sweep, revoke("client-work")], order)
    assert (await o.grants())[0]["suspendedFor"] == ["CREDENTIAL_LAPSED", "OUT_OF_SCOPE"]
    await run_due()
    assert (await o.grants())[0]["suspendedFor"] == ["CREDENTIAL_LAPSED", "OUT_OF_SCOPE"]
