"""Candidates through the graph, against Postgres."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from chassis.testing import Asks, Published, a_caller

Mutates = Callable[..., Awaitable[dict[str, Any]]]
OWNER, LEADER = a_caller("E0001", "process_owner"), a_caller("E0004", "department_leader")
FIELDS = "candidate { score eligible failedGates hoursAtStake outcome reason factors { factor value why } } errors { code message }"


async def change(graph: Asks, name: str, input: dict[str, Any], by: Any) -> dict[str, Any]:
    kind = f"{name[0].upper()}{name[1:]}Input"
    answer = await graph(
        f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ {FIELDS} }} }}", {"input": input}, caller=by
    )
    assert answer["errors"] is None, answer["errors"]
    payload: dict[str, Any] = answer["data"][name]
    return payload


def findings(process_id: str, value: float = 0.8, **differently: Any) -> dict[str, Any]:
    judged = {"value": value, "evidence": "seen in the audit"}
    return {
        "processId": process_id, "dataReadiness": judged, "verifiability": judged, "controllableRisk": judged,
        **differently,
    }  # fmt: skip


async def test_a_process_is_scored_and_each_factor_explained_P04(
    graph: Asks, process_id: str, published: Published
) -> None:
    payload = await change(graph, "assessProcess", findings(process_id, idempotencyKey="once"), OWNER)
    assert payload["errors"] == []
    candidate = payload["candidate"]
    assert (candidate["eligible"], candidate["outcome"], candidate["hoursAtStake"]) == (True, "SCORED", 200)
    assert 75 < candidate["score"] < 95
    assert [one["factor"] for one in candidate["factors"]][:2] == ["VOLUME", "STANDARDISATION"]
    assert await change(graph, "assessProcess", findings(process_id, idempotencyKey="once"), OWNER) == payload
    event = (await published())[-1]
    assert (event["type"], event["sequence"]) == ("process.assessment-scored.v1", 1)
    assert event["data"]["score"] == candidate["score"]
    stranger = await change(graph, "assessProcess", findings(process_id), a_caller("E0002"))
    assert [error["code"] for error in stranger["errors"]] == ["NOT_ENTITLED"]


async def test_the_departments_leader_decides_P05(graph: Asks, process_id: str) -> None:
    decision = {"processId": process_id, "accepted": True, "reason": "the most hours"}
    early = await change(graph, "decideCandidate", decision, LEADER)
    assert [error["code"] for error in early["errors"]] == ["NOT_ASSESSED"]
    await change(graph, "assessProcess", findings(process_id, prohibited=True), OWNER)
    refused = await change(graph, "decideCandidate", decision, LEADER)
    assert refused["errors"][0]["message"] == "Answer requests cannot be accepted: AI is prohibited in it."
    await change(graph, "assessProcess", findings(process_id), OWNER)
    owner = await change(graph, "decideCandidate", decision, OWNER)
    assert [error["code"] for error in owner["errors"]] == ["NOT_ENTITLED"]
    accepted = await change(graph, "decideCandidate", decision, LEADER)
    assert (accepted["candidate"]["outcome"], accepted["candidate"]["reason"]) == ("ACCEPTED", "the most hours")


async def test_candidates_are_listed_by_what_is_worthwhile_P04(graph: Asks, mutate: Mutates, process_id: str) -> None:
    await change(graph, "assessProcess", findings(process_id), OWNER)
    for code, volume in [("big", 5000), ("small", 10), ("same", 10)]:
        registered = await mutate(
            "registerProcess",
            {
                "code": code, "name": code, "departmentId": "support", "ownerId": "E0001", "volumePerMonth": volume,
                "minutesPerUnit": 12, "documentationLevel": 3,
                "measurableKpis": [{"name": "cycle time", "unit": "h", "direction": "DOWN"}],
            },
            by=LEADER,
        )  # fmt: skip
        await change(graph, "assessProcess", findings(registered["process"]["id"]), OWNER)
    seen: list[str] = []
    after = None
    for _ in range(4):
        answer = await graph(
            """
            query ($after: String) { candidates(first: 1, after: $after, departmentId: "support") {
                nodes { process { code candidate { outcome } } } pageInfo { endCursor hasNextPage }
            } }
            """,
            {"after": after},
            caller=OWNER,
        )
        assert answer["errors"] is None
        found = answer["data"]["candidates"]
        seen += [one["process"]["code"] for one in found["nodes"]]
        after = found["pageInfo"]["endCursor"]
    assert seen == ["big", "answer-requests", "small", "same"]
    assert not found["pageInfo"]["hasNextPage"]
