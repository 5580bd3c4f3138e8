"""How long the lists of governance take: every one of its schema, as it stands and narrowed, page after page."""

from __future__ import annotations

from typing import Any

from bench.governance.asking import Asking, percentile, timed
from chassis import lists
from governance.service import service

PAGE = 20
REQUIRED = {
    "modelChanges(quarter)": '"2024-Q1"',
    "similarTools(name)": '"Tool 7"',
    "similarTools(vendor)": '"Vendor 7"',
    "accountability(toolId)": '"$tool"',
}
NARROWED = {
    "employees of a department": {"employees(departmentId)": '"d7"'},
    "employees of a team": {"employees(teamId)": '"t7"'},
    "employees by a word that many have": {"employees(search)": '"person"'},
    "employees by a word that few have": {"employees(search)": '"9987"'},
    "employees by a word that nobody has": {"employees(search)": '"zebra"'},
    "employees who left": {"employees(status)": "TERMINATED"},
    "employees on leave": {"employees(status)": "ON_LEAVE"},
    "employees who will come": {"employees(status)": "PENDING"},
    "tools of a status": {"tools(status)": "APPROVED"},
    "tools by name": {"tools(search)": '"tool 4"'},
    "decisions of a type": {"decisions(decisionType)": "APPROVE_TOOL"},
    "motions that are open": {"motions(outcome)": "OPEN"},
    "motions about a tool": {"motions(toolId)": '"$tool"'},
    "incidents that are closed": {"incidents(status)": "CLOSED"},
    "incidents of a tool": {"incidents(toolId)": '"$tool"'},
    "meetings to come": {"meetings(status)": "SCHEDULED"},
    "policyExceptions that are active": {"policyExceptions(status)": "ACTIVE"},
    "policyExceptions that ask me": {"policyExceptions(asksMe)": "true"},
    "idleGrants of a tool": {"idleGrants(toolId)": '"$tool"'},
    "idleGrants of a department": {"idleGrants(departmentId)": '"d7"'},
    "useCases of a department": {"useCases(departmentId)": '"d7"'},
    "useCases of a tool": {"useCases(toolId)": '"$tool"'},
    "promptPatterns of a team": {"promptPatterns(teamId)": '"t7"'},
    "promptPatterns of a tool": {"promptPatterns(toolId)": '"$tool"'},
    "promptPatterns by title": {"promptPatterns(search)": '"Prompt 77"'},
}
INNER = {
    "department.employees": 'query($first: Int!) { department(id: "d7") { employees(first: $first) { nodes { name } } } }',
    "team.employees": 'query($first: Int!) { team(id: "t7") { employees(first: $first) { nodes { name } } } }',
    "employee.accessGrants": '{ employee(id: "P77") { accessGrants { id status tool { name } } } }',
    "employee.accessRequests": '{ employee(id: "P77") { accessRequests { id status tool { name } } } }',
    "employee.reports": '{ employee(id: "P7") { reports { name } } }',
    "tool.decisions": '{ tool(code: "tool-7") { decisions { outcome } motions { outcome } } }',
    "policyCampaign.outstandingEmployees": """query($first: Int!) { policyCampaign(policyCode: "policy-2") {
        outstandingEmployees(first: $first) { nodes { name } } } }""",
    "employees.totalCount": '{ employees(first: 1, departmentId: "d7") { totalCount } }',
}


def questions(tool_id: str) -> dict[str, str]:
    """Every list there is, by what it is called here."""
    schema = service.schema._schema
    found = lists.queries(schema, REQUIRED, levels=1, inner_lists=False)
    for name, narrowed in NARROWED.items():
        found[name] = lists.queries(schema, REQUIRED | narrowed, levels=1, inner_lists=False)[name.split()[0]]
    found |= INNER
    return {name: query.replace("$tool", tool_id) for name, query in found.items()}


async def measure(asking: Asking, tool_id: str, times: int) -> dict[str, float]:
    """The median and the 99th percentile of each list; pages follow one another where there are more."""
    figures: dict[str, float] = {}
    for name, query in questions(tool_id).items():
        pages = Pages(asking, name.split()[0], query)
        await timed(max(times // 10, 1), pages.next)
        took = await timed(times, pages.next)
        figures |= {f"list {name} p50 ms": percentile(0.5, took), f"list {name} p99 ms": percentile(0.99, took)}
    return figures


class Pages:
    """Asks for one page after the other, and begins anew after the last."""

    def __init__(self, asking: Asking, root: str, query: str) -> None:
        self._asking = asking
        self._root = root
        self._pages = "$first" in query
        self._turns = self._pages and "pageInfo" in query
        if self._turns:
            query = query.replace("($first: Int!)", "($first: Int!, $after: String)", 1).replace(
                "first: $first", "first: $first, after: $after", 1
            )
        self._query = query
        self._after: str | None = None

    async def next(self, _: int) -> None:
        """Ask once."""
        variables: dict[str, Any] = {"first": PAGE} if self._pages else {}
        if self._turns:
            variables["after"] = self._after
        answer = await self._asking.answer(self._query, variables)
        if self._turns:
            info = answer[self._root]["pageInfo"]
            self._after = info["endCursor"] if info["hasNextPage"] else None
