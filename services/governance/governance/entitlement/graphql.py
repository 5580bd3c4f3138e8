"""Whether somebody may use a tool, and why not, in the graph (X08)."""

from __future__ import annotations

from typing import Annotated

import strawberry

from chassis.graphql import Info, uuid_of
from governance.entitlement import commands, repository
from governance.entitlement import domain as rules
from governance.entitlement.domain import Rule
from governance.scope.domain import DataClass, UsageContext


@strawberry.type(description="One rule of an entitlement and what it says here.")
class EntitlementReason:
    rule: Rule = strawberry.field(description="The rule.")
    satisfied: bool = strawberry.field(description="Whether it is satisfied.")
    explanation: str = strawberry.field(description="Why.")
    next_step: str | None = strawberry.field(description="What the person can do about it.")


@strawberry.type(description="Whether somebody may use a tool, with the whole chain of rules.")
class Entitlement:
    allowed: bool = strawberry.field(description="Whether every rule is satisfied.")
    reasons: list[EntitlementReason] = strawberry.field(description="Every rule, in the order in which it is checked.")

    @classmethod
    def of(cls, entitlement: rules.Entitlement) -> Entitlement:
        """An entitlement."""
        return cls(
            allowed=entitlement.allowed,
            reasons=[
                EntitlementReason(
                    rule=link.rule,
                    satisfied=link.satisfied,
                    explanation=link.explanation,
                    next_step=link.next_step,
                )
                for link in entitlement.reasons
            ],
        )


@strawberry.type
class EntitlementQueries:
    @strawberry.field(
        description="May this person use this tool for this, and why not? Everybody may ask for themselves, managers"
        " for those who answer to them, the steward, the compliance officer, the sponsor and auditors for all."
    )
    async def can_use(
        self,
        info: Info,
        *,
        employee_id: Annotated[strawberry.ID, strawberry.argument(description="Who.")],
        tool_id: Annotated[strawberry.ID, strawberry.argument(description="Which tool.")],
        data_class: Annotated[DataClass, strawberry.argument(description="With these data.")],
        context: Annotated[UsageContext, strawberry.argument(description="For this.")],
        region: Annotated[
            str | None, strawberry.argument(description="In this region, where the tool's scope names regions.")
        ] = None,
    ) -> Entitlement:
        tool = uuid_of(tool_id, "tool")
        case = await info.context.load(repository.cases, (str(employee_id), tool))
        assert case is not None
        found = commands.can_use(
            case,
            caller=info.context.require_caller(),
            tool_id=tool,
            data_class=data_class,
            context=context,
            region=region or None,
            now=info.context.now,
        )
        return Entitlement.of(found)
