"""Everybody who uses AI has acknowledged the policy and asked for their tools; the rules grant what is complete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deploy.local.demo import usage
from deploy.local.demo.clients import Clients
from deploy.local.demo.governance import POLICY
from deploy.local.demo.organisation import Employee, employees

# What each tool is asked for: a data class and a context that the committee allowed.
NEEDS = {
    "assistant": ("INTERNAL", "INTERNAL"),
    "code-companion": ("INTERNAL", "INTERNAL"),
    "reply-drafts": ("CLIENT", "CLIENT_WORK"),
    "document-search": ("INTERNAL", "INTERNAL"),
}


def askers() -> list[Employee]:
    """Who asks for access: all who use AI."""
    return [employee for employee in employees() if usage.uses_ai(employee)]


def seats() -> int:
    """How many people hold at least one grant in the end."""
    return len(askers())


async def ask(clients: Clients, employee: Employee, tool_ids: Mapping[str, str]) -> None:
    """Acknowledge the policy and ask for one's tools."""
    changes: list[tuple[str, dict[str, Any], str]] = [("acknowledgePolicy", {"policyCode": POLICY}, POLICY)]
    for code in usage.tools_of(employee):
        data_class, context = NEEDS[code]
        request = {
            "toolId": tool_ids[code],
            "dataClass": data_class,
            "context": context,
            "justification": "I need it for my daily work.",
        }
        changes.append(("requestAccess", request, code))
    await clients.change_all(employee.id, changes)
