"""What held at a moment, in the graph (X07)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from chassis.graphql import Info, uuid_of
from governance.entitlement.graphql import Entitlement
from governance.history import commands
from governance.scope.domain import DataClass, UsageContext


@strawberry.type(description="An event that made things so.")
class RecordedEvent:
    event_id: strawberry.ID = strawberry.field(description="The event's id.")
    event_type: str = strawberry.field(description="What happened.")
    subject_id: strawberry.ID = strawberry.field(description="To which tool or grant.")
    at: datetime = strawberry.field(description="When.")


@strawberry.type(description="What somebody might do at a moment, and why.")
class PastEntitlement:
    at: datetime = strawberry.field(description="The moment.")
    model_version: str = strawberry.field(description="The version of the tool.")
    entitlement: Entitlement = strawberry.field(description="The decision of then, with the whole chain of rules.")
    evidence: list[RecordedEvent] = strawberry.field(
        description="The events of the tool and of the person's grants up to then, in their order."
    )


@strawberry.type
class HistoryQueries:
    @strawberry.field(
        description="Might this person use this tool for this at a moment in the past, and why? Answered from what was"
        " recorded up to then, for those who may ask canUse."
    )
    async def could_use(
        self,
        info: Info,
        *,
        employee_id: Annotated[strawberry.ID, strawberry.argument(description="Who.")],
        tool_id: Annotated[strawberry.ID, strawberry.argument(description="Which tool, in its version.")],
        data_class: Annotated[DataClass, strawberry.argument(description="With these data.")],
        context: Annotated[UsageContext, strawberry.argument(description="For this.")],
        at: Annotated[datetime, strawberry.argument(description="When.")],
        region: Annotated[str | None, strawberry.argument(description="In this region.")] = None,
    ) -> PastEntitlement:
        async with info.context.read() as connection:
            found = await commands.could_use(
                connection,
                caller=info.context.require_caller(),
                employee_id=str(employee_id),
                tool_id=uuid_of(tool_id, "tool"),
                data_class=data_class,
                context=context,
                region=region or None,
                at=at,
            )
        return PastEntitlement(
            at=found.at,
            model_version=found.model_version,
            entitlement=Entitlement.of(found.entitlement),
            evidence=[
                RecordedEvent(
                    event_id=strawberry.ID(str(event.id)),
                    event_type=event.type,
                    subject_id=strawberry.ID(event.subject),
                    at=event.time,
                )
                for event in found.evidence
            ],
        )
