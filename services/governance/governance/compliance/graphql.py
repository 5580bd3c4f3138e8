"""What laws and standards ask for, in the graph (G17)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from chassis.domain import NotEntitled, NotFound, Tier
from chassis.graphql import Info
from chassis.graphql.description import describe
from governance.compliance import domain as rules
from governance.compliance import repository
from governance.compliance.domain import Fulfilment
from governance.rights import commands as rights
from governance.rights.domain import Decider

_MAY_SEE = frozenset(
    {Decider.COMPLIANCE_OFFICER, Decider.AI_STEWARD, Decider.EXECUTIVE_SPONSOR, Decider.COMMITTEE}
)  # fmt: skip

describe(
    Fulfilment,
    "Fulfilment",
    "How far a requirement is, from the events that show it.",
    {
        Fulfilment.FULFILLED: "Everything that is expected happened, lately where it has to.",
        Fulfilment.PARTLY: "Some of it did.",
        Fulfilment.OPEN: "None of it did.",
    },
)


@strawberry.type(description="An event that happened.")
class ComplianceEvidence:
    event_id: strawberry.ID = strawberry.field(description="The event's id.")
    event: str = strawberry.field(description="What kind of event it is.")
    subject_id: strawberry.ID = strawberry.field(description="What it happened to.")
    at: datetime = strawberry.field(description="When.")


@strawberry.type(description="A kind of event that is evidence.")
class ComplianceFinding:
    event: str = strawberry.field(description="The kind of event.")
    means: str = strawberry.field(description="What it shows.")
    within_days: int | None = strawberry.field(description="For how many days one is good; null for good.")
    met: bool = strawberry.field(description="Whether there is one that is good today.")
    evidence: list[ComplianceEvidence] = strawberry.field(description="The latest ten that are good, the latest first.")

    @classmethod
    def of(cls, finding: rules.Finding) -> ComplianceFinding:
        """A finding."""
        expects = finding.expectation
        return cls(
            event=expects.event,
            means=expects.means,
            within_days=expects.within_days,
            met=finding.met,
            evidence=[
                ComplianceEvidence(
                    event_id=strawberry.ID(each.event_id),
                    event=each.event,
                    subject_id=strawberry.ID(each.subject),
                    at=each.at,
                )
                for each in finding.evidence
            ],
        )


@strawberry.type(description="An article, clause or outcome of a framework, by its own number.")
class ComplianceRequirement:
    id: strawberry.ID = strawberry.field(description="Its number.")
    title: str = strawberry.field(description="What it is about.")
    fulfilment: Fulfilment = strawberry.field(description="How far it is.")
    findings: list[ComplianceFinding] = strawberry.field(description="What is expected, and what happened.")


@strawberry.type(description="A law or standard in one edition.")
class ComplianceFramework:
    code: str = strawberry.field(description="Its short name here.")
    title: str = strawberry.field(description="Its title.")
    edition: str = strawberry.field(description="The edition.")
    source: str = strawberry.field(description="Where it can be read.")
    fulfilled: int = strawberry.field(description="How many of the requirements are fulfilled.")
    requirements: list[ComplianceRequirement] = strawberry.field(description="The requirements of the register.")

    @classmethod
    def of(cls, framework: rules.Framework, known: rules.Known, now: datetime) -> ComplianceFramework:
        """A framework with what is known today."""
        requirements = []
        for requirement in framework.requirements:
            found = rules.findings(requirement, known, now)
            requirements.append(
                ComplianceRequirement(
                    id=strawberry.ID(requirement.id),
                    title=requirement.title,
                    fulfilment=rules.fulfilment(found),
                    findings=[ComplianceFinding.of(finding) for finding in found],
                )
            )
        return cls(
            code=framework.code,
            title=framework.title,
            edition=framework.edition,
            source=framework.source,
            fulfilled=sum(each.fulfilment is Fulfilment.FULFILLED for each in requirements),
            requirements=requirements,
        )


@strawberry.type
class ComplianceQueries:
    @strawberry.field(
        description="The register of what laws and standards ask for, with the events that show it. Officers, the"
        " committee, the sponsor and auditors may ask."
    )
    async def compliance_frameworks(
        self,
        info: Info,
        code: Annotated[str | None, strawberry.argument(description="Only this framework.")] = None,
    ) -> list[ComplianceFramework]:
        caller = info.context.require_caller()
        wanted = [each for each in repository.frameworks() if code in (None, each.code)]
        if not wanted:
            raise NotFound(what="framework", id=code or "")
        async with info.context.read() as connection:
            standing = await rights.standing(connection, caller)
            if standing.isdisjoint(_MAY_SEE) and not caller.has("auditor"):
                raise NotEntitled(
                    action="Seeing the compliance register",
                    tier=Tier.ENTERPRISE.value,
                    deciders="the compliance officer, the AI steward, the committee, the executive sponsor or auditors",
                )
            known = await repository.latest(
                connection,
                {each.event for framework in wanted for item in framework.requirements for each in item.expects},
            )
            now = connection.now
        return [ComplianceFramework.of(framework, known, now) for framework in wanted]
