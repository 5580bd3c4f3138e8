"""What may be read, by whom, and with how many statements (T05, T15)."""

from contextlib import contextmanager

import pytest

from chassis.testing import a_caller, a_hire

from .conftest import STEWARD

PERSON = """
    query($of: [_Any!]!) { _entities(representations: $of) { ... on Employee {
        id trainingAssignments { state } credentials { status } trainingStatus { overdue } } } }
"""


def of(*ids):
    return {"of": [{"__typename": "Employee", "id": id} for id in ids]}


@pytest.fixture
async def staff(universal, deliver):
    """E0001 to E0004 in sales, managed by E0900."""
    for number in range(1, 5):
        await deliver("hris.employee-hired.v1", a_hire(f"E000{number}", manager_id="E0900"))


@pytest.mark.parametrize(
    "caller",
    [a_caller("E0001"), a_caller("E0900"), *(a_caller("E7000", role) for role in (
        "curriculum_owner", "ai_steward", "compliance_officer", "executive_sponsor"))],
)  # fmt: skip
async def test_those_who_may_see_a_persons_training_T05(staff, graph, caller):
    result = await graph(PERSON, of("E0001"), caller=caller)
    assert result["errors"] is None
    assert result["data"]["_entities"][0]["trainingAssignments"] == [{"state": "ASSIGNED"}]


async def test_nobody_else_sees_a_persons_training_T05(staff, graph):
    result = await graph(PERSON, of("E0001"), caller=a_caller("E0002", "department_leader"))
    assert result["data"]["_entities"] == [
        {"id": "E0001", "trainingAssignments": None, "credentials": None, "trainingStatus": None}
    ]
    assert {error["extensions"]["code"] for error in result["errors"]} == {"TRAINING_IS_PRIVATE"}


async def test_assignments_are_listed_for_those_who_may_see_them_T05(staff, graph):
    query = "query($id: ID, $state: TrainingAssignmentState) { assignments(employeeId: $id, state: $state) {"
    query += " nodes { employee { id } credentialType { id } } } }"

    async def listed(caller, **variables):
        result = await graph(query, variables, caller=caller)
        nodes = (result["data"] or {}).get("assignments") or {"nodes": []}
        return [node["employee"]["id"] for node in nodes["nodes"]], result["errors"]

    assert await listed(STEWARD) == (["E0001", "E0002", "E0003", "E0004"], None)
    assert await listed(STEWARD, state="OVERDUE") == ([], None)
    assert await listed(a_caller("E0900"), state="ASSIGNED") == (["E0001", "E0002", "E0003", "E0004"], None)
    assert await listed(a_caller("E0002")) == (["E0002"], None)
    found, errors = await listed(a_caller("E0002"), id="E0001")
    assert (found, errors[0]["extensions"]["code"]) == ([], "TRAINING_IS_PRIVATE")


async def test_the_list_agrees_with_the_rule_about_states_T05(staff, graph, passes, deliver, clock, mutate):
    await passes("E0001", "UF-1", "UF-2")
    await passes("E0002", "UF-1")
    from datetime import timedelta

    for days in (0, 31, 334, 20):
        clock.advance(timedelta(days=days))
        every = "{ assignments(first: 100) { nodes { id state } } }"
        nodes = (await graph(every, caller=STEWARD))["data"]["assignments"]["nodes"]
        for state in {node["state"] for node in nodes}:
            some = f"{{ assignments(first: 100, state: {state}) {{ nodes {{ id state }} }} }}"
            assert (await graph(some, caller=STEWARD))["data"]["assignments"]["nodes"] == [
                node for node in nodes if node["state"] == state
            ]


async def test_a_page_goes_on_where_the_last_one_ended(staff, graph):
    query = """query($after: String) { assignments(first: 3, after: $after) {
        nodes { employee { id } } pageInfo { hasNextPage endCursor } } }"""
    first = (await graph(query, caller=STEWARD))["data"]["assignments"]
    second = (await graph(query, {"after": first["pageInfo"]["endCursor"]}, caller=STEWARD))["data"]["assignments"]
    assert [len(first["nodes"]), len(second["nodes"])] == [3, 1]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)


async def test_many_people_take_as_many_statements_as_one(staff, graph, database, monkeypatch):
    async def statements(*ids):
        with counted(database, monkeypatch) as count:
            result = await graph(PERSON, of(*ids), caller=a_caller("E0900"))
        assert result["errors"] is None
        return len(count)

    assert await statements("E0001") == await statements("E0001", "E0002", "E0003", "E0004")


@contextmanager
def counted(database, monkeypatch):
    """The statements that are sent while the block runs."""
    sent = []
    from asyncpg import Connection

    real = Connection._execute

    async def count(self, query, *arguments, **more):
        sent.append(query)
        return await real(self, query, *arguments, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Connection, "_execute", count)
        yield sent


async def test_coverage_hides_small_groups_and_counts_unknown_apart_T15(universal, deliver, passes, graph, clock):
    for number in range(6):
        await deliver("hris.employee-hired.v1", a_hire(f"E01{number:02}"))
    for number in range(6):
        await deliver("hris.employee-hired.v1", a_hire(f"E02{number:02}", department="finance"))
    for number in range(2):
        await deliver("hris.employee-hired.v1", a_hire(f"E03{number:02}", department="legal"))
    await passes("E0100", "UF-1", "UF-2")
    query = """query($department: ID) { trainingCoverage(credentialType: "universal-fluency", departmentId: $department) {
        total { suppressed required holding unknown overdue share }
        departments { department { id } figures { suppressed required holding } } } }"""
    coverage = (await graph(query, caller=a_caller("E0100")))["data"]["trainingCoverage"]
    total = {"suppressed": False, "required": 14, "holding": 1, "unknown": 13, "overdue": 0, "share": 1 / 14}
    assert coverage["total"] == total
    shown = {one["department"]["id"]: one["figures"]["required"] for one in coverage["departments"]}
    assert shown == {"sales": 6, "finance": None, "legal": None}
    legal = (await graph(query, {"department": "legal"}, caller=a_caller("E0100")))["data"]["trainingCoverage"]
    assert legal["total"]["suppressed"] is True
    from datetime import timedelta

    clock.advance(timedelta(days=31))
    later = (await graph(query, caller=a_caller("E0100")))["data"]["trainingCoverage"]["total"]
    assert (later["overdue"], later["unknown"]) == (13, 0)


async def test_strangers_see_nothing(staff, graph):
    result = await graph("{ credentialTypes { nodes { id } } }")
    assert result["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
