"""Departments on their way into the operating model, in the graph (L12)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import strawberry

from chassis.graphql import Connection, Info, Payload, mutation, page, run, uuid_of
from chassis.graphql.description import describe
from governance.onboarding import commands, repository
from governance.onboarding import domain as rules
from governance.onboarding.domain import OnboardingStatus, ReadinessPart
from governance.people.graphql import Department
from governance.vocabulary.arguments import After, First

_KEY = "The same key changes nothing twice."

describe(
    OnboardingStatus,
    "OnboardingStatus",
    "Where a department stands on its way into the operating model.",
    {
        OnboardingStatus.PLANNED: "It is in a wave, and something is missing.",
        OnboardingStatus.READY: "It is in a wave, and may go live.",
        OnboardingStatus.LIVE: "It works by the operating model.",
        OnboardingStatus.STABILISED: "It has for four weeks, and its people use AI.",
        OnboardingStatus.HALTED: "It stands still, with a reason.",
    },
)
describe(
    ReadinessPart,
    "ReadinessPart",
    "What a department needs before it goes live.",
    {
        ReadinessPart.LEADER_NAMED: "Somebody leads it.",
        ReadinessPart.POLICIES_ACKNOWLEDGED: "Its people acknowledged the policies that hold.",
        ReadinessPart.PEOPLE_TRAINED: "Its people hold the credentials that everybody needs.",
        ReadinessPart.TOOLS_USABLE: "There is an approved tool that it may use.",
        ReadinessPart.USE_CASES_REGISTERED: "It registered what it uses AI for.",
        ReadinessPart.WORKFLOWS_PRIORITISED: "It chose a workflow.",
    },
)


@strawberry.type(description="One part of a department's readiness.")
class ReadinessScore:
    part: ReadinessPart = strawberry.field(description="Which one.")
    value: float | None = strawberry.field(
        description="From 0 to 1; null while it is not known, and shares of fewer than five people."
    )
    enough: bool = strawberry.field(description="Whether it keeps the department from nothing.")


@strawberry.type(description="How far a department is today, computed from events.")
class DepartmentReadiness:
    score: float | None = strawberry.field(description="The mean of the parts that are known.")
    parts: list[ReadinessScore] = strawberry.field(description="Each part by itself.")

    @classmethod
    def of(cls, found: rules.Readiness) -> DepartmentReadiness:
        """A readiness."""
        return cls(
            score=found.score,
            parts=[
                ReadinessScore(part=each.part, value=each.value, enough=each.part not in found.missing)
                for each in found.scores
            ],
        )


@strawberry.type(description="A department's way into the operating model.")
class DepartmentOnboarding:
    known: strawberry.Private[rules.Onboarding]
    id: strawberry.ID = strawberry.field(description="The onboarding's id.")
    department: Department = strawberry.field(description="The department.")
    wave: int = strawberry.field(description="The wave's number.")
    starts_on: date = strawberry.field(description="When the wave is to begin.")
    live_at: datetime | None = strawberry.field(description="When the department went live.")
    stabilised_at: datetime | None = strawberry.field(description="When it was found to hold.")
    halted_because: str | None = strawberry.field(description="Why it stands still.")

    @strawberry.field(description="Where it stands.")
    async def status(self, info: Info) -> OnboardingStatus:
        return self.known.stands(await self._readiness(info))

    @strawberry.field(description="How far the department is today.")
    async def readiness(self, info: Info) -> DepartmentReadiness:
        return DepartmentReadiness.of(await self._readiness(info))

    async def _readiness(self, info: Info) -> rules.Readiness:
        found = await info.context.load(commands.readiness, self.known.department_id)
        assert found is not None
        return found

    @classmethod
    def of(cls, it: rules.Onboarding) -> DepartmentOnboarding:
        """An onboarding."""
        return cls(
            known=it,
            id=strawberry.ID(str(it.id)),
            department=Department(id=strawberry.ID(it.department_id)),
            wave=it.wave,
            starts_on=it.starts_on,
            live_at=it.live_at,
            stabilised_at=it.stabilised_at,
            halted_because=it.halted_because,
        )


@strawberry.type
class OnboardingQueries:
    @strawberry.field(description="Departments on their way into the operating model, by wave and department.")
    async def department_onboardings(
        self,
        info: Info,
        wave: Annotated[int | None, strawberry.argument(description="Only this wave.")] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[DepartmentOnboarding]:
        info.context.require_caller()
        async with info.context.read() as connection:
            return await page(
                first,
                after,
                lambda after, limit: repository.listing(connection, wave=wave, after=after, limit=limit),
                node=DepartmentOnboarding.of,
                cursor=lambda it: str(it.id),
                place=UUID,
            )


@strawberry.input(description="The departments of the next wave.")
class PlanOnboardingWaveInput:
    department_ids: list[strawberry.ID] = strawberry.field(
        description="The departments; halted ones come back with it."
    )
    starts_on: date = strawberry.field(description="When the wave is to begin.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="A department that begins.")
class TakeDepartmentLiveInput:
    onboarding_id: strawberry.ID = strawberry.field(description="Its onboarding.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="A department that holds.")
class StabiliseDepartmentInput:
    onboarding_id: strawberry.ID = strawberry.field(description="Its onboarding.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="A department that is not to go on for now.")
class HaltOnboardingInput:
    onboarding_id: strawberry.ID = strawberry.field(description="Its onboarding.")
    reason: str = strawberry.field(description="Why.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The wave, or why it is not planned.")
class PlanOnboardingWavePayload(Payload):
    onboardings: list[DepartmentOnboarding] | None = strawberry.field(
        default=None, description="The departments of the wave."
    )


@strawberry.type(description="The onboarding, or why the department does not begin.")
class TakeDepartmentLivePayload(Payload):
    onboarding: DepartmentOnboarding | None = strawberry.field(default=None, description="The onboarding.")


@strawberry.type(description="The onboarding, or why it does not hold yet.")
class StabiliseDepartmentPayload(Payload):
    onboarding: DepartmentOnboarding | None = strawberry.field(default=None, description="The onboarding.")


@strawberry.type(description="The onboarding, or why nothing changed.")
class HaltOnboardingPayload(Payload):
    onboarding: DepartmentOnboarding | None = strawberry.field(default=None, description="The onboarding.")


@strawberry.type
class OnboardingMutations:
    @mutation(
        refuses=(rules.WaveWithoutDepartments, rules.AlreadyPlanned),
        description="Put departments into the next wave. The sponsor and the AI steward may.",
    )
    async def plan_onboarding_wave(self, info: Info, input: PlanOnboardingWaveInput) -> PlanOnboardingWavePayload:
        wave = await run(
            info,
            commands.plan_wave,
            key=input.idempotency_key,
            again=repository.wave_of,
            department_ids=[str(id) for id in input.department_ids],
            starts_on=input.starts_on,
        )
        return PlanOnboardingWavePayload(onboardings=[DepartmentOnboarding.of(each) for each in wave.onboardings])

    @mutation(
        refuses=(rules.OnboardingInWrongState, rules.WaveNotBegun, rules.NotReady),
        description="A department that is ready begins; a refusal names what is missing.",
    )
    async def take_department_live(self, info: Info, input: TakeDepartmentLiveInput) -> TakeDepartmentLivePayload:
        onboarding = await run(
            info,
            commands.take_live,
            key=input.idempotency_key,
            again=repository.get,
            onboarding_id=uuid_of(input.onboarding_id, "onboarding"),
        )
        return TakeDepartmentLivePayload(onboarding=DepartmentOnboarding.of(onboarding))

    @mutation(
        refuses=(rules.OnboardingInWrongState, rules.NotStable),
        description="A department holds: live for four weeks, and a quarter of its people used AI in the last four.",
    )
    async def stabilise_department(self, info: Info, input: StabiliseDepartmentInput) -> StabiliseDepartmentPayload:
        onboarding = await run(
            info,
            commands.stabilise_department,
            key=input.idempotency_key,
            again=repository.get,
            onboarding_id=uuid_of(input.onboarding_id, "onboarding"),
        )
        return StabiliseDepartmentPayload(onboarding=DepartmentOnboarding.of(onboarding))

    @mutation(
        refuses=(rules.OnboardingInWrongState,),
        description="Let an onboarding stand still, with a reason; a later wave takes it up again.",
    )
    async def halt_onboarding(self, info: Info, input: HaltOnboardingInput) -> HaltOnboardingPayload:
        onboarding = await run(
            info,
            commands.halt_onboarding,
            key=input.idempotency_key,
            again=repository.get,
            onboarding_id=uuid_of(input.onboarding_id, "onboarding"),
            reason=input.reason,
        )
        return HaltOnboardingPayload(onboarding=DepartmentOnboarding.of(onboarding))
