"""Taking snapshots."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec

from chassis.database import Transaction, new_id
from metrics.adoption import domain
from metrics.adoption import repository as adoption
from metrics.snapshots import repository
from metrics.snapshots.domain import Snapshot, at_or_above_median


async def take_snapshot(tx: Transaction, *, occurrence_id: UUID, as_of: date, sponsor_id: str | None) -> Snapshot:
    """Pin the adoption as of a day, of the enterprise and of the departments that may be shown."""
    staff = await adoption.members(tx, as_of)
    used = await adoption.activities(tx, as_of, None)
    found = domain.adoption(staff, used, tool=None)
    days = {person: mask.bit_count() for person, mask in domain.active_days(used).items()}
    counted = {member.employee_id: days.get(member.employee_id, 0) for member in staff if member.counted}
    figures = msgspec.json.encode(
        {
            "enterprise": found.enterprise,
            "departments": found.departments,
            "breadth": found.breadth,
            "evenness": found.evenness,
            "unknownUsers": found.unknown_users,
        },
        order="sorted",
    )
    change = Snapshot.take(
        new_id(),
        occurrence_id,
        as_of=as_of,
        figures=figures,
        sponsor=at_or_above_median(sponsor_id, counted),
        now=tx.now,
    )
    await repository.save(tx, change)
    return change.after
