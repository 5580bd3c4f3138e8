"""The systems outside, by the role in their token: which events each may publish, and whom an event is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chassis.caller import Caller

# The role of a service principal -> whose events it publishes.
OWNERS = {"hris": "hris", "itsm": "itsm", "lms": "lms", "telemetry": "usage"}
# Where the data says whom or what an event is about: events about the same keep their order.
_ABOUT = {
    "hris": ("employee_id",),
    "usage": ("employee_id",),
    "lms": ("actor", "account", "name"),
    "itsm": ("number",),
}


class MayNotPublish(Exception):
    """The caller may not publish this. The message says what it may."""


def owners_for(caller: Caller) -> frozenset[str]:
    """Whose events the caller may publish. Raises MayNotPublish when it is no source of events at all."""
    owners = frozenset(OWNERS[role] for role in caller.roles & OWNERS.keys())
    if caller.kind != "service" or not owners:
        raise MayNotPublish(
            f"{caller.subject} is no source of events. Events come from services with the role "
            f"{', '.join(sorted(OWNERS))}."
        )
    return owners


def must_own(owners: frozenset[str], caller: Caller, event_type: str) -> None:
    """Raises MayNotPublish unless the event is the caller's own."""
    if event_type.partition(".")[0] not in owners:
        theirs = " and ".join(f"{owner}.*" for owner in sorted(owners))
        raise MayNotPublish(f"{caller.subject} may publish {theirs}, not {event_type}.")


def partition_key(event_type: str, data: Any, subject: str | None, event_id: str) -> str:
    """Whom or what the event is about, else its subject, else the event alone."""
    about = data
    for name in _ABOUT[event_type.partition(".")[0]]:
        about = about.get(name) if isinstance(about, dict) else None
    return about if isinstance(about, str) and about else subject or event_id


def subject(event_type: str, attributes: Mapping[str, str], key: str) -> str:
    """What an event waits behind: events of one subject are handled in turn, so one that cannot be holds up the next.

    A fact of usage replaces its like by its time, not by its turn. It stands alone, whatever subject the source gave.
    """
    if event_type.partition(".")[0] == "usage":
        return attributes["id"]
    return attributes.get("subject") or key
