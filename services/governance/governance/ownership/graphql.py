"""Ownership transfers in the graph (G27)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from chassis.graphql import Connection, Info, page
from chassis.graphql.description import describe
from governance.ownership import domain as rules
from governance.ownership import repository
from governance.ownership.domain import Owned, TransferOutcome
from governance.people.graphql import Department, Employee
from governance.rights import commands as rights
from governance.rights.domain import Decider
from governance.vocabulary.arguments import After, First

_MAY_SEE_ALL = frozenset({Decider.AI_STEWARD, Decider.COMPLIANCE_OFFICER, Decider.EXECUTIVE_SPONSOR})

describe(
    Owned,
    "OwnedKind",
    "What somebody answers for.",
    {
        Owned.TOOL: "A tool.",
        Owned.USE_CASE: "A use case.",
        Owned.POLICY: "A policy; its id is its code.",
        Owned.INCIDENT: "An incident that is open.",
        Owned.PROMPT: "A prompt.",
        Owned.PROCESS: "A process.",
    },
)
describe(
    TransferOutcome,
    "OwnershipTransferOutcome",
    "How a transfer ended.",
    {
        TransferOutcome.NAMED: "Somebody was named.",
        TransferOutcome.DEFAULTED: "Nobody was named in time: the leader of the department answers, or else the sponsor.",
        TransferOutcome.RETURNED: "Whoever left came back, because the departure was an error.",
        TransferOutcome.ENDED: "The thing is no more.",
    },
)


@strawberry.type(description="The task to name who answers for something whose owner left.")
class OwnershipTransfer:
    id: strawberry.ID = strawberry.field(description="The transfer's id.")
    kind: Owned = strawberry.field(description="What kind of thing it is about.")
    subject_id: strawberry.ID = strawberry.field(description="The thing.")
    title: str = strawberry.field(description="Its title when it was asked.")
    department: Department | None = strawberry.field(description="The department whose leader answers by default.")
    left: Employee = strawberry.field(description="Who answered for it and left.")
    asked: list[Employee] = strawberry.field(description="Who is to name somebody.")
    opened_at: datetime = strawberry.field(description="Since when.")
    due_at: datetime = strawberry.field(description="Until when; then the leader of the department answers.")
    closed_at: datetime | None = strawberry.field(description="When it ended.")
    outcome: TransferOutcome | None = strawberry.field(description="How it ended.")
    owner: Employee | None = strawberry.field(description="Who answers since it ended.")

    @strawberry.field(description="Who answers today, meanwhile or for good.")
    async def accountable(self, info: Info) -> Employee | None:
        thing = await info.context.load(repository.things, (self.kind, str(self.subject_id)))
        return Employee(id=strawberry.ID(thing.owner_id)) if thing and thing.owner_id else None

    @classmethod
    def of(cls, transfer: rules.OwnershipTransfer) -> OwnershipTransfer:
        """A transfer."""
        return cls(
            id=strawberry.ID(str(transfer.id)),
            kind=transfer.kind,
            subject_id=strawberry.ID(transfer.subject_id),
            title=transfer.title,
            department=Department(id=strawberry.ID(transfer.department_id)) if transfer.department_id else None,
            left=Employee(id=strawberry.ID(transfer.left_id)),
            asked=[Employee(id=strawberry.ID(id)) for id in transfer.asked],
            opened_at=transfer.opened_at,
            due_at=transfer.due_at,
            closed_at=transfer.closed_at,
            outcome=transfer.outcome,
            owner=Employee(id=strawberry.ID(transfer.owner_id)) if transfer.owner_id else None,
        )


@strawberry.type
class OwnershipQueries:
    @strawberry.field(
        description="What lost its owner and is to be given to somebody, the latest first. The officers, the sponsor and"
        " auditors see all, everybody else what they are asked about or answer for meanwhile."
    )
    async def ownership_transfers(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        closed: Annotated[bool, strawberry.argument(description="Those that ended instead of the open ones.")] = False,
        asks_me: Annotated[
            bool, strawberry.argument(description="Only those about which the person who asks is asked.")
        ] = False,
    ) -> Connection[OwnershipTransfer]:
        caller = info.context.require_caller()
        async with info.context.read() as connection:
            sees_all = caller.has("auditor") or not (await rights.standing(connection, caller)).isdisjoint(_MAY_SEE_ALL)
            return await page(
                first,
                after,
                lambda after, limit: repository.listing(
                    connection,
                    closed=closed,
                    asked=caller.subject if asks_me else None,
                    concerning=None if sees_all else caller.subject,
                    after=after,
                    limit=limit,
                ),
                node=OwnershipTransfer.of,
                cursor=lambda transfer: str(transfer.id),
                place=UUID,
            )
