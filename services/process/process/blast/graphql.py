"""What stopping a tool would do to procedures, in the graph."""

from __future__ import annotations

import asyncio
from typing import Self

import strawberry

from chassis.graphql import Info, uuid_of
from process.blast import repository
from process.sops import repository as sops
from process.sops.graphql import Sop

_SHOWN = 100


@strawberry.type(description="What would become of procedures.")
class AffectedProcedures:
    flagged: int = strawberry.field(description="Procedures in force that would be flagged.")
    falling_back: int = strawberry.field(description="Of them, those with a manual version to follow meanwhile.")
    stopping: int = strawberry.field(description="Of them, those without one.")
    blocked_already: int = strawberry.field(description="Procedures that need it and are blocked by some tool already.")
    processes: int = strawberry.field(description="Processes that would be degraded.")
    sops: list[Sop] = strawberry.field(description="The procedures, in order of code, the first hundred.")


@strawberry.federation.type(keys=["id"], description="What would happen if a tool were suspended now.")
class BlastRadius:
    id: strawberry.ID = strawberry.field(description="The tool's id.")

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Self:
        """Governance's mention of the tool."""
        return cls(id=id)

    @strawberry.field(description="What would become of procedures.")
    async def procedures(self, info: Info) -> AffectedProcedures:
        info.context.require_caller()
        hits = await info.context.load(repository.hits, uuid_of(self.id, "tool")) or []
        fresh = [hit for hit in hits if not hit.blocked]
        falling_back = sum(hit.fallback_version is not None for hit in fresh)
        found = await asyncio.gather(*(info.context.load(sops.by_id, hit.sop_id) for hit in hits[:_SHOWN]))
        return AffectedProcedures(
            flagged=len(fresh),
            falling_back=falling_back,
            stopping=len(fresh) - falling_back,
            blocked_already=len(hits) - len(fresh),
            processes=len({hit.process_id for hit in fresh}),
            sops=[Sop.of(sop) for sop in found if sop is not None],
        )
