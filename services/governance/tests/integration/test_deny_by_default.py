"""Every mutation of the schema refuses who holds no role and no scope, and says at which tier who decides (G01, G02, X11)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInputType, GraphQLList, GraphQLNonNull
from graphql.pyutils import Undefined

from chassis.clock import FixedClock
from chassis.database import Database
from chassis.domain import Tier
from chassis.testing import Asks, a_caller
from governance.crowd import Numbers, fill
from governance.rights.domain import MATRIX, DecisionType
from governance.service import service

A_FEW = Numbers(
    employees=range(1, 8),
    tools=range(3),
    many=range(1, 3),
    few=range(1, 3),
    grants_each=1,
    popular=0,
    departments=range(2),
)
NOBODY = a_caller("nobody")
NAMES_WHO = re.compile(rf"is decided at the ({'|'.join(Tier)}) tier by .+\. Ask one of them\.$")
MUTATIONS = sorted(service.schema._schema.mutation_type.fields)  # type: ignore[union-attr]
# Refused as well, with other words: who is not asked is told who is; what belongs to others is as if it did not exist.
OTHERWISE = {
    "consentToException": ["NOT_AN_APPROVER"],
    "enableWebhook": ["NOT_FOUND"],
    "endWebhook": ["NOT_FOUND"],
    "redeliverWebhook": ["NOT_FOUND"],
    "refuseException": ["NOT_AN_APPROVER"],
}
# Where the things are that mutations are about. What is not filled for lists is written below.
THINGS = {
    "committeeId": "SELECT id FROM committees",
    "motionId": "SELECT id FROM motions",
    "toolId": "SELECT id FROM tools",
    "duplicateOfId": "SELECT id FROM tools ORDER BY id DESC",
    "requestId": "SELECT id FROM access_requests",
    "grantId": "SELECT id FROM access_grants",
    "draftId": "SELECT id FROM policy_drafts",
    "policyCode": "SELECT code FROM policies",
    "restrictionId": "SELECT id FROM department_restrictions",
    "incidentId": "SELECT id FROM incidents",
    "number": "SELECT number FROM tickets",
    "caseId": "SELECT id FROM ungoverned_cases",
    "meetingId": "SELECT id FROM meetings",
    "accessReviewId": "SELECT id FROM access_reviews",
    "reviewId": "SELECT id FROM cadence_occurrences",
    "exceptionId": "SELECT id FROM policy_exceptions WHERE status = 'requested'",
    "itemId": "SELECT id FROM access_review_items",
    "delegationId": "SELECT id FROM delegations",
    "useCaseId": "SELECT id FROM use_cases",
    "promptId": "SELECT id FROM prompts WHERE visibility = 'enterprise'",
    "onboardingId": "SELECT id FROM onboardings",
    "webhookId": "SELECT id FROM webhooks",
    "actionId": "SELECT id FROM corrective_actions",
    "separationId": "SELECT id FROM tool_separations",
    "firstToolId": "SELECT id FROM tools",
    "secondToolId": "SELECT id FROM tools ORDER BY id DESC",
    "deliveryId": "SELECT gen_random_uuid()",
    "departmentId": "SELECT id FROM departments",
    "teamId": "SELECT id FROM teams",
    "processId": "SELECT id FROM processes",
}


@pytest.fixture
async def things(database: Database, clock: FixedClock) -> dict[str, str]:
    """The id of a thing of each kind."""
    found: dict[str, str] = {}
    async with database.pool.acquire() as connection:
        plain: asyncpg.Connection[asyncpg.Record] = connection  # type: ignore[assignment]
        await fill(plain, A_FEW)
        await plain.execute(
            """
            INSERT INTO policy_drafts (id, code, kind, owner_id, author_id, title, content, change_class,
                acknowledge_within_days, audience_departments, audience_functions, review_by, status, reviewers, approved_by,
                drafted_at, version)
            VALUES ($1, 'next', 'compliance', 'P1', 'P2', 'Next', 'Next.', 'major', 14, '{}', '{}', $2, 'in_review',
                '{P3}', '{}', $3, 1)
            """,
            UUID(int=1), (clock.now + timedelta(days=100)).date(), clock.now,
        )  # fmt: skip
        await plain.execute(
            "INSERT INTO onboardings (id, department_id, wave, starts_on, status, version)"
            " SELECT $1, id, 1, $2, 'planned', 1 FROM departments LIMIT 1",
            UUID(int=2), clock.now.date(),
        )  # fmt: skip
        await plain.execute(
            "INSERT INTO ungoverned_cases (id, kind, subject, name, status, opened_at, version)"
            " VALUES ($1, 'unknown_tool', 'x', 'x', 'detected', $2, 1)",
            UUID(int=3), clock.now,
        )  # fmt: skip
        await plain.execute(
            "INSERT INTO corrective_actions (id, incident_id, pillar, description, owner_id, due_on, version)"
            " SELECT $1, id, 'governance', 'x', 'P1', $2, 1 FROM incidents LIMIT 1",
            UUID(int=4), clock.now.date(),
        )  # fmt: skip
        await plain.execute(
            "INSERT INTO tool_separations (id, first_id, second_id, policy, reason, decided_by, decided_at, version)"
            " SELECT $1, a.id, b.id, (SELECT min(code) FROM policies), 'x', 'P1', $2, 1"
            " FROM tools a JOIN tools b ON a.id < b.id LIMIT 1",
            UUID(int=5), clock.now,
        )  # fmt: skip
        await plain.execute(
            "UPDATE policy_exceptions SET status = 'requested' WHERE id = (SELECT id FROM policy_exceptions ORDER BY id LIMIT 1)"
        )
        for name, where in THINGS.items():
            row = await plain.fetchrow(f"SELECT * FROM ({where}) AS known LIMIT 1")
            if row is not None:
                found[name] = str(row[0])
    return found


async def test_nobody_changes_anything_and_is_told_who_may_G02_X11(
    graph: Asks, things: dict[str, str], clock: FixedClock
) -> None:
    wrong = {}
    for name in MUTATIONS:
        kind = service.schema._schema.mutation_type.fields[name].args["input"].type  # type: ignore[union-attr]
        answer = await graph(
            f"mutation($input: {kind}) {{ {name}(input: $input) {{ errors {{ code message }} }} }}",
            {"input": given(kind, "", things, clock)},
            caller=NOBODY,
        )
        told = answer["errors"] or answer["data"][name]["errors"]
        if [each.get("code") for each in told] != ["NOT_ENTITLED"] or not NAMES_WHO.search(told[0]["message"]):
            wrong[name] = told
    assert {name: [each.get("code") for each in told] for name, told in wrong.items()} == OTHERWISE


def given(kind: GraphQLInputType, name: str, things: dict[str, str], clock: FixedClock) -> Any:
    """A value that fits: about a thing that there is, and otherwise anything."""
    if isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    if isinstance(kind, GraphQLInputObjectType):
        return {
            field: given(each.type, field, things, clock)
            for field, each in kind.fields.items()
            if (isinstance(each.type, GraphQLNonNull) and each.default_value is Undefined)
            or (field in things and field not in {"departmentId", "toolId", "processId"})
        }
    if isinstance(kind, GraphQLList):
        return [given(kind.of_type, name.removesuffix("s"), things, clock)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if name in things and getattr(kind, "name", "") != "Int":
        return things[name]
    return {
        "Boolean": False,
        "Int": 1,
        "Date": (clock.now + timedelta(days=30)).date().isoformat(),
        "DateTime": (clock.now + timedelta(days=30)).isoformat(),
        "ID": "P1",
        "String": "https://hooks.example.com/x" if name == "url" else "something",
    }[getattr(kind, "name", "")]


def test_each_decision_belongs_to_exactly_one_row_of_the_matrix_G01() -> None:
    assert set(MATRIX) == set(DecisionType)
    assert all(right.decision_type is kind and right.deciders and right.action for kind, right in MATRIX.items())


async def test_who_decides_has_one_answer_with_its_holders_for_every_decision_G01(
    graph: Asks, things: dict[str, str]
) -> None:
    query = """query($d: DecisionType!, $department: ID, $team: ID, $employee: ID, $tool: ID) {
        whoDecides(decisionType: $d, departmentId: $department, teamId: $team, employeeId: $employee, toolId: $tool) {
            right { decisionType tier deciders guardrails } holders { id } } }"""
    about = {"department": things["departmentId"], "team": things["teamId"], "employee": "P7", "tool": things["toolId"]}
    people = {f"P{number}" for number in A_FEW.employees}
    for kind, right in MATRIX.items():
        answer = await graph(query, {"d": kind.name, **about}, caller=a_caller("P1", "employee"))
        assert answer["errors"] is None, answer["errors"]
        found = answer["data"]["whoDecides"]
        assert (found["right"]["decisionType"], found["right"]["tier"]) == (kind.name, right.tier.name)
        assert found["right"]["deciders"] == [decider.name for decider in right.deciders]
        assert {each["id"] for each in found["holders"]} <= people
