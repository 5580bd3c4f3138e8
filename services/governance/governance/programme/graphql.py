"""The executive sponsor in the graph."""

from __future__ import annotations

from datetime import datetime

import strawberry

from chassis.graphql import Info, Payload, mutation, run
from governance.people.graphql import Employee
from governance.programme import commands, repository
from governance.programme import domain as rules


@strawberry.type(description="One person's term as executive sponsor.")
class Sponsorship:
    id: strawberry.ID = strawberry.field(description="The term's id.")
    employee: Employee = strawberry.field(description="Who is, or was, the sponsor.")
    effective_from: datetime = strawberry.field(description="When the term began.")
    ended_at: datetime | None = strawberry.field(description="When it ended; null for the present one.")
    appointed_by: strawberry.ID = strawberry.field(description="Who appointed.")

    @classmethod
    def of(cls, sponsor: rules.Sponsor) -> Sponsorship:
        """A term."""
        return cls(
            id=strawberry.ID(str(sponsor.id)),
            employee=Employee(id=strawberry.ID(sponsor.employee_id)),
            effective_from=sponsor.effective_from,
            ended_at=sponsor.ended_at,
            appointed_by=strawberry.ID(sponsor.appointed_by),
        )


@strawberry.type
class ProgrammeQueries:
    @strawberry.field(description="The executive sponsor of today; null while the seat is vacant and has to be filled.")
    async def executive_sponsor(self, info: Info) -> Sponsorship | None:
        async with info.context.read() as connection:
            sponsor = await repository.active(connection)
        return Sponsorship.of(sponsor) if sponsor else None

    @strawberry.field(description="All terms as executive sponsor, the latest fifty first.")
    async def sponsorships(self, info: Info) -> list[Sponsorship]:
        async with info.context.read() as connection:
            return [Sponsorship.of(sponsor) for sponsor in await repository.history(connection)]


@strawberry.input(description="Whom to appoint.")
class AppointSponsorInput:
    employee_id: strawberry.ID = strawberry.field(description="Who becomes the executive sponsor.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key changes nothing twice.")


@strawberry.type(description="The appointment, or why there is none.")
class AppointSponsorPayload(Payload):
    sponsorship: Sponsorship | None = strawberry.field(default=None, description="The new term.")


@strawberry.type
class ProgrammeMutations:
    @mutation(
        refuses=(rules.AlreadySponsor, rules.NotEmployed),
        description="Make somebody the executive sponsor, who chairs every committee from this moment on. The present"
        " sponsor decides; while the seat is vacant the AI steward may.",
    )
    async def appoint_sponsor(self, info: Info, input: AppointSponsorInput) -> AppointSponsorPayload:
        sponsor = await run(
            info,
            commands.appoint_sponsor,
            key=input.idempotency_key,
            again=repository.get,
            employee_id=str(input.employee_id),
        )
        return AppointSponsorPayload(sponsorship=Sponsorship.of(sponsor))
