"""What laws and standards ask for, and which events are evidence that it is done (G17).

The register names articles, clauses and outcomes of its sources by their own numbers; a requirement is fulfilled while
every kind of event that it expects has happened, lately where it says so. Evidence is linked, never claimed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Fulfilment(StrEnum):
    """How far a requirement is."""

    FULFILLED = "fulfilled"
    PARTLY = "partly"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Expectation:
    """A kind of event that is evidence, and for how many days one is good; for good without a number."""

    event: str
    means: str
    within_days: int | None = None


@dataclass(frozen=True, slots=True)
class Requirement:
    """An article, clause or outcome of a framework."""

    id: str
    title: str
    expects: tuple[Expectation, ...]


@dataclass(frozen=True, slots=True)
class Framework:
    """A law or standard in one edition."""

    code: str
    title: str
    edition: str
    source: str
    requirements: tuple[Requirement, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """An event that happened."""

    event_id: str
    event: str
    subject: str
    at: datetime


Known = Mapping[str, tuple[Evidence, ...]]


@dataclass(frozen=True, slots=True)
class Finding:
    """One expectation, whether it is met today, and the events that show it, the latest first."""

    expectation: Expectation
    met: bool
    evidence: tuple[Evidence, ...]


def findings(requirement: Requirement, known: Known, now: datetime) -> tuple[Finding, ...]:
    """What is known about each expectation of a requirement. `known` has the latest events of each kind first."""
    found = []
    for expectation in requirement.expects:
        within = None if expectation.within_days is None else now - timedelta(days=expectation.within_days)
        evidence = tuple(
            each
            for each in known.get(expectation.event, ())
            if each.at <= now and (within is None or each.at >= within)
        )
        found.append(Finding(expectation, bool(evidence), evidence))
    return tuple(found)


def fulfilment(found: tuple[Finding, ...]) -> Fulfilment:
    """How far a requirement is, from what is known about its expectations."""
    met = sum(finding.met for finding in found)
    if met == len(found):
        return Fulfilment.FULFILLED
    return Fulfilment.PARTLY if met else Fulfilment.OPEN
