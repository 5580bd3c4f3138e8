"""The entitlement decision: one pure function that answers "may this person use this tool for this, and why not?" (X08).

It decides requests, re-evaluates grants and answers `canUse`, so that the three can never disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from governance.access.domain import Grant, Request
from governance.access.events import GrantStatus, Kind, Prerequisite, Reason
from governance.departments.domain import Restriction, against
from governance.policies.domain import Deadline, Edition, is_withdrawn, still_counts
from governance.scope.domain import Scope, Use, covers
from governance.tools.domain import Status, Tool


class Rule(StrEnum):
    """The rules, in the order in which they are checked."""

    EMPLOYED = "employed"
    TOOL_APPROVED = "tool_approved"
    WITHIN_SCOPE = "within_scope"
    DEPARTMENT_ALLOWS = "department_allows"
    POLICIES_ACKNOWLEDGED = "policies_acknowledged"
    CREDENTIALS_VALID = "credentials_valid"
    TOOLS_COMPATIBLE = "tools_compatible"
    GRANT_ACTIVE = "grant_active"


@dataclass(frozen=True, slots=True)
class Credential:
    """One period for which training certified a person. What is not known yet is null."""

    period_id: str
    credential_type: str
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    grace_until: datetime | None = None
    grace_ended: bool = False
    revoked: bool = False

    def holds(self, now: datetime) -> bool:
        """Valid today, or in its grace."""
        if self.valid_from is None or self.valid_from > now or self.revoked or self.grace_ended:
            return False
        return self.valid_until is None or now < max(self.valid_until, self.grace_until or self.valid_until)


@dataclass(frozen=True, slots=True)
class Rival:
    """A grant that a person has, and one of the tools that is never together with its tool."""

    against: UUID
    tool_id: UUID
    tool: str
    grant_id: UUID
    since: datetime
    policy: str
    reason: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a person: employment, credentials and acknowledged policy versions."""

    employee_id: str
    works_here: bool
    department_id: str | None
    manager_id: str | None = None
    credentials: tuple[Credential, ...] = ()
    acknowledged: tuple[tuple[str, int], ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    excepted: tuple[tuple[str, UUID | None], ...] = ()
    rivals: tuple[Rival, ...] = ()

    def rival_of(self, tool_id: UUID, grants: Iterable[Grant] = ()) -> Rival | None:
        """What the person has that is never together with this tool; beside grants for it only what came before them.

        So of two tools in one hand the later one gives way, and never both (G13).
        """
        before = min(((grant.valid_from, grant.id) for grant in grants), default=None)
        return next(
            (
                rival
                for rival in self.rivals
                if rival.against == tool_id
                and (before is None or (rival.since, rival.grant_id) < before)
                and not self.is_excepted(rival.policy, tool_id)
                and not self.is_excepted(rival.policy, rival.tool_id)
            ),
            None,
        )

    def is_excepted(self, policy: str, tool_id: UUID) -> bool:
        """Whether the person need not follow a policy for this tool today."""
        return (policy, tool_id) in self.excepted or (policy, None) in self.excepted

    def holds(self, credential_type: str, now: datetime) -> bool:
        """Whether the person has this credential today."""
        return any(c.credential_type == credential_type and c.holds(now) for c in self.credentials)

    def follows(self, policy: str, editions: Iterable[Edition | Deadline], now: datetime) -> bool:
        """Whether the person's acknowledgement of a policy is enough today; a withdrawn policy asks for none."""
        known = tuple(editions)
        return is_withdrawn(known, now) or any(
            code == policy and still_counts(number, known, now) for code, number in self.acknowledged
        )


Policies = Mapping[str, tuple[Edition | Deadline, ...]]


@dataclass(frozen=True, slots=True)
class Case:
    """All that decides whether one person may use one tool, and who the sponsor is, who may ask about everybody."""

    person: Standing
    tool: Tool | None
    grants: tuple[Grant, ...]
    policies: Policies
    sponsor_id: str | None


@dataclass(frozen=True, slots=True)
class Link:
    """One rule of the chain: whether it is satisfied, why, and what the person can do."""

    rule: Rule
    satisfied: bool
    explanation: str
    next_step: str | None = None


@dataclass(frozen=True, slots=True)
class Entitlement:
    """Allow or deny, with the whole chain of rules."""

    allowed: bool
    reasons: tuple[Link, ...]


def missing(tool: Tool, person: Standing, policies: Policies, now: datetime) -> tuple[Prerequisite, ...]:
    """The tool's conditions that the person does not meet today."""
    lacking = [
        Prerequisite(Kind.POLICY, code)
        for code in tool.conditions.policy_ids
        if not person.is_excepted(code, tool.id) and not person.follows(code, policies.get(code, ()), now)
    ]
    lacking += [
        Prerequisite(Kind.CREDENTIAL, code) for code in tool.conditions.credential_types if not person.holds(code, now)
    ]
    return tuple(lacking)


def reasons_against(grant: Grant, tool: Tool, person: Standing, policies: Policies, now: datetime) -> frozenset[Reason]:
    """Why a grant must be suspended today; nothing when it may be used."""
    lacking = {prerequisite.kind for prerequisite in missing(tool, person, policies, now)}
    use = Use(grant.data_class, grant.context, person.department_id, grant.region)
    found = {
        Reason.TOOL_SUSPENDED: tool.status is not Status.APPROVED,
        Reason.CREDENTIAL_LAPSED: Kind.CREDENTIAL in lacking,
        Reason.POLICY_LAPSED: Kind.POLICY in lacking,
        Reason.OUT_OF_SCOPE: not covers(tool.scope, use),
        Reason.DEPT_RESTRICTED: against(person.restrictions, tool.id, use, now.date()) is not None,
        Reason.INCOMPATIBLE: person.rival_of(tool.id, [grant]) is not None,
    }
    return frozenset(reason for reason, holds in found.items() if holds)


class Step(StrEnum):
    """What becomes of an open request."""

    WAIT = "wait"
    ASK_APPROVER = "ask_approver"
    DENY = "deny"
    GRANT = "grant"


def next_step(
    request: Request, tool: Tool, person: Standing, policies: Policies, now: datetime
) -> tuple[Step, tuple[Prerequisite, ...]]:
    """What becomes of an open request today, and what is missing (G19)."""
    lacking = missing(tool, person, policies, now)
    if tool.status is not Status.APPROVED or now >= request.expires_at:
        return Step.WAIT, lacking
    if denial(request, tool, person) is not None:
        return Step.DENY, lacking
    use = Use(request.data_class, request.context, person.department_id, request.region)
    if lacking or not person.works_here or against(person.restrictions, tool.id, use, now.date()):
        return Step.WAIT, lacking
    if tool.conditions.asks_for_consent and request.approved_by is None:
        return Step.ASK_APPROVER, ()
    return Step.GRANT, ()


def denial(request: Request, tool: Tool, person: Standing) -> str | None:
    """Why a request cannot become a grant, however long it waits."""
    if not covers(tool.scope, Use(request.data_class, request.context, person.department_id, request.region)):
        return "outside the tool's scope"
    rival = person.rival_of(tool.id) if request.extends is None else None
    return f"never together with {rival.tool}: {rival.reason}" if rival else None


def decide(
    *,
    tool: Tool,
    person: Standing,
    use: Use,
    grants: Iterable[Grant],
    policies: Policies,
    now: datetime,
) -> Entitlement:
    """Check every rule in order; all failures are told, each with the next step for the person."""
    lacking = missing(tool, person, policies, now)
    chain = (
        _employed(person),
        _tool_approved(tool),
        _within_scope(tool, use),
        _department_allows(tool, person, use, now),
        _acknowledged(tool, lacking),
        _certified(tool, lacking),
        _compatible(tool, person, grants),
        _granted(tool, use, grants, now),
    )
    return Entitlement(all(link.satisfied for link in chain), chain)


def describe(scope: Iterable[Scope]) -> str:
    """A scope in words."""
    return "; ".join(
        f"{row.data_class.lower()} data for {row.context.lower().replace('_', ' ')}"
        + (f" in department {row.department_id}" if row.department_id else "")
        + (f" in region {row.region}" if row.region else "")
        for row in scope
    )


def _employed(person: Standing) -> Link:
    if person.works_here:
        return Link(Rule.EMPLOYED, True, f"{person.employee_id} works here.")
    return Link(Rule.EMPLOYED, False, f"{person.employee_id} does not work here today.")


def _tool_approved(tool: Tool) -> Link:
    if tool.status is Status.APPROVED:
        ends = f" until {tool.sunset_at:%Y-%m-%d}" if tool.sunset_at else ""
        step = "Move to the tool that follows it." if tool.successor_id else None
        return Link(Rule.TOOL_APPROVED, True, f"{tool.name} {tool.model_version} is approved{ends}.", step)
    explanation = f"{tool.name} is {tool.status.replace('_', ' ')}."
    if tool.suspension is not None:
        explanation = f"{tool.name} is suspended: {tool.suspension.reason}."
    return Link(Rule.TOOL_APPROVED, False, explanation, "Use another approved tool, or wait for the committee.")


def _within_scope(tool: Tool, use: Use) -> Link:
    wanted = f"{use.data_class.lower()} data for {use.context.lower().replace('_', ' ')}"
    if covers(tool.scope, use):
        return Link(Rule.WITHIN_SCOPE, True, f"{tool.name} may be used with {wanted}.")
    allowed = describe(tool.scope) or "nothing yet"
    return Link(
        Rule.WITHIN_SCOPE,
        False,
        f"{tool.name} may not be used with {wanted}; allowed is: {allowed}.",
        "Stay within the scope, or ask the governance committee to change it.",
    )


def _department_allows(tool: Tool, person: Standing, use: Use, now: datetime) -> Link:
    restricted = against(person.restrictions, tool.id, use, now.date())
    if restricted is None:
        return Link(Rule.DEPARTMENT_ALLOWS, True, "No restriction of the department takes this away.")
    return Link(
        Rule.DEPARTMENT_ALLOWS,
        False,
        f"The department {restricted.department_id} restricts this until {restricted.review_by}: {restricted.reason}",
        "Ask the leader of the department, or wait until the restriction ends.",
    )


def _acknowledged(tool: Tool, lacking: tuple[Prerequisite, ...]) -> Link:
    codes = [prerequisite.id for prerequisite in lacking if prerequisite.kind is Kind.POLICY]
    if not codes:
        return Link(Rule.POLICIES_ACKNOWLEDGED, True, _all("policy", "policies", tool.conditions.policy_ids))
    listed = ", ".join(codes)
    return Link(
        Rule.POLICIES_ACKNOWLEDGED,
        False,
        f"Not acknowledged at the current version: {listed}.",
        f"Read and acknowledge {listed}.",
    )


def _certified(tool: Tool, lacking: tuple[Prerequisite, ...]) -> Link:
    codes = [prerequisite.id for prerequisite in lacking if prerequisite.kind is Kind.CREDENTIAL]
    if not codes:
        return Link(Rule.CREDENTIALS_VALID, True, _all("credential", "credentials", tool.conditions.credential_types))
    listed = ", ".join(codes)
    return Link(
        Rule.CREDENTIALS_VALID, False, f"Not certified today: {listed}.", f"Complete the training for {listed}."
    )


def _compatible(tool: Tool, person: Standing, grants: Iterable[Grant]) -> Link:
    rival = person.rival_of(tool.id, [grant for grant in grants if grant.status is not GrantStatus.REVOKED])
    if rival is None:
        return Link(Rule.TOOLS_COMPATIBLE, True, "Nothing else that the person has stands against it.")
    return Link(
        Rule.TOOLS_COMPATIBLE,
        False,
        f"{tool.name} is never together with {rival.tool}, which was there first: {rival.reason}",
        f"Give {rival.tool} up, or ask for an exception from {rival.policy}.",
    )


def _all(one: str, many: str, codes: tuple[str, ...]) -> str:
    if not codes:
        return f"No {one} is required."
    return f"The required {one if len(codes) == 1 else many} {', '.join(codes)} {'is' if len(codes) == 1 else 'are'} in order."


def _granted(tool: Tool, use: Use, grants: Iterable[Grant], now: datetime) -> Link:
    same = [
        grant
        for grant in grants
        if (grant.data_class, grant.context, grant.region) == (use.data_class, use.context, use.region)
        and grant.status is not GrantStatus.REVOKED
        and (grant.valid_until is None or now < grant.valid_until)
    ]
    if any(grant.status is GrantStatus.ACTIVE for grant in same):
        return Link(Rule.GRANT_ACTIVE, True, "Access was granted.")
    if same:
        why = ", ".join(sorted(reason.replace("_", " ") for grant in same for reason in grant.suspended_for))
        ends = min((grant.handover_until for grant in same if grant.handover_until), default=None)
        step = "It comes back when the reasons are gone."
        if ends is not None:
            step = f"After the transfer it is handed over until {ends:%Y-%m-%d}, and ends then unless the reasons are gone."
        return Link(Rule.GRANT_ACTIVE, False, f"The access is suspended: {why}.", step)
    return Link(Rule.GRANT_ACTIVE, False, f"There is no access to {tool.name} for this.", "Request access.")
