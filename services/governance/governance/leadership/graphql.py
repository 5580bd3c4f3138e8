"""Active sponsorship and the living model in the graph (L07, L08, L13)."""

from __future__ import annotations

from datetime import datetime

import strawberry

from chassis.graphql import Info, Payload, mutation, run
from chassis.graphql.description import describe
from governance.leadership import commands, repository
from governance.leadership import domain as rules
from governance.leadership.domain import AppearanceKind, Part, Structure
from governance.people.graphql import Employee
from governance.programme import repository as programme

describe(
    Part,
    "SponsorshipPart",
    "What active sponsorship is made of.",
    {
        Part.REVIEWS_ON_TIME: "Monthly reviews held in time, of the last six that were held or missed.",
        Part.MEETINGS_CHAIRED: "Meetings of the committee in the last 180 days that the sponsor chaired.",
        Part.OWN_TRAINING: "Whether the sponsor holds credentials, and none has lapsed.",
        Part.OWN_USE: "Whether the sponsor used AI on as many days as the median person, in the latest figures.",
        Part.VISIBLE: "Whether the sponsor led a session or communicated in the last ninety days.",
    },
)
describe(
    Structure,
    "ModelStructure",
    "What is declared.",
    {
        Structure.COMMITTEES: "Alive with a meeting or a motion.",
        Structure.POLICIES: "Alive with a publication or an acknowledgement.",
        Structure.PROCEDURES: "Alive with a new version.",
        Structure.CADENCES: "Alive with a review that was held.",
    },
)
describe(
    AppearanceKind,
    "AppearanceKind",
    "How the sponsor is visible.",
    {
        AppearanceKind.SESSION: "Led a session.",
        AppearanceKind.COMMUNICATION: "Said something to the organisation.",
    },
)


@strawberry.type(description="One part of active sponsorship.")
class SponsorshipScore:
    part: Part = strawberry.field(description="Which one.")
    reached: int = strawberry.field(description="What was reached.")
    possible: int = strawberry.field(description="Out of what; nothing while it is not known.")
    value: float | None = strawberry.field(description="From 0 to 1; null while it is not known.")


@strawberry.type(description="How active the executive sponsor is. The parts come first; the index is their mean.")
class SponsorshipIndex:
    sponsor: Employee = strawberry.field(description="The sponsor.")
    parts: list[SponsorshipScore] = strawberry.field(description="Each part by itself.")
    index: float | None = strawberry.field(description="The mean of the parts that are known.")
    passive: bool = strawberry.field(description="Whether it is below one half.")


@strawberry.type(description="Signs of life of one kind of structure.")
class StructureVitality:
    structure: Structure = strawberry.field(description="Which kind.")
    declared: int = strawberry.field(description="How many there are.")
    alive: int = strawberry.field(description="How many showed a sign of life in the last ninety days.")


@strawberry.type(description="Whether the operating model is lived or only written down.")
class LivingModel:
    structures: list[StructureVitality] = strawberry.field(description="Each kind by itself.")
    ratio: float | None = strawberry.field(description="Alive out of declared; null while nothing is declared.")


@strawberry.type
class LeadershipQueries:
    @strawberry.field(
        description="How active the executive sponsor is, for everybody to see; null while there is none."
    )
    async def sponsorship_index(self, info: Info) -> SponsorshipIndex | None:
        info.context.require_caller()
        async with info.context.read() as connection:
            sponsor = await programme.active(connection)
            if sponsor is None:
                return None
            parts = await repository.scores(connection, sponsor.employee_id)
        found = rules.index(parts)
        return SponsorshipIndex(
            sponsor=Employee(id=strawberry.ID(sponsor.employee_id)),
            parts=[
                SponsorshipScore(part=each.part, reached=each.reached, possible=each.possible, value=each.value)
                for each in parts
            ],
            index=found,
            passive=found is not None and found < rules.PASSIVE_BELOW,
        )

    @strawberry.field(description="Which declared structures showed a sign of life in the last ninety days.")
    async def living_model(self, info: Info) -> LivingModel:
        info.context.require_caller()
        async with info.context.read() as connection:
            found = await repository.vitality(connection)
        return LivingModel(
            structures=[
                StructureVitality(structure=each.structure, declared=each.declared, alive=each.alive) for each in found
            ],
            ratio=rules.living_ratio(found),
        )


@strawberry.type(description="Something the sponsor led or said.")
class SponsorAppearance:
    id: strawberry.ID = strawberry.field(description="Its id.")
    kind: AppearanceKind = strawberry.field(description="How.")
    title: str = strawberry.field(description="What.")
    at: datetime = strawberry.field(description="When it was recorded.")

    @classmethod
    def of(cls, it: rules.Appearance) -> SponsorAppearance:
        """An appearance."""
        return cls(id=strawberry.ID(str(it.id)), kind=it.kind, title=it.title, at=it.at)


@strawberry.input(description="What the sponsor led or said.")
class RecordAppearanceInput:
    kind: AppearanceKind = strawberry.field(description="How.")
    title: str = strawberry.field(description="What.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key changes nothing twice.")


@strawberry.type(description="The record, or why there is none.")
class RecordAppearancePayload(Payload):
    appearance: SponsorAppearance | None = strawberry.field(default=None, description="The record.")


@strawberry.type
class LeadershipMutations:
    @mutation(refuses=(rules.NothingSaid,), description="The sponsor records a session led or something said.")
    async def record_appearance(self, info: Info, input: RecordAppearanceInput) -> RecordAppearancePayload:
        found = await run(
            info,
            commands.record_appearance,
            key=input.idempotency_key,
            again=repository.get_appearance,
            kind=input.kind,
            title=input.title,
        )
        return RecordAppearancePayload(appearance=SponsorAppearance.of(found))
