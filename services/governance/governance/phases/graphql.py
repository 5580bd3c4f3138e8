"""The phases of the programme in the graph (L01)."""

from __future__ import annotations

from datetime import datetime

import strawberry

from chassis.graphql import Info, Payload, mutation, run
from chassis.graphql.description import describe
from governance.people.graphql import Employee
from governance.phases import commands, repository
from governance.phases import domain as rules
from governance.phases.domain import Criterion, PhaseCode, PhaseStatus

describe(
    PhaseCode,
    "PhaseCode",
    "The phases of the programme in their order.",
    {
        PhaseCode.FOUNDATION: "The least that has to be there: committee, tools, policy, training.",
        PhaseCode.PILOT: "A few workflows, measured.",
        PhaseCode.SCALE: "More departments.",
        PhaseCode.EVOLVE: "For good: the operating model is never finished.",
    },
)
describe(
    PhaseStatus,
    "PhaseStatus",
    "Where a phase stands.",
    {
        PhaseStatus.NOT_STARTED: "The one before it goes on.",
        PhaseStatus.ACTIVE: "It goes on; criteria are open.",
        PhaseStatus.EXIT_READY: "Every criterion is proven; the sponsor may complete it.",
        PhaseStatus.COMPLETED: "It is over.",
    },
)
describe(
    Criterion,
    "PhaseCriterionCode",
    "What events prove.",
    {
        Criterion.SPONSOR_NAMED: "Somebody answers for the programme.",
        **{each.criterion: each.words for each in reversed(rules.EXITS)},
    },
)


@strawberry.type(description="The event that proves a criterion for one thing.")
class CriterionEvidence:
    event_id: strawberry.ID = strawberry.field(description="The event's id.")
    event_type: str = strawberry.field(description="What happened.")
    subject: str = strawberry.field(description="The thing it proves the criterion for.")
    occurred_at: datetime = strawberry.field(description="When it happened.")


@strawberry.type(description="A criterion of a phase's exit. Events prove it; nobody ticks it.")
class PhaseCriterion:
    criterion: Criterion = strawberry.field(description="Which one.")
    explanation: str = strawberry.field(description="In words.")
    needed: int = strawberry.field(description="For how many different things it has to be proven.")
    satisfied: bool = strawberry.field(description="Whether it is.")
    evidence: list[CriterionEvidence] = strawberry.field(description="The events that prove it, the earliest first.")


@strawberry.type(description="A phase of the programme.")
class Phase:
    code: PhaseCode = strawberry.field(description="Which one.")
    status: PhaseStatus = strawberry.field(description="Where it stands.")
    entered_at: datetime | None = strawberry.field(description="When it began.")
    ready_at: datetime | None = strawberry.field(description="When the last criterion was proven.")
    completed_at: datetime | None = strawberry.field(description="When the sponsor completed it.")
    completed_by: Employee | None = strawberry.field(description="Who completed it.")
    criteria: list[PhaseCriterion] = strawberry.field(description="What has to be proven before it may end.")

    @classmethod
    def of(cls, code: PhaseCode, phase: rules.Phase | None, facts: rules.Facts) -> Phase:
        """A phase, begun or not."""
        by = phase.completed_by if phase else None
        return cls(
            code=code,
            status=phase.status if phase else PhaseStatus.NOT_STARTED,
            entered_at=phase.entered_at if phase else None,
            ready_at=phase.ready_at if phase else None,
            completed_at=phase.completed_at if phase else None,
            completed_by=Employee(id=strawberry.ID(by)) if by else None,
            criteria=[_criterion(each, facts) for each in rules.EXITS if each.phase is code],
        )


def _criterion(each: rules.Exit, facts: rules.Facts) -> PhaseCriterion:
    proofs = facts.get(each.criterion, ())
    return PhaseCriterion(
        criterion=each.criterion,
        explanation=each.words,
        needed=each.needs,
        satisfied=len(proofs) >= each.needs,
        evidence=[
            CriterionEvidence(
                event_id=strawberry.ID(fact.event_id),
                event_type=fact.event_type,
                subject=fact.subject,
                occurred_at=fact.occurred_at,
            )
            for fact in proofs[: each.needs]
        ],
    )


@strawberry.type
class PhaseQueries:
    @strawberry.field(description="The phases of the programme in their order, with what proves each criterion.")
    async def programme_phases(self, info: Info) -> list[Phase]:
        async with info.context.read() as connection:
            begun, facts = await repository.begun(connection), await repository.facts(connection)
        return [Phase.of(code, begun.get(code), facts) for code in rules.ORDER]


@strawberry.input(description="The phase to complete.")
class CompletePhaseInput:
    phase: PhaseCode = strawberry.field(description="The phase that goes on.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key changes nothing twice.")


@strawberry.type(description="The completed phase, or what is still open.")
class CompletePhasePayload(Payload):
    phase: Phase | None = strawberry.field(default=None, description="The completed phase.")


@strawberry.type
class PhaseMutations:
    @mutation(
        refuses=(rules.PhaseNotActive, rules.CriteriaOpen, rules.NeverCompletes),
        description="Confirm that a phase is over, once every criterion is proven; the next one begins.",
    )
    async def complete_phase(self, info: Info, input: CompletePhaseInput) -> CompletePhasePayload:
        phase = await run(
            info, commands.complete_phase, key=input.idempotency_key, again=repository.get, phase=input.phase
        )
        async with info.context.read() as connection:
            facts = await repository.facts(connection)
        return CompletePhasePayload(phase=Phase.of(phase.code, phase, facts))
