"""How fast governance is, in the graph (M19)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

import strawberry

from chassis.domain import Tier
from chassis.graphql import Info
from governance.rights.domain import DecisionType
from governance.throughput import domain as rules
from governance.throughput import repository


@strawberry.type(description="How long decisions of a kind took from submission to decision.")
class DecisionLeadTime:
    decision_type: DecisionType = strawberry.field(description="What was decided.")
    tier: Tier = strawberry.field(description="At which tier.")
    decisions: int = strawberry.field(description="How many.")
    median_hours: float | None = strawberry.field(
        description="The median; null for what is decided without a submission."
    )
    p85_hours: float | None = strawberry.field(description="The 85th percentile.")


@strawberry.type(description="Governance measured like delivery. Times are medians in hours.")
class GovernanceThroughput:
    first_day: date = strawberry.field(description="The first day.")
    last_day: date = strawberry.field(description="The last day.")
    lead_times: list[DecisionLeadTime] = strawberry.field(description="By kind of decision and tier.")
    decisions: int = strawberry.field(description="Decisions in all.")
    decisions_per_month: float = strawberry.field(description="Decisions in 30.44 days.")
    approvals: int = strawberry.field(description="Approvals of tools.")
    reversed: int = strawberry.field(
        description="Of them, reversed or stopped in an emergency within ninety days of the approval."
    )
    reversal_rate: float | None = strawberry.field(description="Reversed out of approvals; null without any.")
    incidents_contained: int = strawberry.field(description="Incidents that were contained.")
    time_to_contain_hours: float | None = strawberry.field(description="From opening to containment.")
    grants: int = strawberry.field(description="Requests for access that became grants.")
    time_to_access_hours: float | None = strawberry.field(description="From request to grant.")
    waiting_for_training_hours: float | None = strawberry.field(
        description="Of it, waiting for training and acknowledgements."
    )
    waiting_for_people_hours: float | None = strawberry.field(description="Of it, waiting for an approver.")
    leavers_grants_revoked: int = strawberry.field(description="Grants that ended because an employment did.")
    enforcement_seconds: float | None = strawberry.field(
        description="From the end of an employment, or from when it was told, to that: the 99th percentile. The goal is 60."
    )
    acknowledgement_coverage: float | None = strawberry.field(
        description="At the end of the last day, over all policies: who accepted the version that held or had an"
        " exception, out of who was asked."
    )
    active_exceptions: int = strawberry.field(
        description="Exceptions from policies that held at the end of the last day."
    )
    exception_age_days: float | None = strawberry.field(description="How long ago they were asked for.")
    exceptions_extended_share: float | None = strawberry.field(description="Those of them that were extended.")
    posture_divergence: float | None = strawberry.field(
        description="Departments with a restriction past half of the time to its review, out of all departments."
    )


@strawberry.type
class ThroughputQueries:
    @strawberry.field(description="How fast governance decides, how often it takes back and how soon it contains.")
    async def governance_throughput(
        self,
        info: Info,
        first_day: Annotated[
            date | None, strawberry.argument(description="The first day; ninety days before the last when left out.")
        ] = None,
        last_day: Annotated[date | None, strawberry.argument(description="The last day; today when left out.")] = None,
    ) -> GovernanceThroughput:
        info.context.require_caller()
        last = last_day or info.context.now.date()
        first = first_day or last - timedelta(days=90)
        rules.check_period(first, last)
        async with info.context.read() as connection:
            found = await repository.throughput(connection, first, last)
        return GovernanceThroughput(
            first_day=first,
            last_day=last,
            lead_times=[
                DecisionLeadTime(
                    decision_type=each.decision_type,
                    tier=each.tier,
                    decisions=each.decisions,
                    median_hours=each.median_hours,
                    p85_hours=each.p85_hours,
                )
                for each in found.lead_times
            ],
            decisions=found.decisions,
            decisions_per_month=found.decisions * 30.44 / ((last - first).days + 1),
            approvals=found.approvals,
            reversed=found.reversed,
            reversal_rate=found.reversal_rate,
            incidents_contained=found.incidents_contained,
            time_to_contain_hours=found.contain_hours,
            grants=found.grants,
            time_to_access_hours=found.access_hours,
            waiting_for_training_hours=found.waiting_for_training_hours,
            waiting_for_people_hours=found.waiting_for_people_hours,
            leavers_grants_revoked=found.enforced,
            enforcement_seconds=found.enforcement_seconds,
            acknowledgement_coverage=found.load.acknowledgement_coverage,
            active_exceptions=found.load.exceptions,
            exception_age_days=found.load.exception_age_days,
            exceptions_extended_share=found.load.exceptions_extended_share,
            posture_divergence=found.load.posture_divergence,
        )
