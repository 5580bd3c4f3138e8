"""The process inventory in the graph."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from chassis.directory import people
from chassis.graphql import Connection, Info, Payload, mutation, page, run, uuid_of
from chassis.pages import PageOf
from process.candidates.graphql import Candidate, candidate_of
from process.processes import commands, domain, repository
from process.processes.domain import DataClass, Direction, Status
from process.vocabulary import graphql as _described  # noqa: F401 - describes the enumerations used here

if TYPE_CHECKING:
    from process.pilots.graphql import Pilot
    from process.sops.graphql import Sop


@strawberry.type(name="ProcessKpi", description="A figure by which an improvement of a process could be measured.")
class Kpi:
    name: str = strawberry.field(description="What is measured.")
    unit: str = strawberry.field(description="In which unit.")
    direction: Direction = strawberry.field(description="Which way it should go.")


@strawberry.federation.type(keys=["id"], description="Work that is done again and again, and how much is at stake.")
class Process:
    id: strawberry.ID = strawberry.field(description="The process's id, a UUID.")
    code: str = strawberry.field(description="The short name that people use.")
    name: str = strawberry.field(description="What the work is called.")
    department: Department = strawberry.field(description="Whose work it is.")
    owner: Employee | None = strawberry.field(description="Who is accountable; null while nobody is.")
    owner_vacant: bool = strawberry.field(description="Whether nobody is accountable because the owner left.")
    volume_per_month: int = strawberry.field(description="How often the work is done in a month.")
    minutes_per_unit: float = strawberry.field(description="How many minutes it takes each time.")
    hours_at_stake: float = strawberry.field(description="Hours of work in a month: volume times minutes.")
    documentation_level: int = strawberry.field(description="How well it is described: 0 (not) to 4 (completely).")
    exception_rate: float = strawberry.field(description="The share of cases that do not go the usual way, 0 to 1.")
    systems: list[str] = strawberry.field(description="The systems that are used.")
    data_classes: list[DataClass] = strawberry.field(description="The kinds of data that are handled.")
    measurable_kpis: list[Kpi] = strawberry.field(description="The figures by which an improvement could be measured.")
    status: Status = strawberry.field(description="Where the process stands on its way to AI.")
    priority: int | None = strawberry.field(description="Its rank in its department, 1 first; null while it has none.")
    registered_at: datetime = strawberry.field(description="When it came into the inventory.")

    @strawberry.field(description="The procedures that say how the work is done, in order of code.")
    async def sops(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[Annotated[Sop, strawberry.lazy("process.sops.graphql")]]:
        from process.sops.graphql import sops_of_process  # noqa: PLC0415 - procedures know processes, not the reverse

        return await sops_of_process(info, self.id, first, after)

    @strawberry.field(description="The pilots of it, the latest first.")
    async def pilots(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[Annotated[Pilot, strawberry.lazy("process.pilots.graphql")]]:
        from process.pilots.graphql import pilots_of_process  # noqa: PLC0415 - pilots know processes, not the reverse

        return await pilots_of_process(info, self.id, first, after)

    @strawberry.field(description="How well it is suited to being done with AI; null while it was not assessed.")
    async def candidate(self, info: Info) -> Candidate | None:
        return await candidate_of(info, self.id)

    @classmethod
    def of(cls, process: domain.Process) -> Self:
        """The process as the graph shows it."""
        profile = process.profile
        return cls(
            id=strawberry.ID(str(process.id)),
            code=process.code,
            name=profile.name,
            department=Department(id=strawberry.ID(process.department_id)),
            owner=Employee(id=strawberry.ID(process.owner_id)) if process.owner_id else None,
            owner_vacant=process.owner_vacant,
            volume_per_month=profile.volume_per_month,
            minutes_per_unit=profile.minutes_per_unit,
            hours_at_stake=profile.hours_at_stake,
            documentation_level=profile.documentation_level,
            exception_rate=profile.exception_rate,
            systems=list(profile.systems),
            data_classes=list(profile.data_classes),
            measurable_kpis=[
                Kpi(name=kpi.name, unit=kpi.unit, direction=kpi.direction) for kpi in profile.measurable_kpis
            ],
            status=process.status,
            priority=process.priority,
            registered_at=process.registered_at,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:
        """The process that another service refers to."""
        found = await info.context.load(repository.by_id, uuid_of(id, "process"))
        return cls.of(found) if found else None


@strawberry.federation.type(keys=["id"], description="A department, and the work it does.")
class Department:
    id: strawberry.ID = strawberry.field(description="The department's id in the HRIS.")

    @strawberry.field(description="The processes of the department in order of code.")
    async def processes(self, info: Info, first: int | None = None, after: str | None = None) -> Connection[Process]:
        return await _of_department(info, self.id, first, after)

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Self:
        """The department that another service refers to."""
        return cls(id=id)


@strawberry.federation.type(keys=["id"], description="A person, and the work they own and do.")
class Employee:
    id: strawberry.ID = strawberry.field(description="The employee's id in the HRIS.")

    @strawberry.field(description="The processes that the person is accountable for, in order of code.")
    async def owned_processes(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[Process]:
        async def fetch(after: str | None, limit: int) -> list[domain.Process]:
            return await info.context.load(repository.of_owners, PageOf(str(self.id), after, limit)) or []

        return await _page(fetch, first, after)

    @strawberry.field(description="The processes of the department that the person works in today, in order of code.")
    async def workflows(self, info: Info, first: int | None = None, after: str | None = None) -> Connection[Process]:
        person = await info.context.load(people, str(self.id))
        if person is None or person.department_id is None or not person.works_here:
            return await _page(_nothing, first, after)
        return await _of_department(info, person.department_id, first, after)

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Self:
        """The person that another service refers to."""
        return cls(id=id)


async def _nothing(after: str | None, limit: int) -> list[domain.Process]:
    return []


async def _of_department(info: Info, id: str, first: int | None, after: str | None) -> Connection[Process]:
    async def fetch(after: str | None, limit: int) -> list[domain.Process]:
        return await info.context.load(repository.of_departments, PageOf(id, after, limit)) or []

    return await _page(fetch, first, after)


async def _page(fetch: repository.Fetch, first: int | None, after: str | None) -> Connection[Process]:
    return await page(first, after, fetch, node=Process.of, cursor=lambda process: process.code)


@strawberry.input(name="ProcessKpiInput", description="A figure by which an improvement could be measured.")
class KpiInput:
    name: str = strawberry.field(description="What is measured.")
    unit: str = strawberry.field(description="In which unit.")
    direction: Direction = strawberry.field(description="Which way it should go.")

    def read(self) -> domain.Kpi:
        """The figure as the domain knows it."""
        return domain.Kpi(self.name, self.unit, self.direction)


@strawberry.input(description="A process to put into the inventory.")
class RegisterProcessInput:
    code: str = strawberry.field(description="A short name: lower-case letters, digits and hyphens.")
    name: str = strawberry.field(description="What the work is called.")
    department_id: strawberry.ID = strawberry.field(description="Whose work it is.")
    owner_id: strawberry.ID = strawberry.field(description="Who is accountable: an active employee.")
    volume_per_month: int = strawberry.field(description="How often the work is done in a month.")
    minutes_per_unit: float = strawberry.field(description="How many minutes it takes each time.")
    documentation_level: int = strawberry.field(default=0, description="0 (not described) to 4 (completely).")
    exception_rate: float = strawberry.field(default=0.0, description="The share of unusual cases, 0 to 1.")
    systems: list[str] = strawberry.field(default_factory=list, description="The systems that are used.")
    data_classes: list[DataClass] = strawberry.field(default_factory=list, description="The kinds of data handled.")
    measurable_kpis: list[KpiInput] = strawberry.field(default_factory=list, description="Figures that could improve.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key has effect once.")


@strawberry.input(description="What to correct in a process; what is not given stays.")
class UpdateProcessInput:
    process_id: strawberry.ID = strawberry.field(description="The process.")
    name: str | None = strawberry.field(default=None, description="What the work is called.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Who is accountable from now on.")
    volume_per_month: int | None = strawberry.field(default=None, description="How often it is done in a month.")
    minutes_per_unit: float | None = strawberry.field(default=None, description="How many minutes it takes each time.")
    documentation_level: int | None = strawberry.field(default=None, description="0 (not described) to 4 (completely).")
    exception_rate: float | None = strawberry.field(default=None, description="The share of unusual cases, 0 to 1.")
    systems: list[str] | None = strawberry.field(default=None, description="The systems that are used.")
    data_classes: list[DataClass] | None = strawberry.field(default=None, description="The kinds of data handled.")
    measurable_kpis: list[KpiInput] | None = strawberry.field(default=None, description="Figures that could improve.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key has effect once.")


@strawberry.input(description="The rank of a process among those of its department.")
class PrioritiseProcessInput:
    process_id: strawberry.ID = strawberry.field(description="The process.")
    priority: int = strawberry.field(description="Its rank, 1 first.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key has effect once.")


@strawberry.input(description="A process whose work is not done any more.")
class RetireProcessInput:
    process_id: strawberry.ID = strawberry.field(description="The process.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key has effect once.")


@strawberry.type(description="The process that was registered, or why it was not.")
class RegisterProcessPayload(Payload):
    process: Process | None = strawberry.field(default=None, description="The process; null when it was refused.")


@strawberry.type(description="The process as it is now, or why it was not changed.")
class UpdateProcessPayload(Payload):
    process: Process | None = strawberry.field(default=None, description="The process; null when it was refused.")


@strawberry.type(description="The process with its rank, or why it has none.")
class PrioritiseProcessPayload(Payload):
    process: Process | None = strawberry.field(default=None, description="The process; null when it was refused.")


@strawberry.type(description="The retired process, or why it is not retired.")
class RetireProcessPayload(Payload):
    process: Process | None = strawberry.field(default=None, description="The process; null when it was refused.")


@strawberry.type
class ProcessQueries:
    @strawberry.field(description="One process; null when there is none of that id.")
    async def process(self, info: Info, id: strawberry.ID) -> Process | None:
        return await Process.resolve_reference(info, id)

    @strawberry.field(description="The process inventory in order of code.")
    async def processes(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        department_id: strawberry.ID | None = None,
        status: Status | None = None,
    ) -> Connection[Process]:
        async def fetch(after: str | None, limit: int) -> list[domain.Process]:
            async with info.context.read() as connection:
                return await repository.listing(
                    connection, department_id=department_id, status=status, after=after, limit=limit
                )

        return await _page(fetch, first, after)


@strawberry.type
class ProcessMutations:
    @mutation(
        refuses=(
            domain.ProfileInvalid,
            domain.BadProcessCode,
            domain.ProcessCodeTaken,
            domain.OwnerNotActive,
            domain.DepartmentUnknown,
        ),
        description="Put a process into the inventory. For process owners, the department's leader and AI stewards.",
    )
    async def register_process(self, info: Info, input: RegisterProcessInput) -> RegisterProcessPayload:
        profile = domain.Profile(
            name=input.name,
            volume_per_month=input.volume_per_month,
            minutes_per_unit=input.minutes_per_unit,
            documentation_level=input.documentation_level,
            exception_rate=input.exception_rate,
            systems=tuple(input.systems),
            data_classes=tuple(input.data_classes),
            measurable_kpis=tuple(kpi.read() for kpi in input.measurable_kpis),
        )
        process = await run(
            info,
            commands.register_process,
            key=input.idempotency_key,
            again=repository.get_for_update,
            code=input.code,
            department_id=str(input.department_id),
            owner_id=str(input.owner_id),
            profile=profile,
        )
        return RegisterProcessPayload(process=Process.of(process))

    @mutation(
        refuses=(domain.ProfileInvalid, domain.OwnerNotActive, domain.ProcessIsRetired),
        description="Correct a process or name another owner. For its owner, the department's leader and AI stewards.",
    )
    async def update_process(self, info: Info, input: UpdateProcessInput) -> UpdateProcessPayload:
        kpis = None if input.measurable_kpis is None else tuple(kpi.read() for kpi in input.measurable_kpis)
        given = {
            "name": input.name,
            "volume_per_month": input.volume_per_month,
            "minutes_per_unit": input.minutes_per_unit,
            "documentation_level": input.documentation_level,
            "exception_rate": input.exception_rate,
            "systems": None if input.systems is None else tuple(input.systems),
            "data_classes": None if input.data_classes is None else tuple(input.data_classes),
            "measurable_kpis": kpis,
        }
        process = await run(
            info,
            commands.update_process,
            key=input.idempotency_key,
            again=repository.get_for_update,
            process_id=uuid_of(input.process_id, "process"),
            owner_id=str(input.owner_id) if input.owner_id else None,
            profile={name: value for name, value in given.items() if value is not None},
        )
        return UpdateProcessPayload(process=Process.of(process))

    @mutation(
        refuses=(domain.BadPriority, domain.PriorityTaken, domain.ProcessIsRetired),
        description="Give a process its rank among those of its department. For the department's leader alone.",
    )
    async def prioritise_process(self, info: Info, input: PrioritiseProcessInput) -> PrioritiseProcessPayload:
        process = await run(
            info,
            commands.prioritise_process,
            key=input.idempotency_key,
            again=repository.get_for_update,
            process_id=uuid_of(input.process_id, "process"),
            priority=input.priority,
        )
        return PrioritiseProcessPayload(process=Process.of(process))

    @mutation(
        refuses=(domain.ProcessInUse, domain.ProcessIsRetired),
        description="Take a process out of use. For its owner, the department's leader and AI stewards.",
    )
    async def retire_process(self, info: Info, input: RetireProcessInput) -> RetireProcessPayload:
        process = await run(
            info,
            commands.retire_process,
            key=input.idempotency_key,
            again=repository.get_for_update,
            process_id=uuid_of(input.process_id, "process"),
        )
        return RetireProcessPayload(process=Process.of(process))
