"""People, departments and teams in the graph (X01, X11)."""

from __future__ import annotations

from chassis.testing import Asks
from governance.testing import BOSS, DANA, OWNER, STEWARD, Organisation

PROFILE = """query($id: ID!) { employee(id: $id) { id name email jobFunction level isPeopleManager status hiredOn
    department { id name teams { id name } } team { id name department { id } } manager { id name } reports { id } } }"""


async def test_a_profile_with_department_team_and_manager_X01(organisation: Organisation) -> None:
    data = await organisation.ask(DANA, PROFILE, id=DANA)
    assert data["employee"] == {
        "id": DANA,
        "name": "Person E0011",
        "email": "e0011@example.com",
        "jobFunction": "analyst",
        "level": "3",
        "isPeopleManager": False,
        "status": "ACTIVE",
        "hiredOn": "2024-01-01",
        "department": {"id": "sales", "name": "Sales", "teams": [{"id": "sales-one", "name": "Sales One"}]},
        "team": {"id": "sales-one", "name": "Sales One", "department": {"id": "sales"}},
        "manager": {"id": BOSS, "name": "Person E0010"},
        "reports": [],
    }
    assert (await organisation.ask(DANA, PROFILE, id=BOSS))["employee"]["reports"] == [{"id": DANA}]
    assert (await organisation.ask(DANA, PROFILE, id="E9999"))["employee"] is None


async def test_an_address_is_for_the_person_the_manager_the_steward_and_compliance_X11(
    organisation: Organisation,
) -> None:
    query = "query($id: ID!) { employee(id: $id) { email } }"
    seen = {
        who: (await organisation.ask(who, query, id=DANA))["employee"]["email"] for who in (DANA, BOSS, STEWARD, OWNER)
    }
    assert seen == {DANA: "e0011@example.com", BOSS: "e0011@example.com", STEWARD: "e0011@example.com", OWNER: None}


async def test_people_are_listed_by_pages_and_filters_X01(organisation: Organisation) -> None:
    o = organisation
    await o.hire("E0200", department="support", name="Zoe Quill")
    await o.leave("E0200")
    query = """query($after: String, $d: ID, $s: String, $status: EmploymentStatus) {
        employees(first: 3, after: $after, departmentId: $d, search: $s, status: $status) {
            nodes { id } pageInfo { hasNextPage endCursor } } }"""
    seen, after = [], None
    while True:
        page = (await o.ask(DANA, query, after=after))["employees"]
        seen += [person["id"] for person in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == sorted(seen)
    assert len(seen) == 9
    assert (await o.ask(DANA, query, s="quill"))["employees"]["nodes"] == [{"id": "E0200"}]
    assert (await o.ask(DANA, query, status="TERMINATED"))["employees"]["nodes"] == [{"id": "E0200"}]
    data = await o.ask(
        DANA, '{ department(id: "sales") { employees(first: 2) { nodes { id } } } departments { id } me { id } }'
    )
    assert data == {
        "department": {"employees": {"nodes": [{"id": "E0001"}, {"id": "E0002"}]}},
        "departments": [{"id": "sales"}, {"id": "support"}],
        "me": {"id": DANA},
    }
    query = 'query($a: String) { team(id: "sales-one") { employees(first: 2, after: $a) { nodes { id } pageInfo { endCursor } } } }'
    first = (await o.ask(DANA, query))["team"]["employees"]
    assert first["nodes"] == [{"id": "E0001"}, {"id": "E0002"}]
    then = (await o.ask(DANA, query, a=first["pageInfo"]["endCursor"]))["team"]["employees"]
    assert then["nodes"] == [{"id": "E0003"}, {"id": "E0004"}]
    both = await o.ask(DANA, "{ departments { id employees(first: 1) { nodes { id name } } teams { id } } }")
    assert [department["employees"]["nodes"] for department in both["departments"]] == [
        [{"id": "E0001", "name": "Person E0001"}],
        [],
    ]


async def test_somebody_of_whom_the_hris_has_not_told_yet_is_a_bare_id_X01(organisation: Organisation) -> None:
    data = await organisation.ask(
        DANA,
        "query($r: [_Any!]!) { _entities(representations: $r) { ... on Employee { id name status manager { id } } } }",
        r=[{"__typename": "Employee", "id": "E9999"}],
    )
    assert data["_entities"] == [{"id": "E9999", "name": None, "status": None, "manager": None}]


async def test_nobody_who_is_not_signed_in_sees_anything_X11(organisation: Organisation, graph: Asks) -> None:
    for query in ("{ me { id } }", "{ employees { nodes { id } } }", "{ tools { nodes { id } } }"):
        answer = await graph(query)
        assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
