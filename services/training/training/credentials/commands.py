"""What awards, renews and revokes credentials."""

from __future__ import annotations

from uuid import UUID

from chassis import due
from chassis.caller import Caller, require
from chassis.database import Transaction, new_id
from chassis.domain import NotFound
from training.assignments import commands as assignments
from training.assignments import repository as learners
from training.cohorts import commands as cohorts
from training.completions import repository as completions
from training.credential_types import repository as credential_types
from training.credential_types.domain import CredentialType
from training.credentials import repository
from training.credentials.domain import NothingHeld, Period, RevocationKind, certify, reminders
from training.curricula import repository as curricula

EXPIRING, EXPIRES, GRACE_ENDS = "credential-expiring", "credential-expires", "credential-grace-ends"
MAY_REVOKE = ("curriculum_owner", "ai_steward", "compliance_officer")


async def award(tx: Transaction, employee_id: str, credential_type: CredentialType) -> None:
    """Certify as many periods as the passes allow: one as a rule, more when they come late and together.

    Who calls has locked the learner.
    """
    path = (await curricula.by_codes(tx, [credential_type.curriculum]))[credential_type.curriculum]
    passes = await completions.passes(tx, employee_id, path.mandatory)
    history = await repository.of_employee(tx, employee_id, credential_type.id)
    awarded = False
    while change := certify(
        new_id(), employee_id=employee_id, credential_type=credential_type, mandatory=path.mandatory,
        passes=passes, history=history,
    ):  # fmt: skip
        await repository.save_many(tx, [change])
        history.append(change.after)
        awarded = True
        if change.after.valid_until is not None:
            await due.at(tx, EXPIRES, change.after.id, change.after.valid_until)
        await due.at_many(tx, EXPIRING, [(change.after.id, date) for date in reminders(change.after, tx.now).values()])
    if awarded:
        await assignments.credential_changed(tx, employee_id, credential_type.id)
        await cohorts.member_changed(tx, employee_id)


async def award_all(tx: Transaction, credential_type: CredentialType) -> None:
    """Certify everybody who had passed the courses before there was this path to the credential."""
    path = (await curricula.by_codes(tx, [credential_type.curriculum]))[credential_type.curriculum]
    candidates = await completions.who_passed_all(tx, path.mandatory)
    await learners.lock_learners(tx, candidates)
    for employee_id in candidates:
        await award(tx, employee_id, credential_type)


async def evidence_voided(tx: Transaction, employee_id: str, attempt_id: UUID) -> None:
    """Periods that rest on the attempt fall, unless other passes carry them: then they are awarded anew."""
    fallen = await repository.resting_on(tx, employee_id, attempt_id)
    reason = "The learning system voided a statement it rests on."
    await _revoke(tx, fallen, RevocationKind.EVIDENCE_VOIDED, reason)
    kinds = await credential_types.by_ids(tx, {period.credential_type for period in fallen})
    for code in sorted(kinds):
        await assignments.credential_changed(tx, employee_id, code)
        await award(tx, employee_id, kinds[code])
    await cohorts.member_changed(tx, employee_id)


async def revoke_credential(
    tx: Transaction, *, caller: Caller, employee_id: str, credential_type: str, reason: str
) -> Period:
    """Take a credential away: the period that runs and one that would follow."""
    require(caller, *MAY_REVOKE, action="Revoking a credential")
    if await credential_types.get(tx, credential_type) is None:
        raise NotFound(what="credential type", id=credential_type)
    await learners.lock_learners(tx, [employee_id])
    periods = [
        period
        for period in await repository.of_employee(tx, employee_id, credential_type)
        if period.revoked_at is None and (period.grace_until is None or period.grace_until > tx.now)
    ]
    if not periods:
        raise NothingHeld(employee=employee_id, credential_type=credential_type)
    revoked = await _revoke(tx, periods, RevocationKind.BY_DECISION, reason)
    await assignments.credential_changed(tx, employee_id, credential_type)
    await cohorts.member_changed(tx, employee_id)
    return revoked[0]


async def _revoke(tx: Transaction, periods: list[Period], kind: RevocationKind, reason: str) -> list[Period]:
    changes = [period.revoke(kind, reason, tx.now) for period in periods]
    await repository.save_many(tx, changes)
    for period in periods:
        for kind_of_date in (EXPIRING, EXPIRES, GRACE_ENDS):
            await due.cancel(tx, kind_of_date, period.id)
    return [change.after for change in changes]
