"""Changes and their failures in the graph (M19)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import Annotated, Any

import strawberry

from chassis.graphql import Info
from metrics.adoption.domain import check_series
from metrics.changes import domain, repository


@strawberry.enum(name="ChangeKind", description="What changed in how work is done with AI.")
class Kind(Enum):
    TOOL = strawberry.enum_value("tool", description="A tool was approved.")
    PROCEDURE = strawberry.enum_value("procedure", description="A version of a procedure took effect.")


@strawberry.type
class Failures:
    changes: int = strawberry.field(description="Changes that were made in these days.")
    failed: int = strawberry.field(
        description="Of them, those that were taken back - suspended in an emergency, withdrawn - or had an incident with"
        " their tool, or in their process, before the next change of the same, within ninety days."
    )
    watched: int = strawberry.field(description="Of them, those that have not failed and whose ninety days still run.")
    change_failure_rate: float | None = strawberry.field(description="Failed out of the changes; null without any.")


@strawberry.type(description="The changes of one kind, and how many of them failed.")
class ChangeFailuresOfKind(Failures):
    kind: Kind = strawberry.field(description="What changed.")


@strawberry.type(description="Changes measured like deliveries: how many fail, and how soon incidents are contained.")
class ChangeFailures(Failures):
    from_day: date = strawberry.field(name="from", description="The first day.")
    to_day: date = strawberry.field(name="to", description="The last day.")
    kinds: list[ChangeFailuresOfKind] = strawberry.field(description="The same by kind of change.")
    incidents_contained: int = strawberry.field(description="Incidents that were contained in these days.")
    time_to_contain_hours: float | None = strawberry.field(description="From opening to containment: the median.")
    time_to_contain_p85_hours: float | None = strawberry.field(description="The same: the 85th percentile.")


@strawberry.type
class ChangeQueries:
    @strawberry.field(description="How many of the changes of at most 400 days failed. Days are UTC's.")
    async def change_failures(
        self,
        info: Info,
        from_day: Annotated[
            date | None, strawberry.argument(name="from", description="The first day; 90 days before the last without.")
        ] = None,
        to_day: Annotated[
            date | None, strawberry.argument(name="to", description="The last day; today when left out.")
        ] = None,
    ) -> ChangeFailures:
        info.context.require_caller()
        now = info.context.now
        last = to_day or now.date()
        first = from_day or last - timedelta(days=90)
        check_series(first, last, now.date())
        start, end = (datetime.combine(day, time(), UTC) for day in (first, last + timedelta(days=1)))
        async with info.context.read() as connection:
            made = await repository.rollouts(connection, start, end)
            contained = await repository.containment(connection, start, end)
        kinds = domain.by_kind(made, now)
        return ChangeFailures(
            **_counts(sum(kinds.values(), domain.NONE)),
            from_day=first,
            to_day=last,
            kinds=[ChangeFailuresOfKind(kind=Kind[kind.name], **_counts(failures)) for kind, failures in kinds.items()],
            incidents_contained=contained.incidents,
            time_to_contain_hours=contained.median_hours,
            time_to_contain_p85_hours=contained.p85_hours,
        )


def _counts(failures: domain.Failures) -> dict[str, Any]:
    return {
        "changes": failures.changes,
        "failed": failures.failed,
        "watched": failures.watched,
        "change_failure_rate": failures.rate,
    }
