"""What stopping a tool would do to training, in the graph."""

from __future__ import annotations

from typing import Self

import strawberry

from chassis.graphql import Info, uuid_of
from training.blast import repository
from training.blast.domain import Pauses


@strawberry.type(description="What would become of training.")
class AffectedTraining:
    assignments: int = strawberry.field(description="Open assignments that somebody has for the sake of the tool.")
    only_for_it: int = strawberry.field(description="Of them, those without another reason.")
    paused_already: int = strawberry.field(description="Of them, those whose dates stand still already.")


@strawberry.federation.type(keys=["id"], description="What would happen if a tool were suspended now.")
class BlastRadius:
    id: strawberry.ID = strawberry.field(description="The tool's id.")

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Self:
        """Governance's mention of the tool."""
        return cls(id=id)

    @strawberry.field(description="What would become of training: these due dates would stand still.")
    async def training(self, info: Info) -> AffectedTraining:
        info.context.require_caller()
        found = await info.context.load(repository.pauses, uuid_of(self.id, "tool")) or Pauses()
        return AffectedTraining(
            assignments=found.assignments, only_for_it=found.only_for_it, paused_already=found.paused_already
        )
