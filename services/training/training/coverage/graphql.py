"""Coverage in the graph."""

from __future__ import annotations

from datetime import datetime

import strawberry

from chassis.domain import NotFound
from chassis.graphql import Info
from training.coverage import domain, repository
from training.credential_types import repository as credential_types
from training.credential_types.graphql import CredentialType
from training.employees.graphql import Department


@strawberry.type(description="Figures of a group; all are null when it is suppressed.")
class CoverageFigures:
    suppressed: bool = strawberry.field(
        description="Whether the figures are hidden: the group is under five people, or would reveal one that is."
    )
    required: int | None = strawberry.field(description="How many people must hold the credential.")
    holding: int | None = strawberry.field(description="How many of them hold it.")
    waived: int | None = strawberry.field(description="How many are excused for a time and do not hold it.")
    overdue: int | None = strawberry.field(description="How many should hold it by now and do not.")
    unknown: int | None = strawberry.field(
        description="How many have no record yet and were here before there were records. This is not missing training."
    )
    share: float | None = strawberry.field(description="holding / required.")

    @classmethod
    def of(cls, group: domain.Group | None) -> CoverageFigures:
        """The group's figures; None: suppressed."""
        if group is None:
            return cls(
                suppressed=True, required=None, holding=None, waived=None, overdue=None, unknown=None, share=None
            )
        return cls(
            suppressed=False, required=group.required, holding=group.holding, waived=group.waived,
            overdue=group.overdue, unknown=group.unknown, share=group.holding / group.required,
        )  # fmt: skip


@strawberry.type(description="The coverage of one department.")
class DepartmentCoverage:
    department: Department = strawberry.field(description="The department.")
    figures: CoverageFigures = strawberry.field(description="Its figures.")


@strawberry.type(description="How much of the population that must hold a credential holds it.")
class TrainingCoverage:
    credential_type: CredentialType = strawberry.field(description="The credential.")
    as_of: datetime = strawberry.field(description="The moment the figures are of.")
    total: CoverageFigures = strawberry.field(description="All the people asked about together.")
    departments: list[DepartmentCoverage] = strawberry.field(description="The same by department.")


@strawberry.type
class CoverageQueries:
    @strawberry.field(
        description="The share of the required population that holds a credential, in all and by department, or of one"
        " department; now or as of a moment. Groups under five people are suppressed."
    )
    async def training_coverage(
        self,
        info: Info,
        credential_type: strawberry.ID,
        department_id: strawberry.ID | None = None,
        as_of: datetime | None = None,
    ) -> TrainingCoverage:
        moment = min(as_of or info.context.now, info.context.now)
        async with info.context.read() as connection:
            kind = await credential_types.get(connection, str(credential_type))
            if kind is None:
                raise NotFound(what="credential type", id=str(credential_type))
            groups = await repository.groups(connection, kind.id, moment)
        hidden = domain.suppressed(groups)
        asked = [group for group in groups if department_id in (None, group.department_id)]
        shown = [(group, None if group.department_id in hidden else group) for group in asked]
        total = domain.total(groups) if department_id is None else next((some for _, some in shown), None)
        return TrainingCoverage(
            credential_type=CredentialType.of(kind), as_of=moment, total=CoverageFigures.of(total),
            departments=[
                DepartmentCoverage(department=Department.called(group.department_id), figures=CoverageFigures.of(some))
                for group, some in shown
            ],
        )  # fmt: skip
