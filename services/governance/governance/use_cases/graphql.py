"""What departments use AI for, in the graph (G26)."""

from __future__ import annotations

from asyncio import gather
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import strawberry

from chassis.graphql import Connection, Info, Payload, mutation, page, run, uuid_of
from governance.departments import repository as departments
from governance.departments.domain import GuardrailViolation
from governance.incidents.graphql import Process
from governance.people.graphql import Department, Employee
from governance.programme.domain import NotEmployed
from governance.risk.domain import Risk
from governance.scope.domain import DataClass, UsageContext
from governance.tools import repository as tools
from governance.tools.domain import Tool as KnownTool
from governance.tools.graphql import Tool
from governance.use_cases import commands, repository
from governance.use_cases import domain as rules
from governance.vocabulary.arguments import After, First

_KEY = "The same key changes nothing twice."


@strawberry.type(description="One thing that a department uses AI for.")
class UseCase:
    id: strawberry.ID = strawberry.field(description="The use case's id.")
    department: Department = strawberry.field(description="The department.")
    title: str = strawberry.field(description="What it is.")
    purpose: str = strawberry.field(description="What it is for.")
    process: Process | None = strawberry.field(description="The process in which it happens.")
    data_class: DataClass = strawberry.field(description="With these data.")
    context: UsageContext = strawberry.field(description="For this.")
    owner: Employee | None = strawberry.field(description="Who is accountable for it.")
    registered_at: datetime = strawberry.field(description="When it was registered.")
    review_by: date | None = strawberry.field(description="When it is to be looked at again.")
    retired_at: datetime | None = strawberry.field(description="When it was stopped for good.")
    known: strawberry.Private[rules.UseCase]

    @strawberry.field(description="The tools it needs.")
    async def tools(self, info: Info) -> list[Tool]:
        return [Tool.of(tool) for tool in await self._tools(info)]

    @strawberry.field(description="Its risk: the highest of its tools.")
    async def risk(self, info: Info) -> Risk:
        return rules.risk_of(await self._tools(info))

    @strawberry.field(description="Why it must not be carried on today; empty when it may.")
    async def obstacles(self, info: Info) -> list[str]:
        held = await info.context.load(departments.holding, self.known.department_id)
        return list(rules.obstacles(self.known.use, await self._tools(info), held or (), info.context.now.date()))

    async def _tools(self, info: Info) -> list[KnownTool]:
        found = await gather(*(info.context.load(tools.by_ids, id) for id in self.known.tool_ids))
        return [tool for tool in found if tool is not None]

    @classmethod
    def of(cls, use_case: rules.UseCase) -> UseCase:
        """A use case."""
        return cls(
            id=strawberry.ID(str(use_case.id)),
            department=Department(id=strawberry.ID(use_case.department_id)),
            title=use_case.title,
            purpose=use_case.purpose,
            process=Process(id=strawberry.ID(str(use_case.process_id))) if use_case.process_id else None,
            data_class=use_case.data_class,
            context=use_case.context,
            owner=Employee(id=strawberry.ID(use_case.owner_id)) if use_case.owner_id else None,
            registered_at=use_case.registered_at,
            review_by=use_case.review_by,
            retired_at=use_case.retired_at,
            known=use_case,
        )


@strawberry.type
class UseCaseQueries:
    @strawberry.field(description="What departments use AI for, in the order in which it was registered.")
    async def use_cases(
        self,
        info: Info,
        *,
        first: First = 20,
        after: After = None,
        department_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only of this department.")
        ] = None,
        tool_id: Annotated[strawberry.ID | None, strawberry.argument(description="Only with this tool.")] = None,
        retired: Annotated[bool, strawberry.argument(description="Those that were stopped as well.")] = False,
    ) -> Connection[UseCase]:
        async with info.context.read() as connection:
            return await page(
                first,
                after,
                lambda after, limit: repository.listing(
                    connection,
                    department_id=department_id,
                    tool_id=uuid_of(tool_id, "tool") if tool_id else None,
                    retired=retired,
                    after=after,
                    limit=limit,
                ),
                node=UseCase.of,
                cursor=lambda use_case: str(use_case.id),
                place=UUID,
            )


@strawberry.input(description="What a department is to use AI for.")
class RegisterUseCaseInput:
    department_id: strawberry.ID = strawberry.field(description="The department.")
    title: str = strawberry.field(description="What it is.")
    purpose: str = strawberry.field(default="", description="What it is for.")
    tool_ids: list[strawberry.ID] = strawberry.field(description="The tools it needs.")
    process_id: strawberry.ID | None = strawberry.field(default=None, description="The process in which it happens.")
    data_class: DataClass = strawberry.field(description="With these data.")
    context: UsageContext = strawberry.field(description="For this.")
    owner_id: strawberry.ID = strawberry.field(description="Who is accountable for it.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="Who is accountable for a use case from now on.")
class NameUseCaseOwnerInput:
    use_case_id: strawberry.ID = strawberry.field(description="The use case.")
    owner_id: strawberry.ID = strawberry.field(description="Who.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="A use case that was looked at again and stays as it is.")
class ConfirmUseCaseInput:
    use_case_id: strawberry.ID = strawberry.field(description="The use case.")
    review_by: date = strawberry.field(description="When it is to be looked at again, within a year.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="A use case to stop for good.")
class RetireUseCaseInput:
    use_case_id: strawberry.ID = strawberry.field(description="The use case.")
    reason: str = strawberry.field(description="Why.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The use case, or why it is not registered.")
class RegisterUseCasePayload(Payload):
    use_case: UseCase | None = strawberry.field(default=None, description="The use case.")


@strawberry.type(description="The use case, or why nothing changed.")
class NameUseCaseOwnerPayload(Payload):
    use_case: UseCase | None = strawberry.field(default=None, description="The use case.")


@strawberry.type(description="The use case, or why nothing changed.")
class ConfirmUseCasePayload(Payload):
    use_case: UseCase | None = strawberry.field(default=None, description="The use case.")


@strawberry.type(description="The use case, or why nothing changed.")
class RetireUseCasePayload(Payload):
    use_case: UseCase | None = strawberry.field(default=None, description="The use case.")


@strawberry.type
class UseCaseMutations:
    @mutation(
        refuses=(rules.UseCaseIncomplete, GuardrailViolation, NotEmployed),
        description="Register what a department uses AI for, within what its tools are approved for. Its leader may.",
    )
    async def register_use_case(self, info: Info, input: RegisterUseCaseInput) -> RegisterUseCasePayload:
        use_case = await run(
            info,
            commands.register_use_case,
            key=input.idempotency_key,
            again=repository.get,
            department_id=str(input.department_id),
            title=input.title,
            purpose=input.purpose,
            tool_ids=[uuid_of(id, "tool") for id in input.tool_ids],
            process_id=uuid_of(input.process_id, "process") if input.process_id else None,
            data_class=input.data_class,
            context=input.context,
            owner_id=str(input.owner_id),
        )
        return RegisterUseCasePayload(use_case=UseCase.of(use_case))

    @mutation(refuses=(rules.UseCaseIsRetired, NotEmployed), description="Make somebody accountable for a use case.")
    async def name_use_case_owner(self, info: Info, input: NameUseCaseOwnerInput) -> NameUseCaseOwnerPayload:
        use_case = await run(
            info,
            commands.name_use_case_owner,
            key=input.idempotency_key,
            again=repository.get,
            use_case_id=uuid_of(input.use_case_id, "use case"),
            owner_id=str(input.owner_id),
        )
        return NameUseCaseOwnerPayload(use_case=UseCase.of(use_case))

    @mutation(
        refuses=(rules.UseCaseIsRetired, rules.BadUseCaseReview),
        description="Say that a use case was looked at and stays as it is, until another date. The department's leader may.",
    )
    async def confirm_use_case(self, info: Info, input: ConfirmUseCaseInput) -> ConfirmUseCasePayload:
        use_case = await run(
            info,
            commands.confirm_use_case,
            key=input.idempotency_key,
            again=repository.get,
            use_case_id=uuid_of(input.use_case_id, "use case"),
            review_by=input.review_by,
        )
        return ConfirmUseCasePayload(use_case=UseCase.of(use_case))

    @mutation(refuses=(rules.UseCaseIsRetired,), description="Stop a use case for good. The department's leader may.")
    async def retire_use_case(self, info: Info, input: RetireUseCaseInput) -> RetireUseCasePayload:
        use_case = await run(
            info,
            commands.retire_use_case,
            key=input.idempotency_key,
            again=repository.get,
            use_case_id=uuid_of(input.use_case_id, "use case"),
            reason=input.reason,
        )
        return RetireUseCasePayload(use_case=UseCase.of(use_case))
