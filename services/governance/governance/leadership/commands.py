"""Recording what the sponsor led or said."""

from __future__ import annotations

from chassis.caller import Caller
from chassis.database import Transaction, new_id
from governance.leadership import repository
from governance.leadership.domain import Appearance, AppearanceKind
from governance.rights import commands as rights
from governance.rights.domain import DecisionType


async def record_appearance(tx: Transaction, *, caller: Caller, kind: AppearanceKind, title: str) -> Appearance:
    """The sponsor led a session or said something to the organisation."""
    by = await rights.require(tx, caller, DecisionType.SPEAK_AS_SPONSOR)
    change = Appearance.record(new_id(), by, kind, title, tx.now)
    await repository.save_appearance(tx, change)
    return change.after
