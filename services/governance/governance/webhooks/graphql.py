"""Webhooks in the graph: a team's own, with the log of their deliveries."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import strawberry

from chassis.graphql import Connection, Info, Payload, mutation, page, run, uuid_of
from chassis.graphql.description import describe
from chassis.pages import PageOf
from governance.vocabulary.arguments import After, First
from governance.webhooks import commands, repository
from governance.webhooks import domain as rules
from governance.webhooks.domain import DeliveryStatus, WebhookStatus

_KEY = "The same key changes nothing twice."

describe(
    WebhookStatus,
    "WebhookStatus",
    "Where a webhook stands.",
    {
        WebhookStatus.ACTIVE: "Events are delivered.",
        WebhookStatus.DISABLED: "Its receiver did not take an event for a day, or is gone; enable it when it is back.",
        WebhookStatus.ENDED: "Over for good.",
    },
)
describe(
    DeliveryStatus,
    "WebhookDeliveryStatus",
    "What became of a delivery.",
    {
        DeliveryStatus.PENDING: "It is tried, again and again for a day.",
        DeliveryStatus.DELIVERED: "The receiver took it.",
        DeliveryStatus.FAILED: "It was given up.",
    },
)


@strawberry.type(description="One event on its way to a webhook.")
class WebhookDelivery:
    id: strawberry.ID = strawberry.field(description="The delivery's id.")
    event_id: str = strawberry.field(description="The event's id, sent as `webhook-id`; the same when delivered again.")
    type: str = strawberry.field(description="The event's type.")
    status: DeliveryStatus = strawberry.field(description="What became of it.")
    attempts: int = strawberry.field(description="How often it was tried.")
    answered: int | None = strawberry.field(description="The HTTP status of the last answer.")
    error: str | None = strawberry.field(description="Why the last attempt failed.")
    next_attempt_at: datetime | None = strawberry.field(description="When it is tried next.")
    settled_at: datetime | None = strawberry.field(description="When it was taken or given up.")

    @classmethod
    def of(cls, delivery: rules.Delivery) -> WebhookDelivery:
        """A delivery."""
        return cls(
            id=strawberry.ID(str(delivery.id)),
            event_id=delivery.event_id,
            type=delivery.type,
            status=delivery.status,
            attempts=delivery.attempts,
            answered=delivery.answered,
            error=delivery.error,
            next_attempt_at=delivery.next_attempt_at,
            settled_at=delivery.settled_at,
        )


@strawberry.type(description="An address that events are delivered to, signed by Standard Webhooks.")
class Webhook:
    id: strawberry.ID = strawberry.field(description="The webhook's id.")
    url: str = strawberry.field(description="The address.")
    types: list[str] = strawberry.field(description="The event types.")
    owner_id: strawberry.ID = strawberry.field(description="Whose it is: an employee id.")
    status: WebhookStatus = strawberry.field(description="Where it stands.")
    reason: str | None = strawberry.field(description="Why it was disabled.")
    created_at: datetime = strawberry.field(description="Since when there is it.")

    @strawberry.field(description="Its deliveries of the last thirty days, the latest first.")
    async def deliveries(self, info: Info, first: First = 20, after: After = None) -> Connection[WebhookDelivery]:
        async def fetch(after: UUID | None, limit: int) -> list[rules.Delivery]:
            return await info.context.load(repository.deliveries, PageOf(UUID(self.id), after, limit)) or []

        return await page(
            first, after, fetch, node=WebhookDelivery.of, cursor=lambda delivery: str(delivery.id), place=UUID
        )

    @classmethod
    def of(cls, webhook: rules.Webhook) -> Webhook:
        """A webhook; its secret is not shown again."""
        return cls(
            id=strawberry.ID(str(webhook.id)),
            url=webhook.url,
            types=list(webhook.types),
            owner_id=strawberry.ID(webhook.owner_id),
            status=webhook.status,
            reason=webhook.reason,
            created_at=webhook.created_at,
        )


@strawberry.input(description="Which events to deliver where.")
class SubscribeWebhookInput:
    url: str = strawberry.field(description="An https address on the public internet.")
    types: list[str] = strawberry.field(description="Event types, for example governance.tool-suspended.v1.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The webhook with its secret, or why there is none.")
class SubscribeWebhookPayload(Payload):
    webhook: Webhook | None = strawberry.field(default=None, description="The webhook.")
    secret: str | None = strawberry.field(
        default=None, description="The key that deliveries are signed with. It is shown here only."
    )


@strawberry.input(description="Which webhook.")
class EndWebhookInput:
    webhook_id: strawberry.ID = strawberry.field(description="The webhook.")


@strawberry.type(description="The webhook, or why nothing changed.")
class EndWebhookPayload(Payload):
    webhook: Webhook | None = strawberry.field(default=None, description="The webhook.")


@strawberry.input(description="Which webhook.")
class EnableWebhookInput:
    webhook_id: strawberry.ID = strawberry.field(description="The webhook.")


@strawberry.type(description="The webhook, or why nothing changed.")
class EnableWebhookPayload(Payload):
    webhook: Webhook | None = strawberry.field(default=None, description="The webhook.")


@strawberry.input(description="Which delivery.")
class RedeliverWebhookInput:
    delivery_id: strawberry.ID = strawberry.field(description="The delivery.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The new delivery of the same event, or why there is none.")
class RedeliverWebhookPayload(Payload):
    delivery: WebhookDelivery | None = strawberry.field(default=None, description="The new delivery.")


@strawberry.type
class WebhookQueries:
    @strawberry.field(description="Your own webhooks; AI stewards and operators see everybody's. The latest first.")
    async def webhooks(self, info: Info, first: First = 20, after: After = None) -> Connection[Webhook]:
        caller = info.context.require_caller()
        owner = None if caller.has(*rules.SEE_ALL) else caller.subject
        async with info.context.read() as connection:
            return await page(
                first,
                after,
                lambda after, limit: repository.listing(connection, owner, after, limit),
                node=Webhook.of,
                cursor=lambda webhook: str(webhook.id),
                place=UUID,
            )

    @strawberry.field(
        description="The event types that a webhook can have: about tools, rules and processes, not people."
    )
    async def webhook_types(self, info: Info) -> list[str]:
        info.context.require_caller()
        return list(rules.TYPES)


@strawberry.type
class WebhookMutations:
    @mutation(
        refuses=(rules.TypesUnknown, rules.AddressUnusable, rules.TooManyWebhooks),
        description="Have events delivered to an address. Leads, leaders, owners of processes and curricula, stewards and"
        " operators may.",
    )
    async def subscribe_webhook(self, info: Info, input: SubscribeWebhookInput) -> SubscribeWebhookPayload:
        webhook = await run(
            info,
            commands.subscribe,
            key=input.idempotency_key,
            again=repository.get,
            url=input.url,
            types=input.types,
            plain=info.context.introspection,  # in development, where receivers have no certificates
        )
        return SubscribeWebhookPayload(webhook=Webhook.of(webhook), secret=webhook.secret)

    @mutation(description="Deliver nothing to it any more, for good.")
    async def end_webhook(self, info: Info, input: EndWebhookInput) -> EndWebhookPayload:
        webhook = await run(info, commands.end, webhook_id=uuid_of(input.webhook_id, "webhook"))
        return EndWebhookPayload(webhook=Webhook.of(webhook))

    @mutation(refuses=(rules.WebhookNotActive,), description="Deliver what happens from now on again.")
    async def enable_webhook(self, info: Info, input: EnableWebhookInput) -> EnableWebhookPayload:
        webhook = await run(info, commands.enable, webhook_id=uuid_of(input.webhook_id, "webhook"))
        return EnableWebhookPayload(webhook=Webhook.of(webhook))

    @mutation(refuses=(rules.WebhookNotActive,), description="Deliver an event once more, with the same webhook-id.")
    async def redeliver_webhook(self, info: Info, input: RedeliverWebhookInput) -> RedeliverWebhookPayload:
        delivery = await run(
            info,
            commands.redeliver,
            key=input.idempotency_key,
            again=repository.delivery,
            delivery_id=uuid_of(input.delivery_id, "webhook delivery"),
        )
        return RedeliverWebhookPayload(delivery=WebhookDelivery.of(delivery))
