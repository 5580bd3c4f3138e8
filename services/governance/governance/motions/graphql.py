"""Motions and votes in the graph."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from chassis.graphql import Connection, Info, Payload, mutation, page, run, uuid_of
from governance.committee import repository as committees
from governance.committee.graphql import Committee
from governance.motions import commands, repository
from governance.motions import domain as rules
from governance.motions.domain import Choice, Outcome
from governance.people.graphql import Employee
from governance.rights.domain import DecisionType
from governance.scope.domain import BadPanel, Terms
from governance.scope.graphql import Conditions, ConditionsInput, ScopeRow, ScopeRowInput
from governance.vocabulary.arguments import After, First

if TYPE_CHECKING:
    from governance.tools.graphql import Tool

_KEY = "The same key changes nothing twice."
_CLOSED = (rules.MotionIsClosed, rules.VoteTooLate)


@strawberry.type(description="A member's present vote.")
class Vote:
    employee: Employee = strawberry.field(description="Who voted.")
    choice: Choice = strawberry.field(description="How.")
    at: datetime = strawberry.field(description="When.")
    comment: str | None = strawberry.field(description="What the member said.")


@strawberry.type(description="Who takes no part in a motion.")
class Recusal:
    employee: Employee = strawberry.field(description="Who.")
    reason: str = strawberry.field(description="Why.")


@strawberry.type(description="The count of a closed motion.")
class Tally:
    eligible: int = strawberry.field(description="How many could vote.")
    needed: int = strawberry.field(description="How many votes made a quorum.")
    yes: int = strawberry.field(description="Votes for it.")
    no: int = strawberry.field(description="Votes against it.")
    abstain: int = strawberry.field(description="Abstentions.")


@strawberry.type(description="What a motion proposes to allow.")
class MotionTerms:
    scope: list[ScopeRow] = strawberry.field(description="What the tool may be used for.")
    conditions: Conditions = strawberry.field(description="What a person must have before using it.")


@strawberry.type(description="A question put to a committee.")
class Motion:
    id: strawberry.ID = strawberry.field(description="The motion's id.")
    decision_type: DecisionType = strawberry.field(description="What is to be decided.")
    subject_kind: str = strawberry.field(description="What kind of thing it is about.")
    subject_id: strawberry.ID = strawberry.field(description="The thing it is about.")
    title: str = strawberry.field(description="The question.")
    terms: MotionTerms | None = strawberry.field(
        description="The terms that are voted on; null when they are left to whoever carries the motion out."
    )
    proposer: Employee = strawberry.field(description="Who put it.")
    opened_at: datetime = strawberry.field(description="Since when votes are taken.")
    closes_at: datetime = strawberry.field(description="Until when votes are taken.")
    outcome: Outcome = strawberry.field(description="Where it stands.")
    closed_at: datetime | None = strawberry.field(description="When it ended.")
    tally: Tally | None = strawberry.field(description="The count, once it is closed.")
    votes: list[Vote] = strawberry.field(description="The votes so far.")
    recusals: list[Recusal] = strawberry.field(description="Who takes no part.")
    committee_id: strawberry.Private[UUID]

    @strawberry.field(description="Who is asked.")
    async def committee(self, info: Info) -> Committee | None:
        found = await info.context.load(committees.by_ids, self.committee_id)
        return Committee.of(found) if found else None

    @strawberry.field(description="The tool it is about.")
    async def tool(self, info: Info) -> Annotated[Tool, strawberry.lazy("governance.tools.graphql")] | None:
        from governance.tools import repository as tools  # noqa: PLC0415 - the two types refer to each other
        from governance.tools.graphql import Tool  # noqa: PLC0415

        found = await info.context.load(tools.by_ids, UUID(self.subject_id)) if self.subject_kind == "tool" else None
        return Tool.of(found) if found else None

    @classmethod
    def of(cls, motion: rules.Motion) -> Motion:
        """A motion."""
        count = motion.count
        return cls(
            id=strawberry.ID(str(motion.id)),
            decision_type=motion.decision_type,
            subject_kind=motion.subject_kind,
            subject_id=strawberry.ID(motion.subject_id),
            title=motion.title,
            terms=MotionTerms(
                scope=[ScopeRow.of(row) for row in motion.terms.scope],
                conditions=Conditions.of(motion.terms.conditions),
            )
            if motion.terms
            else None,
            proposer=Employee(id=strawberry.ID(motion.proposer_id)),
            opened_at=motion.opened_at,
            closes_at=motion.closes_at,
            outcome=motion.outcome,
            closed_at=motion.closed_at,
            tally=Tally(eligible=count.eligible, needed=count.needed, yes=count.yes, no=count.no, abstain=count.abstain)
            if count
            else None,
            votes=[
                Vote(
                    employee=Employee(id=strawberry.ID(vote.employee_id)),
                    choice=vote.choice,
                    at=vote.at,
                    comment=vote.comment,
                )
                for vote in motion.votes
            ],
            recusals=[
                Recusal(employee=Employee(id=strawberry.ID(recusal.employee_id)), reason=recusal.reason)
                for recusal in motion.recusals
            ],
            committee_id=motion.committee_id,
        )


@strawberry.type
class MotionQueries:
    @strawberry.field(description="One motion.")
    async def motion(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The motion's id.")]
    ) -> Motion | None:
        found = await info.context.load(repository.by_ids, uuid_of(id, "motion"))
        return Motion.of(found) if found else None

    @strawberry.field(description="Motions, the latest first.")
    async def motions(
        self,
        info: Info,
        *,
        first: First = 20,
        after: After = None,
        committee_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only motions of this committee.")
        ] = None,
        tool_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only motions about this tool.")
        ] = None,
        outcome: Annotated[Outcome | None, strawberry.argument(description="Only motions with this outcome.")] = None,
    ) -> Connection[Motion]:
        committee = uuid_of(committee_id, "committee") if committee_id else None
        async with info.context.read() as connection:
            return await page(
                first,
                after,
                lambda after, limit: repository.listing(
                    connection,
                    committee_id=committee,
                    subject_id=tool_id,
                    outcome=outcome,
                    after=after,
                    limit=limit,
                ),
                node=Motion.of,
                cursor=lambda motion: str(motion.id),
                place=UUID,
            )


@strawberry.input(description="What a motion proposes to allow.")
class MotionTermsInput:
    scope: list[ScopeRowInput] = strawberry.field(description="What the tool may be used for.")
    conditions: ConditionsInput | None = strawberry.field(
        default=None, description="What a person must have before using it."
    )

    def terms(self) -> Terms:
        """The rule's own."""
        conditions = (self.conditions or ConditionsInput()).conditions()
        return Terms(tuple(dict.fromkeys(row.row() for row in self.scope)), conditions)


@strawberry.input(description="A question about a tool.")
class OpenMotionInput:
    committee_id: strawberry.ID = strawberry.field(description="Who is asked.")
    decision_type: DecisionType = strawberry.field(description="What is to be decided, such as APPROVE_TOOL.")
    tool_id: strawberry.ID = strawberry.field(description="The tool it is about.")
    title: str = strawberry.field(description="The question.")
    terms: MotionTermsInput | None = strawberry.field(
        default=None,
        description="For an approval or a change of scope: the terms voted on, which are then carried out as they are.",
    )
    closes_at: datetime | None = strawberry.field(
        default=None, description="Until when votes are taken; five days when left out."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The motion, or why there is none.")
class OpenMotionPayload(Payload):
    motion: Motion | None = strawberry.field(default=None, description="The motion.")


@strawberry.input(description="A vote.")
class CastVoteInput:
    motion_id: strawberry.ID = strawberry.field(description="The motion.")
    choice: Choice = strawberry.field(description="How to vote.")
    comment: str | None = strawberry.field(default=None, description="What the member says.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The motion, or why the vote was not taken.")
class CastVotePayload(Payload):
    motion: Motion | None = strawberry.field(default=None, description="The motion.")


@strawberry.input(description="Taking no part in a motion.")
class RecuseFromMotionInput:
    motion_id: strawberry.ID = strawberry.field(description="The motion.")
    reason: str = strawberry.field(description="Why.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The motion, or why nothing changed.")
class RecuseFromMotionPayload(Payload):
    motion: Motion | None = strawberry.field(default=None, description="The motion.")


@strawberry.input(description="A motion to close.")
class CloseMotionInput:
    motion_id: strawberry.ID = strawberry.field(description="The motion.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The closed motion, or why it is open still.")
class CloseMotionPayload(Payload):
    motion: Motion | None = strawberry.field(default=None, description="The motion.")


@strawberry.input(description="A motion to take back.")
class WithdrawMotionInput:
    motion_id: strawberry.ID = strawberry.field(description="The motion.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The withdrawn motion, or why nothing changed.")
class WithdrawMotionPayload(Payload):
    motion: Motion | None = strawberry.field(default=None, description="The motion.")


@strawberry.type
class MotionMutations:
    @mutation(
        refuses=(rules.NotByMotion, rules.ClosesInThePast, BadPanel),
        description="Put a question about a tool to a committee; its chair or the AI steward may. The tool's owner is"
        " recused.",
    )
    async def open_motion(self, info: Info, input: OpenMotionInput) -> OpenMotionPayload:
        motion = await run(
            info,
            commands.open_motion,
            key=input.idempotency_key,
            again=repository.get,
            committee_id=uuid_of(input.committee_id, "committee"),
            decision_type=input.decision_type,
            tool_id=uuid_of(input.tool_id, "tool"),
            title=input.title,
            terms=input.terms.terms() if input.terms else None,
            closes_at=input.closes_at,
        )
        return OpenMotionPayload(motion=Motion.of(motion))

    @mutation(
        refuses=(*_CLOSED, rules.Recused, rules.NotAVoter),
        description="Vote on a motion, or change one's vote, until it closes.",
    )
    async def cast_vote(self, info: Info, input: CastVoteInput) -> CastVotePayload:
        motion = await run(
            info,
            commands.cast_vote,
            key=input.idempotency_key,
            again=repository.get,
            motion_id=uuid_of(input.motion_id, "motion"),
            choice=input.choice,
            comment=input.comment,
        )
        return CastVotePayload(motion=Motion.of(motion))

    @mutation(refuses=_CLOSED, description="Take no part in a motion: not in its quorum, not in its vote.")
    async def recuse_from_motion(self, info: Info, input: RecuseFromMotionInput) -> RecuseFromMotionPayload:
        motion = await run(
            info,
            commands.recuse,
            key=input.idempotency_key,
            again=repository.get,
            motion_id=uuid_of(input.motion_id, "motion"),
            reason=input.reason,
        )
        return RecuseFromMotionPayload(motion=Motion.of(motion))

    @mutation(
        refuses=(rules.MotionIsClosed, rules.VotesMissing),
        description="Count and end a motion: by itself at its date, and before by the chair or the AI steward when"
        " everybody who may vote has voted.",
    )
    async def close_motion(self, info: Info, input: CloseMotionInput) -> CloseMotionPayload:
        motion = await run(
            info,
            commands.close_motion,
            key=input.idempotency_key,
            again=repository.get,
            motion_id=uuid_of(input.motion_id, "motion"),
        )
        return CloseMotionPayload(motion=Motion.of(motion))

    @mutation(refuses=(rules.MotionIsClosed,), description="Take a question back; the chair or the AI steward may.")
    async def withdraw_motion(self, info: Info, input: WithdrawMotionInput) -> WithdrawMotionPayload:
        motion = await run(
            info,
            commands.withdraw_motion,
            key=input.idempotency_key,
            again=repository.get,
            motion_id=uuid_of(input.motion_id, "motion"),
        )
        return WithdrawMotionPayload(motion=Motion.of(motion))
