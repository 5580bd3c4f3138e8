"""Who decides, and what was decided: sponsor, officers, one committee, a policy, and five tools with their motions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from deploy.local.demo.clients import Clients, gather
from deploy.local.demo.organisation import callers, department, team

POLICY = "acceptable-use"
POLICY_TEXT = """Use approved tools only, and only for what they are approved for.
Give a tool no data of a class that it is not approved for; client data only where client work is approved.
You answer for what you hand on, whoever or whatever wrote it. Check it first.
Tell the AI steward when something went wrong; nobody is blamed for telling."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as it is proposed, and what the committee lets it be used for; nothing while it is still in review."""

    code: str
    name: str
    vendor: str
    model_version: str
    purpose: str
    owner_id: str
    scope: tuple[tuple[str, str], ...]
    credential_types: tuple[str, ...] = ("universal-fluency",)
    only_department: str | None = None
    assessment: dict[str, bool] = field(default_factory=dict)


def tools() -> tuple[Tool, ...]:
    """The five tools; the last is in review, and the committee has not finished voting."""
    return (
        Tool(
            "assistant",
            "Assistant",
            "Northwind Models",
            "4.2",
            "Writing, summarising and asking questions in everyday work",
            team("operations-ai-office")[1].id,
            (("PUBLIC", "INTERNAL"), ("INTERNAL", "INTERNAL"), ("CLIENT", "CLIENT_WORK"), ("PUBLIC", "PUBLIC")),
            assessment={"processesPersonalData": True},
        ),
        Tool(
            "code-companion",
            "Code Companion",
            "Halyard Software",
            "2026-08",
            "Writing, explaining and reviewing program code",
            team("engineering-platform")[0].id,
            (("INTERNAL", "INTERNAL"), ("PUBLIC", "INTERNAL")),
            credential_types=("universal-fluency", "engineering-proficiency"),
            only_department="engineering",
        ),
        Tool(
            "reply-drafts",
            "Reply Drafts",
            "Corvid Desk",
            "11.3",
            "Drafting answers to customers from the knowledge base",
            team("support-second-line")[0].id,
            (("CLIENT", "CLIENT_WORK"), ("INTERNAL", "INTERNAL")),
            only_department="support",
            assessment={"processesPersonalData": True},
        ),
        Tool(
            "document-search",
            "Document Search",
            "Lantern Search",
            "7",
            "Finding and comparing passages in our own documents",
            team("operations-it")[0].id,
            (("INTERNAL", "INTERNAL"), ("CONFIDENTIAL", "INTERNAL")),
        ),
        Tool(
            "meeting-notes",
            "Meeting Notes",
            "Quill & Clock",
            "3.1",
            "Minutes and tasks from recorded meetings",
            team("marketing-content")[0].id,
            (),
            assessment={"processesPersonalData": True},
        ),
    )


QUESTIONS = (
    "manipulatesOrScoresPeople",
    "decidesAboutPeople",
    "actsWithoutReview",
    "processesPersonalData",
    "speaksToThePublic",
)


def members() -> tuple[str, ...]:
    """Who sits in the committee besides the sponsor: three department leaders and the compliance officer."""
    leaders = [department(id)[0].id for id in ("engineering", "support", "finance")]
    return (*leaders, callers()["compliance-officer"].subject)


async def establish(clients: Clients) -> str:
    """Appoint the sponsor and the officers, publish the policy with its review, and constitute the committee; returns its id."""
    sponsor = "executive-sponsor"
    known = callers()
    await clients.change(sponsor, "appointSponsor", {"employeeId": known[sponsor].subject}, "__typename", "sponsor")
    for who, role in (("ai-steward", "AI_STEWARD"), ("compliance-officer", "COMPLIANCE_OFFICER")):
        officer = {"role": role, "employeeId": known[who].subject}
        await clients.change(sponsor, "appointOfficer", officer, "__typename", who)
    await publish(clients)
    committee = {
        "name": "AI governance committee",
        "members": [{"employeeId": member} for member in members()],
        "quorumKind": "FRACTION",
        "quorumValue": "1/2",
    }
    payload = await clients.change(sponsor, "establishCommittee", committee, "committee { id }", "committee")
    return str(payload["committee"]["id"])


async def publish(clients: Clients) -> None:
    """The compliance officer writes the policy, the AI steward reviews it, and it is published."""
    author, reviewer = "compliance-officer", "ai-steward"
    terms = {"title": "Acceptable use of AI", "content": POLICY_TEXT}
    payload = await clients.change(author, "draftPolicy", {"code": POLICY, "terms": terms}, "draft { id }", POLICY)
    draft = {"draftId": payload["draft"]["id"]}
    asked = {**draft, "reviewerIds": [callers()[reviewer].subject]}
    await clients.change(author, "submitPolicyDraft", asked, "__typename", POLICY)
    await clients.change(reviewer, "approvePolicyDraft", draft, "__typename", POLICY)
    await clients.change(author, "publishPolicy", draft, "__typename", POLICY)


async def bring_in(clients: Clients, tool: Tool, committee_id: str) -> str:
    """Propose a tool, review it, and have the committee decide; returns the tool's id."""
    steward = "ai-steward"
    proposal = {
        "code": tool.code,
        "name": tool.name,
        "vendor": tool.vendor,
        "modelVersion": tool.model_version,
        "hosting": "vendor",
        "purpose": tool.purpose,
        "ownerId": tool.owner_id,
        "assessment": dict.fromkeys(QUESTIONS, False) | tool.assessment,
    }
    payload = await clients.change(steward, "proposeTool", proposal, "tool { id }", tool.code)
    tool_id = str(payload["tool"]["id"])
    await clients.change(steward, "startToolReview", {"toolId": tool_id}, "tool { id }", tool.code)
    motion = {
        "committeeId": committee_id,
        "decisionType": "APPROVE_TOOL",
        "toolId": tool_id,
        "title": f"Approve {tool.name}",
    }
    payload = await clients.change(steward, "openMotion", motion, "motion { id }", tool.code)
    motion_id = str(payload["motion"]["id"])
    sponsor, *others = callers()["executive-sponsor"].subject, *members()
    if not tool.scope:
        await _vote(clients, others[0], motion_id, "YES", tool)
        return tool_id
    await gather([_vote(clients, voter, motion_id, "YES", tool) for voter in (sponsor, *others)])
    await clients.change(steward, "closeMotion", {"motionId": motion_id}, "motion { id }", tool.code)
    approval = {"toolId": tool_id, "motionId": motion_id, "scope": _scope(tool), "conditions": _conditions(tool)}
    await clients.change(steward, "approveTool", approval, "tool { id }", tool.code)
    return tool_id


async def _vote(clients: Clients, voter: str, motion_id: str, choice: str, tool: Tool) -> None:
    await clients.change(voter, "castVote", {"motionId": motion_id, "choice": choice}, "motion { id }", tool.code)


def _scope(tool: Tool) -> list[dict[str, Any]]:
    return [
        {"dataClass": data_class, "context": context, "departmentId": tool.only_department}
        for data_class, context in tool.scope
    ]


def _conditions(tool: Tool) -> dict[str, Any]:
    return {"credentialTypes": list(tool.credential_types), "policyIds": [POLICY], "approval": "NONE"}
