"""Which events a team may have delivered, where to, and how long a receiver that does not answer is tried."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit
from uuid import UUID

from chassis.domain import Change, Refused

# Events about things. What is about people is for nobody to take away.
TYPES = (
    *(f"governance.tool-{what}.v1" for what in (
        "proposed", "approved", "rejected", "suspended", "reinstated", "scope-changed", "deprecated", "retired",
    )),
    "governance.policy-published.v1",
    "governance.department-restricted.v1",
    "governance.department-restriction-lifted.v1",
    "process.process-registered.v1",
    "process.process-retired.v1",
    "process.sop-effective.v1",
    "process.sop-flagged.v1",
    "process.sop-cleared.v1",
    "process.sop-fallback-activated.v1",
    "process.sop-withdrawn.v1",
    "training.course-published.v1",
)  # fmt: skip
MAY_SUBSCRIBE = ("team_lead", "department_leader", "process_owner", "curriculum_owner", "ai_steward", "sre")
SEE_ALL = ("ai_steward", "sre")
GIVE_UP_AFTER = timedelta(hours=24)
MOST_PER_OWNER = 20
_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(hours=3)
_LONGEST_URL = 2_000


class TypesUnknown(Refused):
    """Webhooks do not deliver {types}. Choose from: {known}."""

    types: str
    known: str


class AddressUnusable(Refused):
    """Events cannot be delivered to this address: {why}."""

    why: str


class TooManyWebhooks(Refused):
    """{owner} has {most} webhooks already. End one first."""

    owner: str
    most: int


class WebhookNotActive(Refused):
    """The webhook is {status}. Only an active one can be delivered to; enable it, or subscribe anew."""

    status: str


class WebhookStatus(StrEnum):
    """Where a webhook stands."""

    ACTIVE = "active"
    DISABLED = "disabled"
    ENDED = "ended"


class DeliveryStatus(StrEnum):
    """What became of a delivery."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class WebhookSubscribed:
    """A team has events delivered. Only the host is told: an address can hold a secret."""

    webhook_id: UUID
    owner_id: str
    host: str
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WebhookDisabled:
    """Its receiver has not taken an event for a day, or said that it is gone; nothing is delivered any more."""

    webhook_id: UUID
    owner_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class WebhookEnabled:
    """Events are delivered again."""

    webhook_id: UUID
    owner_id: str


@dataclass(frozen=True, slots=True)
class WebhookEnded:
    """The team does not want it any more."""

    webhook_id: UUID
    owner_id: str


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address, and the event types that go there."""

    id: UUID
    url: str
    types: tuple[str, ...]
    secret: str
    owner_id: str
    status: WebhookStatus
    reason: str | None
    created_at: datetime
    version: int

    @classmethod
    def subscribe(
        cls, id: UUID, *, url: str, types: tuple[str, ...], secret: str, owner_id: str, now: datetime, plain: bool
    ) -> Change[Webhook]:
        """A new webhook. `plain` lets it be without TLS, which is for development."""
        unknown = [name for name in types if name not in TYPES]
        if unknown or not types:
            raise TypesUnknown(types=", ".join(unknown) or "nothing", known=", ".join(TYPES))
        host = host_of(url, plain=plain)
        webhook = cls(id, url, types, secret, owner_id, WebhookStatus.ACTIVE, None, now, version=1)
        return Change(webhook, WebhookSubscribed(id, owner_id, host, types))

    def disable(self, reason: str) -> Change[Webhook] | None:
        """Nothing is delivered any more; None when that is so already."""
        if self.status is not WebhookStatus.ACTIVE:
            return None
        after = replace(self, status=WebhookStatus.DISABLED, reason=reason, version=self.version + 1)
        return Change(after, WebhookDisabled(self.id, self.owner_id, reason))

    def enable(self) -> Change[Webhook] | None:
        """Events from now on are delivered again; None when they are."""
        if self.status is WebhookStatus.ENDED:
            raise WebhookNotActive(status=self.status)
        if self.status is WebhookStatus.ACTIVE:
            return None
        after = replace(self, status=WebhookStatus.ACTIVE, reason=None, version=self.version + 1)
        return Change(after, WebhookEnabled(self.id, self.owner_id))

    def end(self) -> Change[Webhook] | None:
        """It is over for good; None when it was."""
        if self.status is WebhookStatus.ENDED:
            return None
        after = replace(self, status=WebhookStatus.ENDED, version=self.version + 1)
        return Change(after, WebhookEnded(self.id, self.owner_id))

    def must_be_active(self) -> None:
        """Raises WebhookNotActive."""
        if self.status is not WebhookStatus.ACTIVE:
            raise WebhookNotActive(status=self.status)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one webhook, and how that went."""

    id: UUID
    webhook_id: UUID
    event_id: str
    type: str
    body: str
    status: DeliveryStatus
    attempts: int
    created_at: datetime
    give_up_at: datetime
    next_attempt_at: datetime | None
    answered: int | None
    error: str | None
    settled_at: datetime | None

    def after(self, *, answered: int | None, error: str | None, now: datetime) -> Delivery:
        """How it stands after an attempt: done, to be tried again, or given up after a day."""
        if error is None:
            done = replace(self, status=DeliveryStatus.DELIVERED, next_attempt_at=None, settled_at=now)
            return replace(done, answered=answered, error=None)
        again = now + pause(self.attempts)
        if again > self.give_up_at:
            failed = replace(self, status=DeliveryStatus.FAILED, next_attempt_at=None, settled_at=now)
            return replace(failed, answered=answered, error=error)
        return replace(self, next_attempt_at=again, answered=answered, error=error)


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts: 5 s, 15 s, 45 s ... and never more than three hours."""
    times: int = 3 ** min(max(attempts - 1, 0), 12)
    return min(_FIRST_PAUSE * times, _LONGEST_PAUSE)


def host_of(url: str, *, plain: bool) -> str:
    """The host of an address that events can be delivered to. Raises AddressUnusable."""
    if len(url) > _LONGEST_URL or not url.isprintable() or " " in url:
        raise AddressUnusable(why=f"it must be printable and have at most {_LONGEST_URL} characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressUnusable(why="it is no address") from None
    if parts.scheme != "https" and not (plain and parts.scheme == "http"):
        raise AddressUnusable(why="it must begin with https://")
    if not parts.hostname or parts.username or parts.password or parts.fragment or port == 0:
        raise AddressUnusable(why="it must have a host, and neither a user name nor a fragment")
    return parts.hostname
