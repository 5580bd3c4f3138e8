"""Credential types in the graph."""

from __future__ import annotations

import strawberry

from chassis.graphql import Connection, Info, Payload, mutation, page, run
from training.courses.domain import CurriculumTier, MalformedCode, OutOfRange, TierIsFixed
from training.credential_types import commands, domain, repository
from training.curricula import repository as curricula
from training.curricula.graphql import Curriculum


@strawberry.federation.type(keys=["id"], description="A credential that people can hold, and its terms.")
class CredentialType:
    id: strawberry.ID = strawberry.field(description="Its code, for example universal-fluency.")
    name: str = strawberry.field(description="What it is called.")
    tier: CurriculumTier = strawberry.field(description="Whom it is for.")
    validity_days: int | None = strawberry.field(description="How long it holds; null: for ever.")
    recert_window_days: int = strawberry.field(description="How many days before its end it can be renewed.")
    grace_days: int = strawberry.field(description="How many days after its end access that depends on it stays.")
    path: strawberry.Private[str]

    @strawberry.field(description="The path of courses that leads to it.")
    async def curriculum(self, info: Info) -> Curriculum | None:
        found = await info.context.load(curricula.by_codes, self.path)
        return Curriculum.of(found) if found else None

    @classmethod
    def of(cls, kind: domain.CredentialType) -> CredentialType:
        """The credential type in the graph."""
        return cls(
            id=strawberry.ID(kind.id), name=kind.name, tier=kind.tier, validity_days=kind.terms.validity_days,
            recert_window_days=kind.terms.recert_window_days, grace_days=kind.terms.grace_days, path=kind.curriculum,
        )  # fmt: skip

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> CredentialType | None:
        """The credential type of that code."""
        kind = await info.context.load(repository.by_ids, str(id))
        return cls.of(kind) if kind else None


@strawberry.input(description="A credential type, new or with new terms.")
class DefineCredentialTypeInput:
    code: str = strawberry.field(description="Its code, which is its id.")
    name: str = strawberry.field(description="What it is called.")
    tier: CurriculumTier = strawberry.field(description="Whom it is for.")
    curriculum: str = strawberry.field(description="The code of the curriculum that leads to it.")
    validity_days: int | None = strawberry.field(default=None, description="How long it holds; null: for ever.")
    recert_window_days: int = strawberry.field(default=0, description="How many days before its end it can be renewed.")
    grace_days: int = strawberry.field(default=0, description="How many days of grace follow its end.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key gives the same answer.")


@strawberry.type(description="The credential type as it was defined.")
class DefineCredentialTypePayload(Payload):
    credential_type: CredentialType | None = strawberry.field(default=None, description="The credential type.")


@strawberry.type
class CredentialTypeQueries:
    @strawberry.field(description="One credential type by its code.")
    async def credential_type(self, info: Info, id: strawberry.ID) -> CredentialType | None:
        return await CredentialType.resolve_reference(info, id)

    @strawberry.field(description="Credential types in order of their codes.")
    async def credential_types(
        self, info: Info, tier: CurriculumTier | None = None, first: int = 20, after: str | None = None
    ) -> Connection[CredentialType]:
        async with info.context.read() as connection:
            return await page(
                first, after, lambda after, limit: repository.listing(connection, tier=tier, after=after, limit=limit),
                node=CredentialType.of, cursor=lambda kind: kind.id,
            )  # fmt: skip


@strawberry.type
class CredentialTypeMutations:
    @mutation(
        refuses=(domain.NoSuchCurriculum, domain.LeadsElsewhere, MalformedCode, OutOfRange, TierIsFixed),
        description="Set the terms of a credential. For curriculum owners and the AI steward.",
    )
    async def define_credential_type(self, info: Info, input: DefineCredentialTypeInput) -> DefineCredentialTypePayload:
        kind = await run(
            info, commands.define_credential_type, key=input.idempotency_key, again=repository.get, code=input.code,
            name=input.name, tier=input.tier, curriculum=input.curriculum,
            terms=domain.Terms(input.validity_days, input.recert_window_days, input.grace_days),
        )  # fmt: skip
        return DefineCredentialTypePayload(credential_type=CredentialType.of(kind))
