"""Consent in stages, in the graph (G12)."""

from __future__ import annotations

from datetime import datetime

import strawberry

from chassis.graphql.description import describe
from governance.approvals import domain as rules
from governance.approvals.domain import ChainOutcome
from governance.people.graphql import Employee

describe(
    ChainOutcome,
    "ApprovalOutcome",
    "Where consent in stages stands.",
    {
        ChainOutcome.PENDING: "Somebody is asked.",
        ChainOutcome.APPROVED: "Every stage consented.",
        ChainOutcome.DENIED: "Somebody said no.",
        ChainOutcome.EXPIRED: "Nobody answered, the alternates neither.",
        ChainOutcome.WITHDRAWN: "It was taken back.",
    },
)


@strawberry.type(description="One approver's yes.")
class Consent:
    by: Employee = strawberry.field(description="Who.")
    at: datetime = strawberry.field(description="When.")
    comment: str | None = strawberry.field(description="What the approver said.")


@strawberry.type(description="Who is asked, and how many of them have to say yes.")
class ApprovalStage:
    name: str = strawberry.field(description="What the stage is for.")
    asked: list[Employee] = strawberry.field(description="Who may answer.")
    at_least: int = strawberry.field(description="How many have to say yes.")
    hours: int = strawberry.field(description="For how many hours they are waited for.")
    escalated: bool = strawberry.field(description="Whether it went to the alternates.")
    consents: list[Consent] = strawberry.field(description="Who said yes.")


@strawberry.type(description="Consent in stages.")
class Approval:
    outcome: ChainOutcome = strawberry.field(description="Where it stands.")
    stages: list[ApprovalStage] = strawberry.field(description="The stages, in order.")
    current: int = strawberry.field(description="The stage that is asked, from 0.")
    due_at: datetime = strawberry.field(description="Until when the stage is waited for.")

    @classmethod
    def of(cls, chain: rules.Chain) -> Approval:
        """A chain."""
        return cls(
            outcome=chain.outcome,
            stages=[
                ApprovalStage(
                    name=stage.name,
                    asked=[Employee(id=strawberry.ID(id)) for id in stage.asked],
                    at_least=stage.at_least,
                    hours=stage.hours,
                    escalated=stage.escalated,
                    consents=[
                        Consent(by=Employee(id=strawberry.ID(each.by)), at=each.at, comment=each.comment)
                        for each in stage.consents
                    ],
                )
                for stage in chain.stages
            ],
            current=chain.current,
            due_at=chain.due_at,
        )
