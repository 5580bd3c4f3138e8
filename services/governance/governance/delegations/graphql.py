"""Delegations in the graph (G01)."""

from __future__ import annotations

from datetime import datetime

import strawberry

from chassis.graphql import Info, Payload, mutation, run, uuid_of
from governance.delegations import commands, repository
from governance.delegations import domain as rules
from governance.people.graphql import Department, Employee
from governance.programme.domain import NotEmployed
from governance.rights.domain import DecisionType

_KEY = "The same key changes nothing twice."


@strawberry.type(description="One decision right in somebody else's hands for a time.")
class Delegation:
    id: strawberry.ID = strawberry.field(description="The delegation's id.")
    decision_type: DecisionType = strawberry.field(description="What is decided.")
    given_by: Employee = strawberry.field(description="Whose right it is.")
    given_to: Employee = strawberry.field(description="Who decides meanwhile.")
    department: Department | None = strawberry.field(description="Only in this department.")
    from_at: datetime = strawberry.field(description="From when.")
    until_at: datetime = strawberry.field(description="Until when.")
    reason: str = strawberry.field(description="Why.")
    ended_at: datetime | None = strawberry.field(description="When it was ended before its date.")

    @classmethod
    def of(cls, delegation: rules.Delegation) -> Delegation:
        """A delegation."""
        department_id = delegation.department_id
        return cls(
            id=strawberry.ID(str(delegation.id)),
            decision_type=delegation.decision_type,
            given_by=Employee(id=strawberry.ID(delegation.from_id)),
            given_to=Employee(id=strawberry.ID(delegation.to_id)),
            department=Department(id=strawberry.ID(department_id)) if department_id else None,
            from_at=delegation.from_at,
            until_at=delegation.until_at,
            reason=delegation.reason,
            ended_at=delegation.ended_at,
        )


@strawberry.type
class DelegationQueries:
    @strawberry.field(description="What the person who asks delegated, or has from others; the latest hundred first.")
    async def my_delegations(self, info: Info) -> list[Delegation]:
        async with info.context.read() as connection:
            found = await repository.concerning(connection, info.context.require_caller().subject)
        return [Delegation.of(delegation) for delegation in found]


@strawberry.input(description="Which decision somebody else is to make, and when.")
class DelegateDecisionInput:
    decision_type: DecisionType = strawberry.field(description="What is decided.")
    to_id: strawberry.ID = strawberry.field(description="Who decides meanwhile.")
    department_id: strawberry.ID | None = strawberry.field(
        default=None, description="The department, for a decision of its leader."
    )
    from_at: datetime | None = strawberry.field(default=None, description="From when; now when left out.")
    until_at: datetime = strawberry.field(description="Until when: within 92 days.")
    reason: str = strawberry.field(description="Why.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The delegation, or why there is none.")
class DelegateDecisionPayload(Payload):
    delegation: Delegation | None = strawberry.field(default=None, description="The delegation.")


@strawberry.input(description="A delegation to end before its date.")
class WithdrawDelegationInput:
    delegation_id: strawberry.ID = strawberry.field(description="The delegation.")
    reason: str = strawberry.field(default="", description="Why.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The delegation, or why nothing changed.")
class WithdrawDelegationPayload(Payload):
    delegation: Delegation | None = strawberry.field(default=None, description="The delegation.")


@strawberry.type
class DelegationMutations:
    @mutation(
        refuses=(
            rules.NotDelegable,
            rules.BadDelegationTime,
            rules.DelegatedToOneself,
            rules.DelegationReasonMissing,
            NotEmployed,
        ),
        description="Let somebody else make a decision that is yours by name, between two dates. It ends with your own"
        " right, and is not delegated on.",
    )
    async def delegate_decision(self, info: Info, input: DelegateDecisionInput) -> DelegateDecisionPayload:
        delegation = await run(
            info,
            commands.delegate_decision,
            key=input.idempotency_key,
            again=repository.get,
            decision_type=input.decision_type,
            to_id=str(input.to_id),
            department_id=str(input.department_id) if input.department_id else None,
            from_at=input.from_at,
            until_at=input.until_at,
            reason=input.reason,
        )
        return DelegateDecisionPayload(delegation=Delegation.of(delegation))

    @mutation(refuses=(rules.DelegationEnded,), description="End a delegation before its date.")
    async def withdraw_delegation(self, info: Info, input: WithdrawDelegationInput) -> WithdrawDelegationPayload:
        delegation = await run(
            info,
            commands.withdraw_delegation,
            key=input.idempotency_key,
            again=repository.get,
            delegation_id=uuid_of(input.delegation_id, "delegation"),
            reason=input.reason,
        )
        return WithdrawDelegationPayload(delegation=Delegation.of(delegation))
