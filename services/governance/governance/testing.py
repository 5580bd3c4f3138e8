"""An organisation to try the rules on: who asks is named, how it is asked stands here once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from chassis.clock import FixedClock
from chassis.testing import Asks, Delivers, Published, a_caller, a_hire

SPONSOR, CHAIRED, MEMBER, OWNER, BOSS, DANA, STEWARD, OFFICER = (
    "E0001", "E0002", "E0003", "E0004", "E0010", "E0011", "E0020", "E0021",
)  # fmt: skip
PEOPLE = (SPONSOR, CHAIRED, MEMBER, OWNER, BOSS, STEWARD, OFFICER)
ANSWERS = {
    "manipulatesOrScoresPeople": False,
    "decidesAboutPeople": False,
    "actsWithoutReview": False,
    "processesPersonalData": True,
    "speaksToThePublic": False,
}
CLIENT_WORK = {"dataClass": "CLIENT", "context": "CLIENT_WORK"}
TOOL = "id code status risk owner { id } suspension { reason emergency ratified ratificationOverdue }"
REQUEST = "id status missing { kind id } closedBecause grant { id status suspendedFor revokedBecause }"

RunDue = Callable[[], Awaitable[int]]


class Organisation:
    """Asks the graph as somebody; `refusal` is for what must not be allowed."""

    def __init__(self, graph: Asks, deliver: Delivers, published: Published, clock: FixedClock) -> None:
        self.graph = graph
        self.deliver = deliver
        self.published = published
        self.clock = clock
        self.committee = ""
        self.echoed = 0
        self.roles = {STEWARD: "ai_steward", OFFICER: "compliance_officer"}

    async def ask(self, who: str, query: str, **variables: Any) -> dict[str, Any]:
        answer = await self.graph(query, variables, caller=self.caller(who))
        assert answer["errors"] is None, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    def caller(self, who: str) -> Any:
        return a_caller(who, "employee", *([self.roles[who]] if who in self.roles else []))

    async def answer(self, who: str, field: str, select: str, **input: Any) -> dict[str, Any]:
        """The payload of a mutation."""
        name = field[0].upper() + field[1:]
        data = await self.ask(
            who,
            f"mutation($input: {name}Input!) {{ {field}(input: $input) {{ {select} errors {{ __typename code message }} }} }}",
            input=input,
        )
        payload: dict[str, Any] = data[field]
        return payload

    async def do(self, who: str, field: str, select: str, **input: Any) -> dict[str, Any]:
        """A mutation that must be allowed: the changed object."""
        payload = await self.answer(who, field, select, **input)
        assert payload["errors"] == [], payload["errors"]
        changed: dict[str, Any] = next(value for key, value in payload.items() if key != "errors")
        return changed

    async def refusal(self, who: str, field: str, select: str, **input: Any) -> dict[str, Any]:
        """A mutation that must not be allowed: why."""
        payload = await self.answer(who, field, select, **input)
        assert len(payload["errors"]) == 1, payload
        assert all(value is None for key, value in payload.items() if key != "errors")
        error: dict[str, Any] = payload["errors"][0]
        return error

    async def hire(self, *ids: str, **differently: Any) -> None:
        for id in ids:
            await self.deliver("hris.employee-hired.v1", a_hire(id, **differently), subject=id)

    async def leave(self, id: str) -> None:
        await self.deliver(
            "hris.employee-terminated.v1",
            {"employee_id": id, "last_day": (self.clock.now - timedelta(days=1)).date().isoformat()},
            subject=id,
        )

    async def found(self) -> None:
        """People, a sponsor and a committee of three voters: the sponsor and two members, quorum one half."""
        await self.hire(*PEOPLE)
        await self.hire(DANA, manager_id=BOSS)
        await self.do(STEWARD, "appointSponsor", "sponsorship { id }", employeeId=SPONSOR)
        committee = await self.do(
            SPONSOR, "establishCommittee", "committee { id }", name="AI governance",
            members=[{"employeeId": CHAIRED}, {"employeeId": MEMBER}],
        )  # fmt: skip
        self.committee = committee["id"]

    async def propose(self, code: str = "draft-assistant", **differently: Any) -> str:
        """A tool under review, with its risk known and an owner."""
        tool = await self.do(
            DANA, "proposeTool", "tool { id }",
            **{"code": code, "name": code.title(), "vendor": "Acme", "ownerId": OWNER, "assessment": ANSWERS, **differently},
        )  # fmt: skip
        await self.do(STEWARD, "startToolReview", "tool { id }", toolId=tool["id"])
        return str(tool["id"])

    async def passed(self, decision: str, tool: str, **differently: Any) -> str:
        """A motion about the tool that everybody voted for."""
        motion = await self.motion(decision, tool, **differently)
        for voter in (SPONSOR, CHAIRED, MEMBER):
            await self.do(voter, "castVote", "motion { id }", motionId=motion, choice="YES")
        closed = await self.do(STEWARD, "closeMotion", "motion { outcome }", motionId=motion)
        assert closed["outcome"] == "PASSED"
        return motion

    async def motion(self, decision: str, tool: str, **differently: Any) -> str:
        opened = await self.do(
            STEWARD, "openMotion", "motion { id }",
            committeeId=self.committee, decisionType=decision, toolId=tool, title=f"{decision}?",
            **differently,
        )  # fmt: skip
        return str(opened["id"])

    async def approve(
        self, tool: str, credentials: tuple[str, ...] = (), policies: tuple[str, ...] = (), **differently: Any
    ) -> dict[str, Any]:
        approval = differently.pop("approval", "NONE")
        return await self.do(
            STEWARD, "approveTool", f"tool {{ {TOOL} }}",
            **{
                "toolId": tool,
                "motionId": await self.passed("APPROVE_TOOL", tool),
                "scope": [CLIENT_WORK, {"dataClass": "INTERNAL", "context": "INTERNAL"}],
                "conditions": {
                    "credentialTypes": list(credentials), "policyIds": list(policies), "approval": approval,
                },
                **differently,
            },
        )  # fmt: skip

    async def draft(
        self, code: str = "acceptable-use", content: str = "Be kind.", *, by: str = OFFICER, **differently: Any
    ) -> str:
        """A draft that its reviewer approved; its owner is the author unless it is said differently."""
        of_policy = {key: differently.pop(key) for key in ("kind", "departmentId", "ownerId") if key in differently}
        reviewer = differently.pop("reviewer", STEWARD)
        draft = await self.do(
            by, "draftPolicy", "draft { id }", code=code, terms={"title": code.title(), "content": content, **differently},
            **of_policy,
        )  # fmt: skip
        await self.do(by, "submitPolicyDraft", "draft { id }", draftId=draft["id"], reviewerIds=[reviewer])
        await self.do(reviewer, "approvePolicyDraft", "draft { id }", draftId=draft["id"])
        return str(draft["id"])

    async def publish(
        self,
        code: str = "acceptable-use",
        content: str = "Be kind.",
        *,
        select: str = "policy { id }",
        **differently: Any,
    ) -> dict[str, Any]:
        """A policy, drafted by the compliance officer, reviewed by the steward, published."""
        by = differently.get("by", OFFICER)
        draft = await self.draft(code, content, **differently)
        return await self.do(by, "publishPolicy", select, draftId=draft)

    async def request(self, tool: str, who: str = DANA, **differently: Any) -> dict[str, Any]:
        return await self.do(
            who, "requestAccess", f"accessRequest {{ {REQUEST} }}", **{"toolId": tool, **CLIENT_WORK, **differently}
        )

    async def award(self, credential: str, who: str = DANA, period: str | None = None, days: int | None = 365) -> None:
        now = self.clock.now
        await self.deliver(
            "training.credential-awarded.v1",
            {
                "period_id": period or f"{who}-{credential}",
                "employee_id": who,
                "credential_type": credential,
                "valid_from": now.isoformat(),
                "valid_until": None if days is None else (now + timedelta(days=days)).isoformat(),
            },
        )

    async def credential(self, what: str, credential: str, who: str = DANA, **more: Any) -> None:
        """Something else that training says of a credential: expired, grace-ended, revoked."""
        await self.deliver(
            f"training.credential-{what}.v1",
            {"period_id": f"{who}-{credential}", "employee_id": who, "credential_type": credential, **more},
        )

    async def requests(self, who: str = DANA) -> list[dict[str, Any]]:
        data = await self.ask(who, f"{{ me {{ accessRequests {{ {REQUEST} }} }} }}")
        requests: list[dict[str, Any]] = data["me"]["accessRequests"]
        return requests

    async def grants(self, who: str = DANA) -> list[dict[str, Any]]:
        data = await self.ask(
            STEWARD,
            "query($id: ID!) { employee(id: $id) { accessGrants { id status suspendedFor revokedBecause } } }",
            id=who,
        )
        grants: list[dict[str, Any]] = data["employee"]["accessGrants"]
        return grants

    async def events(self, *kinds: str) -> list[tuple[str, dict[str, Any]]]:
        """What was published, without owner and version in the name."""
        told = [(event["type"].split(".")[1], event["data"]) for event in await self.published()]
        return [(kind, data) for kind, data in told if not kinds or kind in kinds]

    async def heard(self) -> None:
        """Have the service hear what it published itself, as it does over the bus."""
        while len(told := await self.published()) > self.echoed:
            for event in told[self.echoed :]:
                await self.deliver(
                    event["type"], event["data"], subject=event["subject"], sequence=event["sequence"],
                    id=f"{event['subject']}-{event['sequence']}",
                )  # fmt: skip
            self.echoed = len(told)
