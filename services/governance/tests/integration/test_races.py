"""Two things at the same moment: the first transaction is held open until the second waits for it or is done (C1, C4, C5c).

Whatever the order, the end is the same: nothing is missed, nothing is granted twice, nothing slips past.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from chassis.database import Database, Transaction
from chassis.testing import eventually
from governance.access import commands as access
from governance.access import handlers
from governance.access.domain import Request
from governance.campaigns import commands as policies
from governance.scope.domain import Approval, Conditions, DataClass, Scope, UsageContext
from governance.testing import DANA, OFFICER, STEWARD, Organisation
from governance.tools import commands as tools

Step = Callable[[Transaction], Awaitable[Any]]
TWO = ("universal-fluency", "client-work")
ORDERS = list(permutations((0, 1)))


async def overlap(database: Database, steps: Sequence[Step], order: tuple[int, ...]) -> None:
    """Run the second step while the first is done but not committed."""
    first, second = (steps[n] for n in order)

    async def alone() -> None:
        async with database.transaction() as tx:
            await second(tx)

    async def waits_or_is_done() -> None:
        async with database.read() as connection:
            waiting = await connection.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
        assert waiting or later.done()

    async with database.transaction() as tx:
        await first(tx)
        later = asyncio.create_task(alone())
        await eventually(waits_or_is_done)
    await later


def award(code: str) -> Step:
    async def step(tx: Transaction) -> None:
        event = handlers.CredentialAwarded(f"{DANA}-{code}", DANA, code, tx.now)
        await handlers.credential_awarded(tx, event)

    return step


def revoke(code: str) -> Step:
    async def step(tx: Transaction) -> None:
        await handlers.credential_revoked(tx, handlers.CredentialEnded(f"{DANA}-{code}", DANA, code))

    return step


def acknowledge(o: Organisation) -> Step:
    async def step(tx: Transaction) -> None:
        await policies.acknowledge_policy(tx, caller=o.caller(DANA), code="acceptable-use", number=None)

    return step


def ask(o: Organisation, tool: str) -> Step:
    async def step(tx: Transaction) -> Request:
        return await access.request_access(
            tx, caller=o.caller(DANA), tool_id=UUID(tool), data_class=DataClass.CLIENT,
            context=UsageContext.CLIENT_WORK, region=None, justification="", valid_until=None,
        )  # fmt: skip

    return step


def approve(o: Organisation, tool: str, motion: str, *credentials: str) -> Step:
    async def step(tx: Transaction) -> None:
        await tools.approve_tool(
            tx, caller=o.caller(STEWARD), tool_id=UUID(tool), motion_id=UUID(motion),
            scope=[Scope(DataClass.CLIENT, UsageContext.CLIENT_WORK)],
            conditions=Conditions(credentials, (), Approval.NONE), review_by=None,
        )  # fmt: skip

    return step


def suspend(o: Organisation, tool: str) -> Step:
    async def step(tx: Transaction) -> None:
        await tools.suspend_tool(tx, caller=o.caller(OFFICER), tool_id=UUID(tool), reason="leaks")

    return step


async def leave(tx: Transaction) -> None:
    await access.employment_ended(tx, DANA)


async def granted_once(o: Organisation) -> None:
    assert [grant["status"] for grant in await o.grants()] == ["ACTIVE"]
    assert len(await o.events("access-granted")) == 1
    assert (await o.requests())[0]["status"] == "FULFILLED"


@pytest.mark.parametrize("order", ORDERS)
async def test_two_prerequisites_that_complete_together_grant_exactly_once_C1(
    organisation: Organisation, database: Database, order: tuple[int, ...]
) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool, credentials=TWO)
    await o.request(tool)
    await overlap(database, [award(code) for code in TWO], order)
    await granted_once(o)


@pytest.mark.parametrize("order", ORDERS)
async def test_a_credential_and_an_acknowledgement_together_grant_once_C1(
    organisation: Organisation, database: Database, order: tuple[int, ...]
) -> None:
    o = organisation
    await o.publish()
    tool = await o.propose()
    await o.approve(tool, credentials=TWO[:1], policies=("acceptable-use",))
    await o.request(tool)
    await overlap(database, [award(TWO[0]), acknowledge(o)], order)
    await granted_once(o)


@pytest.mark.parametrize("order", ORDERS)
async def test_a_credential_that_comes_while_access_is_requested_is_not_missed_C1(
    organisation: Organisation, database: Database, order: tuple[int, ...]
) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool, credentials=TWO[:1])
    await overlap(database, [award(TWO[0]), ask(o, tool)], order)
    await granted_once(o)


@pytest.mark.parametrize("order", ORDERS)
async def test_a_credential_that_comes_while_the_tool_is_approved_is_not_missed_C1(
    organisation: Organisation, database: Database, order: tuple[int, ...]
) -> None:
    o = organisation
    tool = await o.propose()
    await o.request(tool)
    motion = await o.passed("APPROVE_TOOL", tool)
    await overlap(database, [award(TWO[0]), approve(o, tool, motion, TWO[0])], order)
    await granted_once(o)


@pytest.mark.parametrize("order", ORDERS)
async def test_a_request_that_is_made_while_the_tool_is_approved_is_not_missed_C1(
    organisation: Organisation, database: Database, order: tuple[int, ...]
) -> None:
    o = organisation
    tool = await o.propose()
    motion = await o.passed("APPROVE_TOOL", tool)
    await overlap(database, [ask(o, tool), approve(o, tool, motion)], order)
    await granted_once(o)


@pytest.mark.parametrize("order", ORDERS)
async def test_no_grant_slips_past_a_suspension_C4(
    organisation: Organisation, database: Database, order: tuple[int, ...]
) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool, credentials=TWO[:1])
    await o.request(tool)
    await overlap(database, [award(TWO[0]), suspend(o, tool)], order)
    assert all(grant["status"] == "SUSPENDED" for grant in await o.grants())
    await o.do(STEWARD, "reinstateTool", "tool { id }", toolId=tool, motionId=await o.passed("REINSTATE_TOOL", tool))
    await granted_once(o)


@pytest.mark.parametrize("order", ORDERS)
async def test_two_reasons_that_come_together_are_both_kept_C4(
    organisation: Organisation, database: Database, order: tuple[int, ...]
) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool, credentials=TWO[:1])
    await o.award(TWO[0])
    await o.request(tool)
    await overlap(database, [revoke(TWO[0]), suspend(o, tool)], order)
    assert (await o.grants())[0]["suspendedFor"] == ["CREDENTIAL_LAPSED", "TOOL_SUSPENDED"]


@pytest.mark.parametrize("order", ORDERS)
async def test_nothing_is_granted_to_somebody_who_leaves_at_that_moment_C5c(
    organisation: Organisation, database: Database, order: tuple[int, ...]
) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool, credentials=TWO[:1])
    await o.request(tool)
    await overlap(database, [award(TWO[0]), leave], order)
    assert all(grant["status"] == "REVOKED" for grant in await o.grants())
    assert (await o.requests())[0]["status"] in ("FULFILLED", "CANCELLED")
