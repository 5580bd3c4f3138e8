"""Whose training may be seen by whom."""

from __future__ import annotations

from chassis.domain import Refused

SEES_EVERYBODY = frozenset({"curriculum_owner", "ai_steward", "compliance_officer", "executive_sponsor"})


class TrainingIsPrivate(Refused):
    """The training of {employee} is for themselves, their line manager, and those who answer for training. Ask one of them."""

    employee: str


def may_see(roles: frozenset[str], viewer: str | None, employee_id: str, manager_id: str | None) -> bool:
    """Oneself, one's line manager, and those who answer for the training of all."""
    return bool(roles & SEES_EVERYBODY) or (viewer is not None and viewer in (employee_id, manager_id))
