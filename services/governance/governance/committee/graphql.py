"""Committees in the graph."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from chassis.graphql import Info, Payload, mutation, run, uuid_of
from governance.committee import commands, repository
from governance.committee import domain as rules
from governance.committee.domain import PassRule, QuorumKind
from governance.people.graphql import Employee
from governance.programme.domain import NotEmployed

_KEY = "The same key changes nothing twice."


@strawberry.type(description="Somebody's seat in a committee.")
class CommitteeMember:
    employee: Employee = strawberry.field(description="Who sits there.")
    voting: bool = strawberry.field(description="Whether with a vote.")
    since: datetime = strawberry.field(description="Since when.")
    until: datetime | None = strawberry.field(description="Until when; null for today's members.")


@strawberry.type(description="How many have to vote.")
class Quorum:
    kind: QuorumKind = strawberry.field(description="How it is counted.")
    value: str = strawberry.field(description="The fraction or the number.")
    needed: int = strawberry.field(description="How many votes that is among today's voters.")


@strawberry.type(description="A body that decides at the enterprise tier. The executive sponsor is its chair.")
class Committee:
    id: strawberry.ID = strawberry.field(description="The committee's id.")
    name: str = strawberry.field(description="Its name.")
    chair: Employee | None = strawberry.field(description="The executive sponsor; null while that seat is vacant.")
    members: list[CommitteeMember] = strawberry.field(description="The members of today.")
    former_members: list[CommitteeMember] = strawberry.field(description="Those who left.")
    quorum: Quorum = strawberry.field(description="How many have to vote.")
    pass_rule: PassRule = strawberry.field(description="What a motion needs to pass.")
    chair_casting_vote: bool = strawberry.field(description="Whether the chair decides a tie.")

    @classmethod
    def of(cls, committee: rules.Committee) -> Committee:
        """A committee."""
        members = [
            CommitteeMember(
                employee=Employee(id=strawberry.ID(member.employee_id)),
                voting=member.voting,
                since=member.from_at,
                until=member.to_at,
            )
            for member in committee.members
        ]
        return cls(
            id=strawberry.ID(str(committee.id)),
            name=committee.name,
            chair=Employee(id=strawberry.ID(committee.chair_id)) if committee.chair_id else None,
            members=[member for member in members if member.until is None],
            former_members=[member for member in members if member.until is not None],
            quorum=Quorum(
                kind=committee.quorum.kind,
                value=committee.quorum.value,
                needed=committee.quorum.needs(len(committee.voters())),
            ),
            pass_rule=committee.pass_rule,
            chair_casting_vote=committee.chair_casting_vote,
        )


@strawberry.type
class CommitteeQueries:
    @strawberry.field(description="All committees.")
    async def committees(self, info: Info) -> list[Committee]:
        async with info.context.read() as connection:
            return [Committee.of(committee) for committee in await repository.every(connection)]

    @strawberry.field(description="One committee.")
    async def committee(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The committee's id.")]
    ) -> Committee | None:
        found = await info.context.load(repository.by_ids, uuid_of(id, "committee"))
        return Committee.of(found) if found else None


@strawberry.input(description="Who is to sit in a committee.")
class CommitteeMemberInput:
    employee_id: strawberry.ID = strawberry.field(description="Who.")
    voting: bool = strawberry.field(default=True, description="Whether with a vote.")


@strawberry.input(description="A committee to establish.")
class EstablishCommitteeInput:
    name: str = strawberry.field(description="Its name, unlike any other's.")
    members: list[CommitteeMemberInput] = strawberry.field(description="Who sits in it besides the chair.")
    quorum_kind: QuorumKind = strawberry.field(default=QuorumKind.FRACTION, description="How the quorum is counted.")
    quorum_value: str = strawberry.field(default="1/2", description="A fraction such as 0.5 or 2/3, or a number.")
    pass_rule: PassRule = strawberry.field(default=PassRule.SIMPLE, description="What a motion needs to pass.")
    chair_casting_vote: bool = strawberry.field(default=True, description="Whether the chair decides a tie.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The committee, or why there is none.")
class EstablishCommitteePayload(Payload):
    committee: Committee | None = strawberry.field(default=None, description="The committee.")


@strawberry.input(description="Who joins which committee.")
class SeatMemberInput:
    committee_id: strawberry.ID = strawberry.field(description="The committee.")
    employee_id: strawberry.ID = strawberry.field(description="Who joins.")
    voting: bool = strawberry.field(default=True, description="Whether with a vote.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The committee, or why nothing changed.")
class SeatMemberPayload(Payload):
    committee: Committee | None = strawberry.field(default=None, description="The committee.")


@strawberry.input(description="Whose seat ends.")
class VacateSeatInput:
    committee_id: strawberry.ID = strawberry.field(description="The committee.")
    employee_id: strawberry.ID = strawberry.field(description="Who leaves it.")
    reason: str = strawberry.field(description="Why.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The committee, or why nothing changed.")
class VacateSeatPayload(Payload):
    committee: Committee | None = strawberry.field(default=None, description="The committee.")


@strawberry.type
class CommitteeMutations:
    @mutation(
        refuses=(rules.NoSponsor, rules.CommitteeNameTaken, rules.QuorumOutOfRange, NotEmployed),
        description="Constitute a committee under the chair of the executive sponsor, who decides this.",
    )
    async def establish_committee(self, info: Info, input: EstablishCommitteeInput) -> EstablishCommitteePayload:
        committee = await run(
            info,
            commands.establish_committee,
            key=input.idempotency_key,
            again=repository.get,
            name=input.name,
            members=[(str(member.employee_id), member.voting) for member in input.members],
            quorum=rules.Quorum(input.quorum_kind, input.quorum_value),
            pass_rule=input.pass_rule,
            chair_casting_vote=input.chair_casting_vote,
        )
        return EstablishCommitteePayload(committee=Committee.of(committee))

    @mutation(
        refuses=(rules.AlreadyMember, NotEmployed),
        description="Let somebody join a committee. The executive sponsor decides.",
    )
    async def seat_member(self, info: Info, input: SeatMemberInput) -> SeatMemberPayload:
        committee = await run(
            info,
            commands.seat_member,
            key=input.idempotency_key,
            again=repository.get,
            committee_id=uuid_of(input.committee_id, "committee"),
            employee_id=str(input.employee_id),
            voting=input.voting,
        )
        return SeatMemberPayload(committee=Committee.of(committee))

    @mutation(refuses=(rules.NotAMember,), description="End somebody's seat. The executive sponsor decides.")
    async def vacate_seat(self, info: Info, input: VacateSeatInput) -> VacateSeatPayload:
        committee = await run(
            info,
            commands.vacate_seat,
            key=input.idempotency_key,
            again=repository.get,
            committee_id=uuid_of(input.committee_id, "committee"),
            employee_id=str(input.employee_id),
            reason=input.reason,
        )
        return VacateSeatPayload(committee=Committee.of(committee))
