"""Gaps in the graph."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

import strawberry

from chassis.graphql import Connection, Info, Payload, mutation, page, run, uuid_of
from chassis.pages import PageOf
from process.gaps import commands, domain, repository
from process.gaps.domain import Pillar, RefinementKind, Severity
from process.processes.graphql import Employee
from process.vocabulary import graphql as _described  # noqa: F401 - describes the enumerations used here

if TYPE_CHECKING:
    from process.pilots.graphql import Pilot


@strawberry.type(description="What of the operating model was refined because of a gap.")
class Refinement:
    kind: RefinementKind = strawberry.field(description="What kind of thing was refined.")
    ref: str = strawberry.field(description="Its id or code.")
    note: str = strawberry.field(description="How it was changed.")


@strawberry.type(description="Something that a pilot showed to be missing.")
class PilotGap:
    id: strawberry.ID = strawberry.field(description="The gap's id.")
    pillar: Pillar = strawberry.field(description="The part of the operating model that lacks it.")
    severity: Severity = strawberry.field(description="How much it matters.")
    description: str = strawberry.field(description="What is missing, and what happened because of it.")
    routed_to: str = strawberry.field(description="The role that is to close it.")
    logged_by: Employee = strawberry.field(description="Who noted it.")
    logged_at: datetime = strawberry.field(description="When it was noted.")
    refinement: Refinement | None = strawberry.field(description="What closed it; null while it is open.")
    resolved_by: Employee | None = strawberry.field(description="Who closed it; null while it is open.")
    resolved_at: datetime | None = strawberry.field(description="When it was closed; null while it is open.")
    of_pilot: strawberry.Private[UUID]

    @strawberry.field(description="The pilot that showed it.")
    async def pilot(self, info: Info) -> Annotated[Pilot, strawberry.lazy("process.pilots.graphql")] | None:
        from process.pilots.graphql import Pilot  # noqa: PLC0415 - pilots name their gaps

        return await Pilot.resolve_reference(info, strawberry.ID(str(self.of_pilot)))

    @classmethod
    def of(cls, gap: domain.Gap) -> Self:
        """The gap as the graph shows it."""
        closed = gap.refinement
        return cls(
            id=strawberry.ID(str(gap.id)),
            pillar=gap.pillar,
            severity=gap.severity,
            description=gap.description,
            routed_to=gap.routed_to,
            logged_by=Employee(id=strawberry.ID(gap.logged_by)),
            logged_at=gap.logged_at,
            refinement=Refinement(kind=closed.kind, ref=closed.ref, note=closed.note) if closed else None,
            resolved_by=Employee(id=strawberry.ID(gap.resolved_by)) if gap.resolved_by else None,
            resolved_at=gap.resolved_at,
            of_pilot=gap.pilot_id,
        )


async def gaps_of_pilot(info: Info, pilot_id: UUID, first: int | None, after: str | None) -> Connection[PilotGap]:
    """A page of a pilot's gaps, the latest first."""

    async def fetch(after: UUID | None, limit: int) -> list[domain.Gap]:
        return await info.context.load(repository.of_pilots, PageOf(pilot_id, after, limit)) or []

    return await page(first, after, fetch, node=PilotGap.of, cursor=lambda gap: str(gap.id), place=UUID)


@strawberry.input(description="Something that a pilot showed to be missing.")
class LogGapInput:
    pilot_id: strawberry.ID = strawberry.field(description="The pilot.")
    pillar: Pillar = strawberry.field(description="The part of the operating model that lacks it.")
    severity: Severity = strawberry.field(description="How much it matters.")
    description: str = strawberry.field(description="What is missing, and what happened because of it.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key has effect once.")


@strawberry.input(description="What closed a gap.")
class ResolveGapInput:
    gap_id: strawberry.ID = strawberry.field(description="The gap.")
    kind: RefinementKind = strawberry.field(description="What kind of thing was refined.")
    ref: str = strawberry.field(description="Its id or code.")
    note: str = strawberry.field(description="How it was changed.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key has effect once.")


@strawberry.type(description="The gap that was noted, or why it was not.")
class LogGapPayload(Payload):
    gap: PilotGap | None = strawberry.field(default=None, description="The gap; null when it was refused.")


@strawberry.type(description="The gap as it was closed, or why it was not.")
class ResolveGapPayload(Payload):
    gap: PilotGap | None = strawberry.field(default=None, description="The gap; null when it was refused.")


@strawberry.type
class GapQueries:
    @strawberry.field(description="What pilots showed to be missing, the latest first.")
    async def pilot_gaps(
        self,
        info: Info,
        *,
        first: int | None = None,
        after: str | None = None,
        pilot_id: strawberry.ID | None = None,
        pillar: Pillar | None = None,
        resolved: bool | None = None,
    ) -> Connection[PilotGap]:
        of = uuid_of(pilot_id, "pilot") if pilot_id else None

        async def fetch(after: UUID | None, limit: int) -> list[domain.Gap]:
            async with info.context.read() as connection:
                return await repository.listing(
                    connection, pilot_id=of, pillar=pillar, resolved=resolved, after=after, limit=limit
                )

        return await page(first, after, fetch, node=PilotGap.of, cursor=lambda gap: str(gap.id), place=UUID)


@strawberry.type
class GapMutations:
    @mutation(
        refuses=(domain.GapUndescribed,),
        description="Note what a pilot shows to be missing. For its cohort and contact, its department, the owner and AI stewards.",
    )
    async def log_gap(self, info: Info, input: LogGapInput) -> LogGapPayload:
        gap = await run(
            info,
            commands.log_gap,
            key=input.idempotency_key,
            again=repository.get,
            pilot_id=uuid_of(input.pilot_id, "pilot"),
            pillar=input.pillar,
            severity=input.severity,
            description=input.description,
        )
        return LogGapPayload(gap=PilotGap.of(gap))

    @mutation(
        refuses=(domain.GapResolvedAlready, domain.RefinementUnnamed),
        description="Name the refinement that closes a gap. For the role that it is routed to and AI stewards.",
    )
    async def resolve_gap(self, info: Info, input: ResolveGapInput) -> ResolveGapPayload:
        gap = await run(
            info,
            commands.resolve_gap,
            key=input.idempotency_key,
            again=repository.get,
            gap_id=uuid_of(input.gap_id, "gap"),
            refinement=domain.Refinement(input.kind, input.ref, input.note),
        )
        return ResolveGapPayload(gap=PilotGap.of(gap))
