"""What may be done to credential types."""

from __future__ import annotations

from chassis.caller import Caller, require
from chassis.database import Transaction
from training.assignments import commands as assignments
from training.cohorts import repository as cohorts
from training.courses.commands import OWNERS
from training.courses.domain import CurriculumTier
from training.credential_types import repository
from training.credential_types.domain import CredentialType, NoSuchCurriculum, Terms
from training.credentials import commands as credentials
from training.curricula import repository as curricula
from training.requirements import repository as requirements
from training.tools import repository as tools


async def define_credential_type(
    tx: Transaction, *, caller: Caller, code: str, name: str, tier: CurriculumTier, curriculum: str, terms: Terms
) -> CredentialType:
    """Set the terms of a credential, new or anew.

    Who was told to earn it before it was defined is assigned now, and who had passed its courses before is certified.
    """
    require(caller, *OWNERS, action="Defining a credential type")
    await requirements.lock_rules(tx)
    known = await repository.lock(tx, code)
    path = (await curricula.by_codes(tx, [curriculum])).get(curriculum)
    if path is None:
        raise NoSuchCurriculum(curriculum=curriculum)
    change = known.revise(name, tier, path, terms) if known else CredentialType.define(code, name, tier, path, terms)
    await repository.save(tx, change)
    if known is None:
        await assignments.reconcile(
            tx, {*await tools.in_need_of(tx, code), *await cohorts.members_in_need_of(tx, code)}
        )
    await credentials.award_all(tx, change.after)
    return change.after
