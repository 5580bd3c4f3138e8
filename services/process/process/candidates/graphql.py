"""Candidates in the graph: the score, and every factor of it explained."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

import strawberry

from chassis.graphql import Connection, Info, Payload, mutation, page, run, uuid_of
from process.candidates import commands, domain, repository
from process.candidates.domain import Factor, Gate, Outcome
from process.processes.domain import ProcessIsRetired
from process.vocabulary import graphql as _described  # noqa: F401 - describes the enumerations used here

if TYPE_CHECKING:
    from process.processes.graphql import Process


@strawberry.type(description="A part of a candidate's score and why it has its value.")
class CandidateFactor:
    factor: Factor = strawberry.field(description="Which part.")
    value: float = strawberry.field(description="From 0 (disqualifies) to 1 (could not be better).")
    weight: float = strawberry.field(description="Its share in the score; all weights add up to 1.")
    why: str = strawberry.field(description="The figure or the evidence behind the value.")


@strawberry.type(description="How well a process is suited to being done with AI.")
class Candidate:
    score: float = strawberry.field(
        description="0 to 100: the weighted geometric mean of the factors, so that one bad factor disqualifies."
    )
    factors: list[CandidateFactor] = strawberry.field(description="What the score is made of.")
    eligible: bool = strawberry.field(description="Whether all gates hold.")
    failed_gates: list[Gate] = strawberry.field(description="The gates that do not hold.")
    hours_at_stake: float = strawberry.field(description="Hours of work in a month when it was assessed.")
    rank_value: float = strawberry.field(description="Score times hours at stake; 0 when a gate does not hold.")
    outcome: Outcome = strawberry.field(description="Where the candidate stands.")
    reason: str | None = strawberry.field(description="Why it was accepted or put aside.")
    assessed_at: datetime = strawberry.field(description="When it was assessed.")
    process_id: strawberry.Private[UUID]

    @strawberry.field(description="The process.")
    async def process(self, info: Info) -> Annotated[Process, strawberry.lazy("process.processes.graphql")] | None:
        from process.processes.graphql import Process  # noqa: PLC0415 - processes name their candidate

        return await Process.resolve_reference(info, strawberry.ID(str(self.process_id)))

    @classmethod
    def of(cls, assessment: domain.Assessment) -> Self:
        """The assessment as the graph shows it."""
        return cls(
            score=round(assessment.score, 2),
            factors=[
                CandidateFactor(factor=one.factor, value=one.value, weight=one.weight, why=one.why)
                for one in assessment.factors
            ],
            eligible=not assessment.failed_gates,
            failed_gates=list(assessment.failed_gates),
            hours_at_stake=assessment.measured.hours_at_stake,
            rank_value=assessment.rank_value,
            outcome=assessment.outcome,
            reason=assessment.reason,
            assessed_at=assessment.assessed_at,
            process_id=assessment.process_id,
        )


async def candidate_of(info: Info, process_id: str) -> Candidate | None:
    """The assessment of a process; None when it was not assessed."""
    found = await info.context.load(repository.of_processes, UUID(process_id))
    return Candidate.of(found) if found else None


@strawberry.input(description="What was found about a factor that figures do not tell.")
class JudgementInput:
    value: float = strawberry.field(description="From 0 (disqualifies) to 1 (could not be better).")
    evidence: str = strawberry.field(description="What the value rests on.")

    def read(self) -> domain.Judgement:
        """The judgement as the domain knows it."""
        return domain.Judgement(self.value, self.evidence)


@strawberry.input(description="What an assessor found; volume, exceptions and documentation come from the inventory.")
class AssessProcessInput:
    process_id: strawberry.ID = strawberry.field(description="The process.")
    data_readiness: JudgementInput = strawberry.field(description="Whether the data is there, right and allowed.")
    verifiability: JudgementInput = strawberry.field(description="How easily a wrong result is seen.")
    controllable_risk: JudgementInput = strawberry.field(description="How well a wrong result can be contained.")
    prohibited: bool = strawberry.field(default=False, description="Whether law or policy forbids AI in it.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key has effect once.")


@strawberry.input(description="A decision on a candidate.")
class DecideCandidateInput:
    process_id: strawberry.ID = strawberry.field(description="The process.")
    accepted: bool = strawberry.field(description="True to take it on, false to put it aside.")
    reason: str = strawberry.field(description="Why.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key has effect once.")


@strawberry.type(description="The score, or why there is none.")
class AssessProcessPayload(Payload):
    candidate: Candidate | None = strawberry.field(default=None, description="The score; null when it was refused.")


@strawberry.type(description="The candidate as decided, or why it was not.")
class DecideCandidatePayload(Payload):
    candidate: Candidate | None = strawberry.field(default=None, description="The candidate; null when refused.")


@strawberry.type
class CandidateQueries:
    @strawberry.field(description="The assessed processes, the most worthwhile to begin with first.")
    async def candidates(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        department_id: strawberry.ID | None = None,
        outcome: Outcome | None = None,
    ) -> Connection[Candidate]:
        async def fetch(after: tuple[float, UUID] | None, limit: int) -> list[domain.Assessment]:
            async with info.context.read() as connection:
                return await repository.ranked(
                    connection, department_id=department_id, outcome=outcome, after=after, limit=limit
                )

        return await page(
            first, after, fetch, node=Candidate.of, cursor=lambda one: f"{one.rank_value.hex()} {one.id}", place=_place
        )


def _place(cursor: str) -> tuple[float, UUID]:
    value, _, id = cursor.partition(" ")
    return float.fromhex(value), UUID(id)


@strawberry.type
class CandidateMutations:
    @mutation(
        refuses=(domain.JudgementInvalid, ProcessIsRetired),
        description="Score a process as a candidate for AI. For its owner, the department's leader and AI stewards.",
    )
    async def assess_process(self, info: Info, input: AssessProcessInput) -> AssessProcessPayload:
        findings = domain.Findings(
            input.data_readiness.read(), input.verifiability.read(), input.controllable_risk.read(), input.prohibited
        )
        assessment = await run(
            info,
            commands.assess_process,
            key=input.idempotency_key,
            again=repository.get,
            process_id=uuid_of(input.process_id, "process"),
            findings=findings,
        )
        return AssessProcessPayload(candidate=Candidate.of(assessment))

    @mutation(
        refuses=(domain.NotAssessed, domain.NotACandidate),
        description="Take a candidate on or put it aside. For the department's leader alone.",
    )
    async def decide_candidate(self, info: Info, input: DecideCandidateInput) -> DecideCandidatePayload:
        assessment = await run(
            info,
            commands.decide_candidate,
            key=input.idempotency_key,
            again=repository.get,
            process_id=uuid_of(input.process_id, "process"),
            accepted=input.accepted,
            reason=input.reason,
        )
        return DecideCandidatePayload(candidate=Candidate.of(assessment))
