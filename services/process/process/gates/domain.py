"""The go-live gate of a pilot (P14, C8): five items that follow from events of all services; nobody ticks them.

An item that holds names the events that prove it; one that does not says what is missing and who can bring it about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from process.processes.domain import DataClass
from process.tools.domain import Standing


class UsageContext(StrEnum):
    """For whom work is done."""

    INTERNAL = "INTERNAL"
    CLIENT_WORK = "CLIENT_WORK"
    PUBLIC = "PUBLIC"


class Item(StrEnum):
    """What must hold before a pilot may run."""

    TOOL_APPROVED = "tool_approved"
    SOP_EFFECTIVE = "sop_effective"
    ESCALATION_CONTACT = "escalation_contact"
    COHORT_TRAINED = "cohort_trained"
    BASELINE_FROZEN = "baseline_frozen"


@dataclass(frozen=True, slots=True)
class GateItem:
    """An item, the events that prove it, and what is missing; it holds when nothing is."""

    item: Item
    proof: tuple[str, ...]
    missing: str | None = None

    @property
    def holds(self) -> bool:
        return self.missing is None


@dataclass(frozen=True, slots=True)
class ScopeRow:
    """One row of what governance allows a tool for; None: every department, every region."""

    data_class: DataClass
    context: UsageContext
    department_id: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Permission:
    """What governance says of a tool, and the events in which it said so."""

    name: str
    standing: Standing
    scope: tuple[ScopeRow, ...]
    proof: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Procedure:
    """An effective version of a procedure of the process."""

    code: str
    number: int
    tool_ids: frozenset[UUID]
    blocked: bool
    proof: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contact:
    """Who is called when something goes wrong; `at_work`: employed today and not on leave."""

    id: str
    works_here: bool
    at_work: bool
    proof: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Readiness:
    """How many of the cohort hold what they need, as training last told."""

    ready: bool
    trained: int
    required: int
    event_id: str


@dataclass(frozen=True, slots=True)
class FrozenBaseline:
    """A baseline as metrics last told; not frozen any more when it was declared void."""

    baseline_id: UUID
    frozen: bool
    n: int
    median: float | None
    event_id: str


@dataclass(frozen=True, slots=True)
class Needs:
    """What one pilot needs of the gate."""

    department_id: str
    context: UsageContext
    data_classes: frozenset[DataClass]
    tool_ids: tuple[UUID, ...]
    metrics: tuple[str, ...]
    running: bool
    """Once it runs, a contact on leave is missed no more than anybody on leave; one who left is."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when the gate is looked at."""

    permissions: Mapping[UUID, Permission]
    procedures: Sequence[Procedure]
    contact: Contact
    readiness: Readiness | None
    baselines: Mapping[str, FrozenBaseline]


def look(needs: Needs, facts: Facts) -> tuple[GateItem, ...]:
    """Every item of the gate with its proof or what is missing."""
    return (
        _tools(needs, facts),
        _procedures(needs, facts),
        _contact(needs, facts.contact),
        _cohort(facts.readiness),
        _baselines(needs, facts),
    )


def _tools(needs: Needs, facts: Facts) -> GateItem:
    missing: list[str] = []
    proof: list[str] = []
    for id in needs.tool_ids:
        known = facts.permissions.get(id)
        if known is None or known.standing is Standing.UNKNOWN:
            missing.append(f"tool {id} is not approved: governance has to approve it")
        elif known.standing is not Standing.APPROVED:
            missing.append(f"{known.name} is {known.standing.value}: governance has to reinstate it or name another")
        elif without := _not_allowed(needs, known.scope):
            missing.append(f"{known.name} is not approved for {without} of department {needs.department_id}")
        else:
            proof += known.proof
    return _item(Item.TOOL_APPROVED, proof, missing)


def _not_allowed(needs: Needs, scope: Sequence[ScopeRow]) -> str:
    """The kinds of data for which no row of the scope lets this department use the tool; a row of one region does not count."""
    allowed = {
        row.data_class
        for row in scope
        if row.context is needs.context and row.department_id in {None, needs.department_id} and row.region is None
    }
    if not needs.data_classes:
        return "" if allowed else f"any {needs.context.value} data"
    lacking = sorted(kind.value for kind in needs.data_classes - allowed)
    return f"{', '.join(lacking)} data in {needs.context.value} use" if lacking else ""


def _procedures(needs: Needs, facts: Facts) -> GateItem:
    missing: list[str] = []
    proof: list[str] = []
    for id in needs.tool_ids:
        using = [one for one in facts.procedures if id in one.tool_ids]
        usable = [one for one in using if not one.blocked]
        name = facts.permissions[id].name if id in facts.permissions else f"tool {id}"
        if usable:
            proof += [event for one in usable for event in one.proof if event not in proof]
        elif using:
            missing.append(f"procedure {using[0].code} v{using[0].number} is blocked until its tools may be used again")
        else:
            missing.append(f"no effective procedure of the process uses {name}: put one into force")
    return _item(Item.SOP_EFFECTIVE, proof, missing)


def _contact(needs: Needs, contact: Contact) -> GateItem:
    there = contact.works_here if needs.running else contact.at_work
    missing = [] if there else [f"the escalation contact {contact.id} is not at work: name another"]
    return _item(Item.ESCALATION_CONTACT, contact.proof if there else (), missing)


def _cohort(readiness: Readiness | None) -> GateItem:
    if readiness is None:
        return _item(Item.COHORT_TRAINED, (), ["training has not told that the cohort is ready"])
    if not readiness.ready:
        told = f"{readiness.trained} of the cohort are trained, {readiness.required} have to be"
        return _item(Item.COHORT_TRAINED, (), [told])
    return _item(Item.COHORT_TRAINED, (readiness.event_id,), [])


def _baselines(needs: Needs, facts: Facts) -> GateItem:
    frozen = {metric: one for metric, one in facts.baselines.items() if one.frozen}
    missing = [f"the baseline of {metric} is not frozen" for metric in needs.metrics if metric not in frozen]
    return _item(
        Item.BASELINE_FROZEN, [frozen[metric].event_id for metric in needs.metrics if metric in frozen], missing
    )


def _item(item: Item, proof: Sequence[str], missing: Sequence[str]) -> GateItem:
    return GateItem(item, tuple(proof), "; ".join(missing) or None)
