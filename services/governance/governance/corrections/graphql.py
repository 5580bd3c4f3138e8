"""Corrective actions in the graph (C9)."""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from chassis.graphql import Info, Payload, mutation, run, uuid_of
from chassis.graphql.description import describe
from governance.corrections import commands, repository
from governance.corrections import domain as rules
from governance.corrections.domain import Pillar
from governance.people.graphql import Employee

describe(
    Pillar,
    "CorrectivePillar",
    "Where something has to change.",
    {
        Pillar.PROCESS: "In a process or procedure: a task of the process service.",
        Pillar.TRAINING: "In what people learn: a task of the training service.",
        Pillar.GOVERNANCE: "In tools, policies or rights.",
    },
)


@strawberry.type(description="One thing that somebody changes because of an incident.")
class CorrectiveAction:
    id: strawberry.ID = strawberry.field(description="The action's id; also that of the task in its pillar.")
    pillar: Pillar = strawberry.field(description="Where.")
    description: str = strawberry.field(description="What has to change.")
    owner: Employee = strawberry.field(description="Who does it.")
    due_on: date = strawberry.field(description="By when.")
    outcome: str | None = strawberry.field(description="What was done; null until it is.")
    completed_by: Employee | None = strawberry.field(description="Who said so.")
    completed_at: datetime | None = strawberry.field(description="When.")

    @classmethod
    def of(cls, action: rules.CorrectiveAction) -> CorrectiveAction:
        """An action."""
        return cls(
            id=strawberry.ID(str(action.id)),
            pillar=action.pillar,
            description=action.description,
            owner=Employee(id=strawberry.ID(action.owner_id)),
            due_on=action.due_on,
            outcome=action.outcome,
            completed_by=Employee(id=strawberry.ID(action.completed_by)) if action.completed_by else None,
            completed_at=action.completed_at,
        )


@strawberry.input(description="Something that somebody has to change because of an incident.")
class CorrectiveActionInput:
    description: str = strawberry.field(description="What.")
    pillar: Pillar = strawberry.field(description="Where.")
    owner_id: strawberry.ID = strawberry.field(description="Who.")
    due_on: date = strawberry.field(description="By when.")

    def wanted(self) -> rules.Wanted:
        """As the rules know it."""
        return rules.Wanted(self.description, self.pillar, str(self.owner_id), self.due_on)


@strawberry.input(description="What was done of an action of governance.")
class CompleteCorrectiveActionInput:
    action_id: strawberry.ID = strawberry.field(description="The action.")
    outcome: str = strawberry.field(description="What was done.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key changes nothing twice.")


@strawberry.type(description="The action, or why it is not done.")
class CompleteCorrectiveActionPayload(Payload):
    action: CorrectiveAction | None = strawberry.field(default=None, description="The action.")


@strawberry.type
class CorrectionMutations:
    @mutation(
        refuses=(rules.ActionIsDone, rules.ActionIsElsewhere, rules.ActionUnexplained),
        description="Say what was done of a corrective action of governance. Its owner and officers may.",
    )
    async def complete_corrective_action(
        self, info: Info, input: CompleteCorrectiveActionInput
    ) -> CompleteCorrectiveActionPayload:
        action = await run(
            info,
            commands.complete,
            key=input.idempotency_key,
            again=repository.get,
            action_id=uuid_of(input.action_id, "corrective action"),
            outcome=input.outcome,
        )
        return CompleteCorrectiveActionPayload(action=CorrectiveAction.of(action))
