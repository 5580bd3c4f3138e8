"""POST /events/<adapter>: the delivery is kept as it came, then mapped, and answered when the broker has all of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.types import Receive, Scope

from gateway.ingress.adapters import Adapter
from gateway.ingress.adapters.mapping import Received
from gateway.ingress.admission import Admission, Delivery
from gateway.ingress.problems import Problem
from gateway.ingress.publication import Publication
from gateway.ingress.raw import Kept
from gateway.ingress.translation import translate

_TOLD_AT_MOST = 100


class AdapterEndpoint:
    """Takes what vendors send in their own form."""

    def __init__(self, admission: Admission, publication: Publication, adapters: Mapping[str, Adapter]) -> None:
        self._admission = admission
        self._publication = publication
        self._adapters = adapters

    async def take(self, scope: Scope, receive: Receive, traceparent: str) -> tuple[int, dict[str, Any]]:
        """Take one delivery; returns the status and the answer. Raises Problem.

        What cannot be mapped is no fault of the sender, who could only send it again: it is 202 too, named in the answer,
        and kept as a dead letter.
        """
        adapter = self._adapters.get(scope["path_params"]["adapter"])
        if adapter is None:
            raise Problem(404, "No such adapter", f"There are adapters for {', '.join(self._adapters)}.")
        delivery = await self._admission.admit(scope, receive, check=adapter.check, source=adapter.name)
        self._must_own(adapter, delivery)
        received = Received(delivery.id, delivery.body, datetime.now(UTC))
        keep = Kept(adapter.name, delivery.caller.subject, delivery.content_type, received)
        await self._publication.append([await asyncio.to_thread(keep.record)])
        translation = await translate(adapter, received, delivery, self._publication, traceparent)
        await self._publication.publish(translation.events)
        if translation.unmapped:
            letter = await asyncio.to_thread(keep.dead_letter, translation.unmapped)
            await self._publication.append([letter])
        rejected = [{"index": one.index, "error": one.why} for one in translation.unmapped[:_TOLD_AT_MOST]]
        return 202, {"delivery": delivery.id, "accepted": len(translation.events), "rejected": rejected}

    def _must_own(self, adapter: Adapter, delivery: Delivery) -> None:
        if adapter.owner not in delivery.owners:
            raise Problem(
                403,
                "Not this source's events",
                f"{delivery.caller.subject} may publish {' and '.join(f'{owner}.*' for owner in sorted(delivery.owners))}; "
                f"what {adapter.name} sends becomes {adapter.owner}.*.",
            )
