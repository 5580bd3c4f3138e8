"""What training adds to a tool in the graph."""

from __future__ import annotations

from uuid import UUID

import strawberry

from chassis.graphql import Info, uuid_of
from training.credential_types import repository as credential_types
from training.credential_types.graphql import CredentialType
from training.tools import repository


@strawberry.federation.type(keys=["id"], description="A tool, as far as training knows it.")
class Tool:
    id: strawberry.ID = strawberry.field(description="The tool's id.")

    @strawberry.field(description="The credentials that its approval demands of whoever uses it.")
    async def required_credentials(self, info: Info) -> list[CredentialType]:
        tool = await info.context.load(repository.by_ids, uuid_of(self.id, "tool"))
        kinds = [
            await info.context.load(credential_types.by_ids, code) for code in (tool.credential_types if tool else ())
        ]
        return [CredentialType.of(kind) for kind in kinds if kind is not None]

    @classmethod
    def called(cls, id: UUID) -> Tool:
        """The tool of that id, whatever is known of it."""
        return cls(id=strawberry.ID(str(id)))

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Tool:
        """The tool of that id."""
        return cls(id=id)
