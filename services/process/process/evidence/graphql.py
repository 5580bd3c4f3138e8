"""Evidence packs in the graph."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from chassis.graphql import Info
from process.evidence import domain, repository


@strawberry.type(description="What a pilot showed, as it was when it was measured; it never changes.")
class EvidencePack:
    id: strawberry.ID = strawberry.field(description="The pack's id, which the decision cites.")
    verdict: str = strawberry.field(description="What the comparison says.")
    guardrails_breached: list[str] = strawberry.field(description="The rates that lay above their limit.")
    content: str = strawberry.field(description="Plan, window, gate, comparison and gaps as JSON.")
    content_hash: str = strawberry.field(description="SHA-256 of the content with sorted keys and no spaces.")
    made_at: datetime = strawberry.field(description="When it was made.")

    @classmethod
    def of(cls, pack: domain.EvidencePack) -> Self:
        """The pack as the graph shows it."""
        return cls(
            id=strawberry.ID(str(pack.id)),
            verdict=pack.verdict,
            guardrails_breached=list(pack.content["guardrails_breached"]),
            content=json.dumps(pack.content, sort_keys=True, separators=(",", ":")),
            content_hash=pack.content_hash,
            made_at=pack.made_at,
        )


async def pack_of(info: Info, pack_id: UUID | None) -> EvidencePack | None:
    """The pack of a pilot; None before it is measured."""
    found = await info.context.load(repository.by_id, pack_id) if pack_id else None
    return EvidencePack.of(found) if found else None
