"""Decision records in the graph."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from chassis.domain import Tier
from chassis.graphql import Connection, Info, page, uuid_of
from governance.decisions import domain as rules
from governance.decisions import repository
from governance.people.graphql import Employee
from governance.rights.domain import DecisionType
from governance.vocabulary.arguments import After, First


@strawberry.type(description="What was decided. A record never changes; a reversal is a new record.")
class Decision:
    id: strawberry.ID = strawberry.field(description="The record's id.")
    decision_type: DecisionType = strawberry.field(description="What kind of decision it is.")
    tier: Tier = strawberry.field(description="The tier it was made at.")
    subject_kind: str = strawberry.field(description="What kind of thing it is about, such as tool.")
    subject_id: strawberry.ID = strawberry.field(description="The thing it is about.")
    outcome: str = strawberry.field(description="What was decided.")
    decided_by: strawberry.ID = strawberry.field(description="The committee or the person that decided.")
    motion_id: strawberry.ID | None = strawberry.field(description="The passed motion, for a committee's decision.")
    rationale: str = strawberry.field(description="Why.")
    evidence: JSON = strawberry.field(description="What it was based on: terms, count, who carried it out.")
    dissent: list[Employee] = strawberry.field(description="Who voted against it.")
    reverses_id: strawberry.ID | None = strawberry.field(description="The decision that it reverses.")
    effective_at: datetime = strawberry.field(description="Since when it holds.")

    @classmethod
    def of(cls, decision: rules.Decision) -> Decision:
        """A record."""
        return cls(
            id=strawberry.ID(str(decision.id)),
            decision_type=decision.decision_type,
            tier=decision.tier,
            subject_kind=decision.subject_kind,
            subject_id=strawberry.ID(decision.subject_id),
            outcome=decision.outcome,
            decided_by=strawberry.ID(decision.decided_by),
            motion_id=strawberry.ID(str(decision.motion_id)) if decision.motion_id else None,
            rationale=decision.rationale,
            evidence=JSON(decision.evidence),
            dissent=[Employee(id=strawberry.ID(id)) for id in decision.dissent],
            reverses_id=strawberry.ID(str(decision.reverses)) if decision.reverses else None,
            effective_at=decision.effective_at,
        )


@strawberry.type
class DecisionQueries:
    @strawberry.field(description="Decision records, the latest first. `totalCount` is exact up to 10,000, then null.")
    async def decisions(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        decision_type: Annotated[
            DecisionType | None, strawberry.argument(description="Only decisions of this kind.")
        ] = None,
    ) -> Connection[Decision]:
        async def count() -> int | None:
            async with info.context.read() as connection:
                return await repository.count(connection, decision_type=decision_type)

        async with info.context.read() as connection:
            return await page(
                first,
                after,
                lambda after, limit: repository.listing(
                    connection, decision_type=decision_type, after=after, limit=limit
                ),
                node=Decision.of,
                cursor=lambda decision: str(decision.id),
                place=UUID,
                count=count,
            )

    @strawberry.field(description="One decision record.")
    async def decision(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The record's id.")]
    ) -> Decision | None:
        found = await info.context.load(repository.by_ids, uuid_of(id, "decision"))
        return Decision.of(found) if found else None
