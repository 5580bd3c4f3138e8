"""Scope and conditions of a tool in the graph."""

from __future__ import annotations

import strawberry
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet

from governance.people.graphql import Department, Employee
from governance.scope import domain as rules
from governance.scope.domain import Approval, DataClass, UsageContext


@strawberry.federation.type(
    keys=[Key(fields=FieldSet("id"), resolvable=False)],
    description="A kind of credential, which training defines and awards.",
)
class CredentialType:
    id: strawberry.ID = strawberry.field(description="Its code.")


@strawberry.type(description="One row of what a tool may be used for.")
class ScopeRow:
    data_class: DataClass = strawberry.field(description="With these data.")
    context: UsageContext = strawberry.field(description="For this.")
    department: Department | None = strawberry.field(description="In this department; null for every one.")
    region: str | None = strawberry.field(description="In this region; null for every one.")

    @classmethod
    def of(cls, row: rules.Scope) -> ScopeRow:
        """A row."""
        return cls(
            data_class=row.data_class,
            context=row.context,
            department=Department(id=strawberry.ID(row.department_id)) if row.department_id else None,
            region=row.region,
        )


@strawberry.type(description="Named people of whom some have to consent.")
class Panel:
    approvers: list[Employee] = strawberry.field(description="Who is asked.")
    at_least: int = strawberry.field(description="How many of them have to say yes.")


@strawberry.type(description="What a person must have before using a tool.")
class Conditions:
    credential_types: list[CredentialType] = strawberry.field(description="Credentials that have to be valid.")
    policy_ids: list[strawberry.ID] = strawberry.field(description="Codes of policies that have to be acknowledged.")
    approval: Approval = strawberry.field(description="Whose consent is needed besides.")
    panel: Panel | None = strawberry.field(description="Some of whom have to consent after that; null for nobody.")

    @classmethod
    def of(cls, conditions: rules.Conditions) -> Conditions:
        """Conditions."""
        return cls(
            credential_types=[CredentialType(id=strawberry.ID(code)) for code in conditions.credential_types],
            policy_ids=[strawberry.ID(code) for code in conditions.policy_ids],
            approval=conditions.approval,
            panel=Panel(
                approvers=[Employee(id=strawberry.ID(id)) for id in conditions.panel.approvers],
                at_least=conditions.panel.at_least,
            )
            if conditions.panel
            else None,
        )


@strawberry.input(description="One row of what a tool may be used for.")
class ScopeRowInput:
    data_class: DataClass = strawberry.field(description="With these data.")
    context: UsageContext = strawberry.field(description="For this.")
    department_id: strawberry.ID | None = strawberry.field(
        default=None, description="In this department; every one when left out."
    )
    region: str | None = strawberry.field(default=None, description="In this region; every one when left out.")

    def row(self) -> rules.Scope:
        """The rule's own."""
        return rules.Scope(self.data_class, self.context, self.department_id or None, self.region or None)


@strawberry.input(description="Named people of whom some have to consent: one, all, or a quorum.")
class PanelInput:
    approver_ids: list[strawberry.ID] = strawberry.field(description="Who is asked, at most twenty people.")
    at_least: int = strawberry.field(description="How many of them have to say yes.")


@strawberry.input(description="What a person must have before using a tool.")
class ConditionsInput:
    credential_types: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Codes of credentials that have to be valid."
    )
    policy_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Codes of published policies that have to be acknowledged."
    )
    approval: Approval = strawberry.field(default=Approval.NONE, description="Whose consent is needed besides.")
    panel: PanelInput | None = strawberry.field(
        default=None, description="Some of whom have to consent after that; nobody when left out."
    )

    def conditions(self) -> rules.Conditions:
        """The rule's own. Raises BadPanel."""
        return rules.Conditions(
            tuple(dict.fromkeys(map(str, self.credential_types))),
            tuple(dict.fromkeys(map(str, self.policy_ids))),
            self.approval,
            rules.Panel.of(map(str, self.panel.approver_ids), self.panel.at_least) if self.panel else None,
        )
