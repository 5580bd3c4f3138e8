"""Credentials in the graph."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import strawberry

from chassis.graphql import Info, Payload, mutation, run
from training.credential_types import repository as credential_types
from training.credential_types.graphql import CredentialType
from training.credentials import commands, domain, repository
from training.credentials.domain import CredentialStatus


@strawberry.type(description="A credential that somebody holds or held: the period that runs, else the last.")
class Credential:
    id: strawberry.ID = strawberry.field(description="The period's id.")
    status: CredentialStatus = strawberry.field(description="What its dates say now.")
    valid_from: datetime | None = strawberry.field(description="When it began.")
    valid_until: datetime | None = strawberry.field(description="When it ends; null: never.")
    renewed_until: datetime | None = strawberry.field(description="When the renewal ends that follows without a gap.")
    grace_until: datetime | None = strawberry.field(description="Until when access that depends on it stays.")
    certified_at: datetime | None = strawberry.field(description="When the last mandatory course was passed.")
    revoked_at: datetime | None = strawberry.field(description="When it was taken away.")
    revoked_reason: str | None = strawberry.field(description="Why it was taken away.")
    code: strawberry.Private[str]

    @strawberry.field(description="What kind of credential it is.")
    async def credential_type(self, info: Info) -> CredentialType:
        kind = await info.context.load(credential_types.by_ids, self.code)
        assert kind is not None
        return CredentialType.of(kind)

    @classmethod
    def of(cls, period: domain.Period, now: datetime, renewed_until: datetime | None = None) -> Credential:
        """The period in the graph."""
        return cls(
            id=strawberry.ID(str(period.id)), status=period.status(now), valid_from=period.valid_from,
            valid_until=period.valid_until, renewed_until=renewed_until, grace_until=period.grace_until,
            certified_at=period.certified_at, revoked_at=period.revoked_at, revoked_reason=period.revoked_reason,
            code=period.credential_type,
        )  # fmt: skip


def credentials_of(periods: Sequence[domain.Period], now: datetime) -> list[Credential]:
    """One credential for each type somebody holds or held."""
    by_type: dict[str, list[domain.Period]] = {}
    for period in periods:
        by_type.setdefault(period.credential_type, []).append(period)
    shown = []
    for some in by_type.values():
        current = domain.shown(some, now)
        assert current is not None
        _, until = domain.covered_until(some, now)
        shown.append(Credential.of(current, now, until if until != current.valid_until else None))
    return shown


@strawberry.input(description="The credential that is taken away, and why.")
class RevokeCredentialInput:
    employee_id: strawberry.ID = strawberry.field(description="Whose it is.")
    credential_type: strawberry.ID = strawberry.field(description="What kind it is.")
    reason: str = strawberry.field(description="Why, in words for the holder.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key gives the same answer.")


@strawberry.type(description="The credential as it was revoked.")
class RevokeCredentialPayload(Payload):
    credential: Credential | None = strawberry.field(default=None, description="The credential.")


@strawberry.type
class CredentialMutations:
    @mutation(
        refuses=(domain.NothingHeld, domain.ReasonMissing),
        description="Take a credential away. For curriculum owners, the AI steward and compliance officers.",
    )
    async def revoke_credential(self, info: Info, input: RevokeCredentialInput) -> RevokeCredentialPayload:
        period = await run(
            info, commands.revoke_credential, key=input.idempotency_key, again=repository.get,
            employee_id=str(input.employee_id), credential_type=str(input.credential_type), reason=input.reason,
        )  # fmt: skip
        return RevokeCredentialPayload(credential=Credential.of(period, info.context.now))
