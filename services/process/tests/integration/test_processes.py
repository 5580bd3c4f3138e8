"""The process inventory through the graph, against Postgres."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chassis.database import Connection
from chassis.testing import Asks, Delivers, Published, a_caller, a_hire
from process.processes import repository

Mutates = Callable[..., Awaitable[dict[str, Any]]]

OWNER, LEADER, STEWARD = (
    a_caller("E0001", "process_owner"),
    a_caller("E0004", "department_leader"),
    a_caller("E0003", "ai_steward"),
)


def a_process(code: str = "refund", **differently: Any) -> dict[str, Any]:
    return {
        "code": code, "name": code.capitalize(), "departmentId": "support", "ownerId": "E0001", "volumePerMonth": 60,
        "minutesPerUnit": 10, **differently,
    }  # fmt: skip


async def test_a_registered_process_is_in_the_inventory_and_published_P01(
    mutate: Mutates, department: None, graph: Asks, published: Published
) -> None:
    payload = await mutate("registerProcess", a_process(), by=OWNER)
    assert payload["errors"] == []
    assert payload["process"]["hoursAtStake"] == 10
    assert payload["process"]["status"] == "REGISTERED"
    (event,) = await published()
    assert (event["type"], event["sequence"]) == ("process.process-registered.v1", 1)
    assert event["data"] == {
        "process_id": payload["process"]["id"], "code": "refund", "name": "Refund", "department_id": "support",
        "owner_id": "E0001",
    }  # fmt: skip
    answer = await graph('{ processes(departmentId: "support") { nodes { code } } }', caller=a_caller("E0009"))
    assert answer["data"] == {"processes": {"nodes": [{"code": "refund"}]}}


async def test_only_the_department_tier_registers_and_the_refusal_says_who_may_P01_G02(
    mutate: Mutates, department: None
) -> None:
    payload = await mutate("registerProcess", a_process(), by=a_caller("E0002"))
    assert payload["process"] is None
    (error,) = payload["errors"]
    assert error["code"] == "NOT_ENTITLED"
    assert error["tier"] == "department"
    assert "the leader of department support" in error["deciders"]


@pytest.mark.parametrize(
    ("differently", "code"),
    [
        ({"ownerId": "E0404"}, "OWNER_NOT_ACTIVE"),
        ({"departmentId": "nowhere"}, "DEPARTMENT_UNKNOWN"),
        ({"documentationLevel": 5}, "PROFILE_INVALID"),
        ({"code": "Not plain"}, "BAD_PROCESS_CODE"),
    ],
)
async def test_what_cannot_be_registered_P01(
    mutate: Mutates, department: None, published: Published, differently: dict[str, Any], code: str
) -> None:
    payload = await mutate("registerProcess", a_process(**differently), by=STEWARD)
    assert [error["code"] for error in payload["errors"]] == [code]
    assert await published() == []


async def test_codes_are_unique_and_an_idempotency_key_has_effect_once_P01(
    mutate: Mutates, department: None, published: Published
) -> None:
    first = await mutate("registerProcess", a_process(idempotencyKey="k"), by=LEADER)
    again = await mutate("registerProcess", a_process(idempotencyKey="k"), by=LEADER)
    assert again == first
    taken = await mutate("registerProcess", a_process(), by=LEADER)
    assert [error["code"] for error in taken["errors"]] == ["PROCESS_CODE_TAKEN"]
    assert len(await published()) == 1


async def test_a_process_is_corrected_and_handed_over_P01(
    mutate: Mutates, process_id: str, published: Published
) -> None:
    payload = await mutate(
        "updateProcess", {"processId": process_id, "volumePerMonth": 30, "ownerId": "E0002"}, by=OWNER
    )
    assert payload["process"]["hoursAtStake"] == 6
    assert payload["process"]["owner"] == {"id": "E0002"}
    assert [(event["type"], event["sequence"]) for event in (await published())[1:]] == [
        ("process.process-updated.v1", 2),
        ("process.process-owner-changed.v1", 3),
    ]
    nothing = await mutate("updateProcess", {"processId": process_id}, by=LEADER)
    assert nothing["errors"] == []
    assert len(await published()) == 3
    not_any_more = await mutate("updateProcess", {"processId": process_id, "volumePerMonth": 1}, by=OWNER)
    assert [error["code"] for error in not_any_more["errors"]] == ["NOT_ENTITLED"]


async def test_the_departments_leader_ranks_processes_P05(mutate: Mutates, process_id: str) -> None:
    other = (await mutate("registerProcess", a_process(), by=LEADER))["process"]["id"]
    ranked = await mutate("prioritiseProcess", {"processId": process_id, "priority": 1}, by=LEADER)
    assert (ranked["process"]["status"], ranked["process"]["priority"]) == ("PRIORITISED", 1)
    taken = await mutate("prioritiseProcess", {"processId": other, "priority": 1}, by=LEADER)
    assert taken["errors"][0]["code"] == "PRIORITY_TAKEN"
    assert taken["errors"][0]["message"].startswith("Answer requests already has priority 1")
    steward = await mutate("prioritiseProcess", {"processId": process_id, "priority": 2}, by=STEWARD)
    assert [error["code"] for error in steward["errors"]] == ["NOT_ENTITLED"]


async def test_a_process_is_retired_P01(mutate: Mutates, process_id: str) -> None:
    payload = await mutate("retireProcess", {"processId": process_id}, by=OWNER)
    assert payload["process"]["status"] == "RETIRED"
    again = await mutate("updateProcess", {"processId": process_id, "volumePerMonth": 1}, by=OWNER)
    assert [error["code"] for error in again["errors"]] == ["PROCESS_IS_RETIRED"]


async def owner_of(graph: Asks, process_id: str) -> tuple[str | None, bool]:
    answer = await graph(
        "query ($id: ID!) { process(id: $id) { owner { id } ownerVacant } }", {"id": process_id}, caller=OWNER
    )
    process = answer["data"]["process"]
    return process["owner"] and process["owner"]["id"], process["ownerVacant"]


LEAVING = {"last_day": "2026-02-27"}


@pytest.mark.parametrize("order", [("E0001", "E0004"), ("E0004", "E0001")])
async def test_an_owner_who_left_is_followed_up_the_line_else_it_is_vacant_C5c(
    deliver: Delivers, graph: Asks, process_id: str, published: Published, order: tuple[str, str]
) -> None:
    await deliver("hris.employee-terminated.v1", {"employee_id": order[0], **LEAVING})
    assert await owner_of(graph, process_id) == ({"E0001": "E0004", "E0004": "E0001"}[order[0]], False)
    await deliver("hris.employee-terminated.v1", {"employee_id": order[1], **LEAVING})
    assert await owner_of(graph, process_id) == (None, True)
    last = (await published())[-1]
    assert last["type"] == "process.process-owner-changed.v1"
    assert (last["data"]["owner_id"], last["data"]["reason"]) == (None, "left")


async def test_an_owner_and_the_manager_who_leave_at_once_leave_it_vacant_C5c(
    deliver: Delivers, graph: Asks, process_id: str
) -> None:
    await asyncio.gather(
        *(deliver("hris.employee-terminated.v1", {"employee_id": id, **LEAVING}) for id in ("E0001", "E0004"))
    )
    assert await owner_of(graph, process_id) == (None, True)


async def test_a_rescinded_termination_gives_the_process_back_C5c(
    deliver: Delivers, graph: Asks, process_id: str, mutate: Mutates
) -> None:
    await deliver("hris.employee-terminated.v1", {"employee_id": "E0001", **LEAVING})
    assert await owner_of(graph, process_id) == ("E0004", False)
    await deliver("hris.employee-termination-rescinded.v1", {"employee_id": "E0001"})
    assert await owner_of(graph, process_id) == ("E0001", False)


async def test_a_rehire_does_not_C5c(deliver: Delivers, graph: Asks, process_id: str) -> None:
    await deliver("hris.employee-terminated.v1", {"employee_id": "E0001", **LEAVING})
    await deliver(
        "hris.employee-rehired.v1", a_hire("E0001", "support", manager_id="E0004", effective_date="2026-03-02")
    )
    assert await owner_of(graph, process_id) == ("E0004", False)


async def test_governance_gives_a_process_without_a_named_owner_to_the_leader_G27(
    deliver: Delivers, graph: Asks, process_id: str
) -> None:
    for owner in ("E0001", "E0004"):
        await deliver("hris.employee-terminated.v1", {"employee_id": owner, **LEAVING})
    closed = {"subject_kind": "process", "subject_id": process_id, "owner_id": "E0002"}
    await deliver("governance.ownership-transfer-closed.v1", {**closed, "outcome": "named"})
    await deliver("governance.ownership-transfer-closed.v1", {**closed, "outcome": "defaulted", "owner_id": "E0404"})
    assert await owner_of(graph, process_id) == (None, True)
    for _ in range(2):
        await deliver("governance.ownership-transfer-closed.v1", {**closed, "outcome": "defaulted"})
        assert await owner_of(graph, process_id) == ("E0002", False)


def counted(loader: Callable[..., Awaitable[Any]], calls: list[str]) -> Callable[..., Awaitable[Any]]:
    async def load(connection: Connection, keys: list[Any]) -> Any:
        calls.append(loader.__name__)
        return await loader(connection, keys)

    return load


async def test_people_and_departments_know_their_processes_P01(
    deliver: Delivers, graph: Asks, mutate: Mutates, process_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code in ("a-first", "z-last"):
        await mutate("registerProcess", a_process(code, ownerId="E0002"), by=LEADER)
    calls: list[str] = []
    for name in ("of_owners", "of_departments"):
        monkeypatch.setattr(repository, name, counted(getattr(repository, name), calls))
    answer = await graph(
        """
        query ($people: [_Any!]!, $departments: [_Any!]!) {
            people: _entities(representations: $people) { ... on Employee {
                id ownedProcesses { nodes { code } } workflows(first: 2) { nodes { code } pageInfo { hasNextPage } }
            } }
            departments: _entities(representations: $departments) { ... on Department {
                processes(first: 1) { nodes { code } pageInfo { endCursor hasNextPage } }
            } }
        }
        """,
        {
            "people": [{"__typename": "Employee", "id": id} for id in ("E0001", "E0002", "E0003", "E0404")],
            "departments": [{"__typename": "Department", "id": id} for id in ("support", "governance")],
        },
        caller=OWNER,
    )
    assert answer["errors"] is None
    owned = {
        person["id"]: [one["code"] for one in person["ownedProcesses"]["nodes"]] for person in answer["data"]["people"]
    }
    assert owned == {"E0001": ["answer-requests"], "E0002": ["a-first", "z-last"], "E0003": [], "E0404": []}
    workflows = {person["id"]: person["workflows"] for person in answer["data"]["people"]}
    assert [one["code"] for one in workflows["E0001"]["nodes"]] == ["a-first", "answer-requests"]
    assert workflows["E0001"]["pageInfo"]["hasNextPage"]
    assert workflows["E0003"]["nodes"] == workflows["E0404"]["nodes"] == []
    support, governance = answer["data"]["departments"]
    assert [one["code"] for one in support["processes"]["nodes"]] == ["a-first"]
    assert governance["processes"]["nodes"] == []
    assert sorted(calls) == ["of_departments", "of_departments", "of_owners"]
    rest = await graph(
        """
        query ($after: String!) { processes(after: $after, status: REGISTERED) { nodes { code } } }
        """,
        {"after": support["processes"]["pageInfo"]["endCursor"]},
        caller=OWNER,
    )
    assert [one["code"] for one in rest["data"]["processes"]["nodes"]] == ["answer-requests", "z-last"]


async def test_strangers_and_malformed_ids_get_a_clear_answer_P01(
    graph: Asks, mutate: Mutates, department: None
) -> None:
    assert (await graph("{ processes { nodes { id } } }"))["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    malformed = await graph('{ process(id: "x") { id } }', caller=OWNER)
    assert malformed["errors"][0]["extensions"]["code"] == "INVALID_ID"
    payload = await mutate("updateProcess", {"processId": "0190f5fe-0000-7000-8000-000000000000"}, by=STEWARD)
    assert [error["code"] for error in payload["errors"]] == ["NOT_FOUND"]
