"""Making evidence packs."""

from __future__ import annotations

from uuid import UUID

import msgspec

from chassis.database import Transaction, new_id
from process.evidence import repository
from process.evidence.domain import EvidencePack, Measured, breached
from process.pilots import repository as pilots
from process.pilots.domain import State


async def make_pack(tx: Transaction, pilot_id: UUID, measured: Measured) -> None:
    """Keep what a pilot showed, and tell that it is measured (P16). A pilot that was given up meanwhile needs no pack."""
    pilot = await pilots.get_for_update(tx, pilot_id)
    if pilot.state is not State.MEASURING:
        return
    gate = (await pilots.gates_of(tx, [pilot]))[pilot.id]
    content = {
        "pilot": str(pilot.id),
        "process": str(pilot.process_id),
        "plan": msgspec.to_builtins(pilot.plan),
        "window": [moment.isoformat() if moment else None for moment in (pilot.started_at, pilot.closed_at)],
        "gate": [{"item": item.item.value, "proof": list(item.proof), "missing": item.missing} for item in gate],
        "comparison": msgspec.to_builtins(measured, str_keys=True),
        "guardrails_breached": [rate.value for rate in breached(pilot.plan.guardrails, measured.rates)],
        "gaps": await repository.gaps_of(tx, pilot_id),
    }
    pack = EvidencePack.make(new_id(), pilot_id, measured.verdict, content, tx.now)
    await repository.add(tx, pack)
    await pilots.save(tx, [pilot.measured(pack.id, measured.verdict)])
