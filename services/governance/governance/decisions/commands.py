"""Recording decisions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chassis.database import Transaction, new_id
from governance.decisions import repository
from governance.decisions.domain import Decision
from governance.motions.domain import Motion, MotionAlreadyEnacted
from governance.rights.domain import MATRIX, DecisionType


async def record(
    tx: Transaction,
    decision_type: DecisionType,
    *,
    subject: tuple[str, str],
    outcome: str,
    decided_by: str,
    motion: Motion | None = None,
    rationale: str = "",
    evidence: dict[str, Any] | None = None,
    reverses: UUID | None = None,
) -> Decision:
    """Keep for good what was decided. A motion can be carried out once."""
    decision = Decision(
        id=new_id(),
        decision_type=decision_type,
        tier=MATRIX[decision_type].tier,
        subject_kind=subject[0],
        subject_id=subject[1],
        outcome=outcome,
        decided_by=decided_by,
        motion_id=motion.id if motion else None,
        rationale=rationale,
        evidence=evidence or {},
        dissent=motion.dissent() if motion else (),
        reverses=reverses,
        effective_at=tx.now,
    )
    if not await repository.add(tx, decision.recorded()):
        raise MotionAlreadyEnacted(motion=motion.title if motion else "")
    return decision
