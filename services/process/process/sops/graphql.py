"""Procedures in the graph."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from chassis.graphql import Connection, Info, page, uuid_of
from chassis.pages import PageOf
from process.controls.domain import Actor, AiRole
from process.controls.graphql import (
    EscalationPath,
    Handoff,
    QualityGate,
    SopGap,
    gaps_of,
    gates_of,
    handoffs_of,
    paths_of,
)
from process.processes.domain import DataClass
from process.processes.graphql import Employee, Process
from process.sops import domain, repository
from process.versions import domain as versions
from process.versions.domain import ChangeClass, Part, State


@strawberry.federation.type(keys=["id"], description="An AI tool, and the procedures that need it.")
class Tool:
    id: strawberry.ID = strawberry.field(description="The tool's id, a UUID.")

    @strawberry.field(
        description="The procedures of which an approved or effective version needs the tool, in order of code:"
        " what its suspension would touch."
    )
    async def sops(self, info: Info, first: int | None = None, after: str | None = None) -> Connection[Sop]:
        id = uuid_of(self.id, "tool")

        async def fetch(after: str | None, limit: int) -> list[domain.Sop]:
            return await info.context.load(repository.using, PageOf(id, after, limit)) or []

        return await _page(fetch, first, after)

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Self:
        """The tool that another service refers to."""
        return cls(id=id)


@strawberry.type(description="One thing that is done.")
class SopStep:
    n: int = strawberry.field(description="Its number.")
    title: str = strawberry.field(description="What is done.")
    actor: Actor = strawberry.field(description="Who does it.")
    role: str | None = strawberry.field(description="The role of the person who does it.")
    ai_role: AiRole | None = strawberry.field(description="What the AI does.")
    tool: Tool | None = strawberry.field(description="The AI tool.")
    data_class: DataClass | None = strawberry.field(description="How sensitive the data is.")
    control: bool = strawberry.field(description="Whether teams may not change the step.")


@strawberry.type(description="One of the two signatures of a version.")
class SopApproval:
    by: Employee = strawberry.field(description="Who approved.")
    part: Part = strawberry.field(description="For whom.")
    at: datetime = strawberry.field(description="When.")


@strawberry.type(description="A version of a procedure; what it says does not change once it is submitted.")
class SopVersion:
    number: int = strawberry.field(description="1, 2, 3 and so on.")
    state: State = strawberry.field(description="Where it is in its life.")
    change_class: ChangeClass = strawberry.field(description="Whether people must learn it anew.")
    author: Employee = strawberry.field(description="Who wrote it.")
    roles: list[str] = strawberry.field(description="The roles that must know it.")
    tools: list[Tool] = strawberry.field(description="The tools that it needs.")
    blocked_dependencies: list[Tool] = strawberry.field(description="Those of them that may not be used now.")
    steps: list[SopStep] = strawberry.field(description="What is done.")
    handoffs: list[Handoff] = strawberry.field(description="Where work passes between people and AI.")
    quality_gates: list[QualityGate] = strawberry.field(description="Where output is verified.")
    escalation_paths: list[EscalationPath] = strawberry.field(description="Who is called when it goes wrong.")
    gaps: list[SopGap] = strawberry.field(description="The controls that are still missing; empty when it is safe.")
    fallback_version: int | None = strawberry.field(
        description="The manual version followed while this one is blocked."
    )
    approvals: list[SopApproval] = strawberry.field(description="The signatures given so far; two are needed.")
    effective_from: datetime | None = strawberry.field(description="From when it is to be followed.")
    drafted_at: datetime = strawberry.field(description="When it was begun.")
    submitted_at: datetime | None = strawberry.field(description="When it was submitted.")
    approved_at: datetime | None = strawberry.field(description="When it had both approvals.")
    effective_at: datetime | None = strawberry.field(description="When it became effective.")
    ended_at: datetime | None = strawberry.field(description="When it was superseded or withdrawn.")

    @classmethod
    def of(cls, version: versions.SopVersion) -> Self:
        """The version as the graph shows it."""
        content = version.content
        return cls(
            number=version.number,
            state=version.state,
            change_class=version.draft.change_class,
            author=Employee(id=strawberry.ID(version.draft.author_id)),
            roles=list(content.roles),
            tools=[_tool(id) for id in sorted(content.tools)],
            blocked_dependencies=[_tool(id) for id in sorted(version.blocked_by)],
            steps=[
                SopStep(
                    n=step.n,
                    title=step.title,
                    actor=step.actor,
                    role=step.role,
                    ai_role=step.ai_role,
                    tool=_tool(step.tool_id) if step.tool_id else None,
                    data_class=step.data_class,
                    control=step.control,
                )
                for step in content.steps
            ],
            handoffs=handoffs_of(content),
            quality_gates=gates_of(content),
            escalation_paths=paths_of(content),
            gaps=gaps_of(content),
            fallback_version=version.draft.fallback_version,
            approvals=[
                SopApproval(by=Employee(id=strawberry.ID(approval.by)), part=approval.part, at=approval.at)
                for approval in version.approvals
            ],
            effective_from=version.draft.effective_from,
            drafted_at=version.drafted_at,
            submitted_at=version.submitted_at,
            approved_at=version.approved_at,
            effective_at=version.effective_at,
            ended_at=version.ended_at,
        )


@strawberry.federation.type(keys=["id"], description="A standard operating procedure: how a process is done.")
class Sop:
    id: strawberry.ID = strawberry.field(description="The procedure's id, a UUID.")
    code: str = strawberry.field(description="The short name that people use.")
    title: str = strawberry.field(description="What is done.")
    effective_version: SopVersion | None = strawberry.field(description="The one version that is effective.")
    version_in_force: SopVersion | None = strawberry.field(
        description="What people follow now: the effective version, or its fallback while a tool may not be used."
    )
    fallback_active: bool = strawberry.field(description="Whether the manual fallback is followed now.")
    blocked_dependencies: list[Tool] = strawberry.field(
        description="The tools of the effective version that may not be used now; empty when nothing blocks it."
    )
    sop: strawberry.Private[domain.Sop]

    @strawberry.field(description="The process that it belongs to.")
    async def process(self, info: Info) -> Process | None:
        return await Process.resolve_reference(info, strawberry.ID(str(self.sop.process_id)))

    @strawberry.field(description="One version by its number; null when there is none.")
    def version(self, number: int) -> SopVersion | None:
        return next((SopVersion.of(one) for one in self.sop.versions if one.number == number), None)

    @strawberry.field(description="The versions, the newest first.")
    async def versions(self, first: int | None = None, after: str | None = None) -> Connection[SopVersion]:
        async def fetch(after: int | None, limit: int) -> list[versions.SopVersion]:
            return [one for one in reversed(self.sop.versions) if after is None or one.number < after][:limit]

        return await page(
            first, after, fetch, node=SopVersion.of, cursor=lambda version: str(version.number), place=int
        )

    @classmethod
    def of(cls, sop: domain.Sop) -> Self:
        """The procedure as the graph shows it."""
        effective, in_force = sop.effective, sop.in_force
        return cls(
            id=strawberry.ID(str(sop.id)),
            code=sop.code,
            title=sop.title,
            effective_version=SopVersion.of(effective) if effective else None,
            version_in_force=SopVersion.of(in_force) if in_force else None,
            fallback_active=sop.fallback_in_force is not None,
            blocked_dependencies=[_tool(id) for id in sorted(effective.blocked_by)] if effective else [],
            sop=sop,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:
        """The procedure that another service refers to."""
        found = await info.context.load(repository.by_id, uuid_of(id, "procedure"))
        return cls.of(found) if found else None


def _tool(id: UUID) -> Tool:
    return Tool(id=strawberry.ID(str(id)))


async def sops_of_process(info: Info, id: str, first: int | None, after: str | None) -> Connection[Sop]:
    """The procedures of a process."""

    async def fetch(after: str | None, limit: int) -> list[domain.Sop]:
        return await info.context.load(repository.of_processes, PageOf(UUID(id), after, limit)) or []

    return await _page(fetch, first, after)


async def _page(fetch: repository.Fetch, first: int | None, after: str | None) -> Connection[Sop]:
    return await page(first, after, fetch, node=Sop.of, cursor=lambda sop: sop.code)


@strawberry.type
class SopQueries:
    @strawberry.field(description="One procedure; null when there is none of that id.")
    async def sop(self, info: Info, id: strawberry.ID) -> Sop | None:
        return await Sop.resolve_reference(info, id)

    @strawberry.field(description="The procedures in order of code; with a state, those that have a version in it.")
    async def sops(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        process_id: strawberry.ID | None = None,
        state: State | None = None,
    ) -> Connection[Sop]:
        of = uuid_of(process_id, "process") if process_id else None

        async def fetch(after: str | None, limit: int) -> list[domain.Sop]:
            async with info.context.read() as connection:
                return await repository.listing(connection, process_id=of, state=state, after=after, limit=limit)

        return await _page(fetch, first, after)
