"""Four processes with their procedures, written by people who do the work and approved by two others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from deploy.local.demo.clients import Clients
from deploy.local.demo.organisation import team

# Long ago, so that a procedure is effective as soon as it is approved.
EFFECTIVE_FROM = "2025-01-06T08:00:00+00:00"


@dataclass(frozen=True, slots=True)
class Work:
    """A process, the team that does it, and the one step of it that AI does."""

    code: str
    name: str
    team_id: str
    volume_per_month: int
    minutes_per_unit: float
    systems: tuple[str, ...]
    data_class: str
    kpi: tuple[str, str, str]
    tool: str
    before: str
    ai_step: str
    ai_role: str
    after: str
    checklist: tuple[str, ...]


WORK = (
    Work(
        code="answer-support-request",
        name="Answer a support request",
        team_id="support-first-line",
        volume_per_month=5200,
        minutes_per_unit=18,
        systems=("ticketing", "knowledge-base"),
        data_class="CLIENT",
        kpi=("time to first answer", "minutes", "DOWN"),
        tool="reply-drafts",
        before="Read the request and find the product and version",
        ai_step="Draft an answer from the knowledge base",
        ai_role="DRAFT",
        after="Correct the draft and send it",
        checklist=("Is every instruction in the knowledge base?", "Does it promise nothing that we do not do?"),
    ),
    Work(
        code="review-code-change",
        name="Review a code change",
        team_id="engineering-product",
        volume_per_month=900,
        minutes_per_unit=40,
        systems=("version-control", "continuous-integration"),
        data_class="INTERNAL",
        kpi=("escaped defects", "per month", "DOWN"),
        tool="code-companion",
        before="Read what the change is for",
        ai_step="List likely defects and missing tests",
        ai_role="ASSIST",
        after="Judge the list, comment and decide",
        checklist=("Was every finding looked at?", "Do the tests cover the change?"),
    ),
    Work(
        code="prepare-sales-proposal",
        name="Prepare a sales proposal",
        team_id="sales-emea",
        volume_per_month=140,
        minutes_per_unit=210,
        systems=("crm", "pricing"),
        data_class="CLIENT",
        kpi=("proposals won", "percent", "UP"),
        tool="assistant",
        before="Collect what the client needs",
        ai_step="Draft the proposal from our building blocks",
        ai_role="DRAFT",
        after="Check prices and claims, finish the text",
        checklist=("Are all prices from the price list?", "Is no other client named?"),
    ),
    Work(
        code="check-supplier-contract",
        name="Check a supplier's contract",
        team_id="finance-legal",
        volume_per_month=60,
        minutes_per_unit=150,
        systems=("contracts",),
        data_class="CONFIDENTIAL",
        kpi=("days to signature", "days", "DOWN"),
        tool="document-search",
        before="Register the contract",
        ai_step="Mark clauses that differ from our standard",
        ai_role="CLASSIFY",
        after="Judge each marked clause and negotiate",
        checklist=("Were the liability clauses read in full by a person?",),
    ),
)


async def register(clients: Clients, work: Work, tool_id: str) -> None:
    """Put a process into the inventory and its procedure into force."""
    lead, author = team(work.team_id)[0], team(work.team_id)[1]
    name, unit, direction = work.kpi
    process = {
        "code": work.code,
        "name": work.name,
        "departmentId": lead.department.id,
        "ownerId": lead.id,
        "volumePerMonth": work.volume_per_month,
        "minutesPerUnit": work.minutes_per_unit,
        "documentationLevel": 3,
        "exceptionRate": 0.08,
        "systems": list(work.systems),
        "dataClasses": [work.data_class],
        "measurableKpis": [{"name": name, "unit": unit, "direction": direction}],
    }
    payload = await clients.change("ai-steward", "registerProcess", process, "process { id }", work.code)
    draft = {"processId": payload["process"]["id"], "code": f"sop-{work.code}", "title": work.name}
    payload = await clients.change(
        author.id, "draftSopVersion", draft | _content(work, tool_id), "sop { id }", work.code
    )
    version = {"sopId": payload["sop"]["id"], "version": 1}
    await clients.change(author.id, "submitSopVersion", version, "sop { id }", work.code)
    await clients.change(lead.id, "approveSopVersion", version, "sop { id }", work.code)
    control = "ai-steward" if work.team_id == "finance-legal" else "compliance-officer"
    await clients.change(control, "approveSopVersion", version, "sop { id }", work.code)


def _content(work: Work, tool_id: str) -> dict[str, Any]:
    role = team(work.team_id)[1].job_function
    return {
        "changeClass": "MAJOR",
        "effectiveFrom": EFFECTIVE_FROM,
        "steps": [
            {"n": 1, "title": work.before, "actor": "HUMAN", "role": role},
            {
                "n": 2,
                "title": work.ai_step,
                "actor": "AI",
                "aiRole": work.ai_role,
                "toolId": tool_id,
                "dataClass": work.data_class,
            },
            {"n": 3, "title": work.after, "actor": "HUMAN", "role": role, "control": True},
        ],
        "handoffs": [
            {"step": 2, "from": "HUMAN", "to": "AI", "trigger": "what is needed has been collected"},
            {
                "step": 2,
                "from": "AI",
                "to": "HUMAN",
                "trigger": "the result is there",
                "acceptanceRule": "a person has read all of it and takes responsibility",
            },
        ],
        "qualityGates": [
            {
                "step": 2,
                "verifierRole": role,
                "method": "CHECKLIST",
                "samplingRate": 0.2,
                "checklist": list(work.checklist),
                "passRule": "every question is answered with yes",
            }
        ],
        "escalationPaths": [
            {
                "step": 2,
                "trigger": "the result is wrong in a way that could harm somebody",
                "levels": [
                    {"role": "team_lead", "withinMinutes": 60},
                    {"role": "ai_steward", "withinMinutes": 480},
                ],
            }
        ],
    }
