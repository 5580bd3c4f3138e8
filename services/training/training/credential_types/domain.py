"""Credential types: what one can hold, for how long, and which curriculum leads to it (T10, T12)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from chassis.domain import Change, Refused
from training.courses.domain import CurriculumTier, OutOfRange, TierIsFixed, code_of
from training.curricula.domain import Curriculum


class NoSuchCurriculum(Refused):
    """There is no curriculum {curriculum}. Define it before a credential depends on it."""

    curriculum: str


class LeadsElsewhere(Refused):
    """A {tier} credential needs a {tier} curriculum; {curriculum} is a {curriculum_tier} one."""

    tier: str
    curriculum: str
    curriculum_tier: str


@dataclass(frozen=True, slots=True)
class CredentialTypeDefined:
    """The terms on which a credential is awarded from now on."""

    credential_type: str
    name: str
    tier: CurriculumTier
    curriculum: str
    validity_days: int | None
    recert_window_days: int
    grace_days: int


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a credential holds (None: for ever), when renewal opens before its end, and the grace after it."""

    validity_days: int | None
    recert_window_days: int = 0
    grace_days: int = 0

    def __post_init__(self) -> None:
        if self.validity_days is not None and not 1 <= self.validity_days <= 3650:
            raise OutOfRange(what="The validity", allowed="between 1 and 3650 days, or none for ever")
        if not 0 <= self.recert_window_days <= (self.validity_days or 0):
            raise OutOfRange(what="The recertification window", allowed="no longer than the validity")
        if not 0 <= self.grace_days <= 365:
            raise OutOfRange(what="The grace", allowed="between 0 and 365 days")

    @property
    def validity(self) -> timedelta | None:
        """The length of one period."""
        return None if self.validity_days is None else timedelta(days=self.validity_days)


@dataclass(frozen=True, slots=True)
class CredentialType:
    """A credential that people can hold. Its id is its code."""

    id: str
    name: str
    tier: CurriculumTier
    curriculum: str
    terms: Terms
    version: int

    @classmethod
    def define(
        cls, code: str, name: str, tier: CurriculumTier, curriculum: Curriculum, terms: Terms
    ) -> Change[CredentialType]:
        """A new credential that can be required and earned."""
        _check(name, tier, curriculum)
        return cls(code_of(code), name, tier, curriculum.code, terms, version=1)._because_defined()

    def revise(self, name: str, tier: CurriculumTier, curriculum: Curriculum, terms: Terms) -> Change[CredentialType]:
        """New terms for periods that begin from now on; those that run keep their dates."""
        if tier is not self.tier:
            raise TierIsFixed(code=self.id, tier=self.tier.value)
        _check(name, tier, curriculum)
        after = replace(self, name=name, curriculum=curriculum.code, terms=terms, version=self.version + 1)
        return after._because_defined()

    def _because_defined(self) -> Change[CredentialType]:
        terms = self.terms
        return Change(
            self,
            CredentialTypeDefined(
                self.id, self.name, self.tier, self.curriculum,
                terms.validity_days, terms.recert_window_days, terms.grace_days,
            ),
        )  # fmt: skip


def _check(name: str, tier: CurriculumTier, curriculum: Curriculum) -> None:
    if not name.strip():
        raise OutOfRange(what="The name", allowed="given")
    if curriculum.tier is not tier:
        raise LeadsElsewhere(tier=tier.value, curriculum=curriculum.code, curriculum_tier=curriculum.tier.value)
