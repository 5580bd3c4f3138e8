"""People come in by a full HR file and by an identity provider, and are known to the graph."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from chassis.testing import eventually

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
EMPLOYEE = "query($id: ID!) { employee(id: $id) { name level status department { name } } }"
EVERYBODY = """query($after: String) { employees(first: 100, after: $after) { pageInfo { hasNextPage endCursor } edges { node {
    id name email jobFunction level isPeopleManager status department { id name } team { id name } manager { id } } } } }"""


async def test_a_full_file_repairs_what_the_source_lost_X01(platform, ask, publish, tmp_path: Path):
    hire = {
        "effective_date": "2025-03-03", "department": {"id": "sales", "name": "Sales"}, "job_function": "seller",
        "level": "3", "is_people_manager": False,
    }  # fmt: skip
    for number in (1, 2):
        await publish("hris.employee-hired.v1", hire | {"employee_id": f"F{number}", "name": f"Filed {number}"})

    async def known() -> None:
        answer = await ask(EMPLOYEE, {"id": "F2"}, who="hris")
        assert answer["data"]["employee"], answer

    await eventually(known, within=10)
    rows = [row for row in await everybody(ask) if row["employee_id"] != "F2"]
    next(row for row in rows if row["employee_id"] == "F1")["level"] = "4"
    rows.append(
        {"employee_id": "F3", "name": "Filed 3", "department_id": "sales", "job_function": "seller", "level": "1"}
    )
    file = tmp_path / "people.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    code, out, err = await import_hris(platform, file, "--dry-run", "--allow-share", "0.9")
    assert code == 0, err
    assert "level: 3 -> 4" in out
    assert out.splitlines()[-1] == "1 changed, 1 hired, 1 terminated (nothing was published)"
    code, out, err = await import_hris(platform, file, "--allow-share", "0")
    assert (code, "1 of" in err, "--allow-share" in err) == (1, True, True)
    code, out, err = await import_hris(platform, file, "--allow-share", "0.9")
    assert (code, out) == (0, "1 changed, 1 hired, 1 terminated\n")
    assert "publish 3/3" in err

    async def repaired() -> None:
        found = [(await ask(EMPLOYEE, {"id": f"F{n}"}, who="hris"))["data"]["employee"] for n in (1, 2, 3)]
        assert [one and one["status"] for one in found] == ["ACTIVE", "TERMINATED", "ACTIVE"]
        assert found[0]["level"] == "4"

    await eventually(repaired, within=10)
    code, out, _ = await import_hris(platform, file, "--allow-share", "0")
    assert (code, out) == (0, "no difference\n")


async def everybody(ask) -> list[dict[str, Any]]:
    """The directory as a file would have it, without those who left."""
    rows, after = [], None
    while True:
        page = (await ask(EVERYBODY, {"after": after}, who="hris"))["data"]["employees"]
        for edge in page["edges"]:
            node = edge["node"]
            if node["status"] in ("ACTIVE", "ON_LEAVE"):
                rows.append({
                    "employee_id": node["id"], "name": node["name"], "email": node["email"] or "",
                    "department_id": node["department"]["id"], "job_function": node["jobFunction"],
                    "level": node["level"], "is_people_manager": node["isPeopleManager"],
                })  # fmt: skip
        if not page["pageInfo"]["hasNextPage"]:
            return rows
        after = page["pageInfo"]["endCursor"]


async def import_hris(platform, file: Path, *options: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", "import-hris", str(file), *options),
        *("--url", platform.graphql_url.removesuffix("/graphql")),
        env=dict(os.environ) | {"IMPORT_TOKEN": platform.token("hris")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_an_account_of_an_identity_provider_is_a_person_and_ends_X03(platform, ask, http):
    address = platform.graphql_url.removesuffix("/graphql") + "/scim/v2/Users"
    headers = {"authorization": f"Bearer {platform.token('hris')}", "content-type": "application/scim+json"}
    user = {
        "schemas": [USER, ENTERPRISE], "userName": "identity@example.com", "displayName": "Ida Entity", "userType": "5",
        ENTERPRISE: {"employeeNumber": "SCIM1", "department": "Sales"},
    }  # fmt: skip
    made = await http.post(address, json=user, headers=headers)
    assert made.status_code == 201, made.text
    assert made.json()["meta"]["location"].startswith(address)
    found = await http.get(address, params={"filter": 'userName eq "IDENTITY@example.com"'}, headers=headers)
    assert found.json()["Resources"][0]["id"] == made.json()["id"]

    async def known() -> None:
        person = (await ask(EMPLOYEE, {"id": "SCIM1"}, who="hris"))["data"]["employee"]
        assert person == {"name": "Ida Entity", "level": "5", "status": "ACTIVE", "department": {"name": "Sales"}}

    await eventually(known, within=10)
    change = {"schemas": [PATCH], "Operations": [{"op": "Replace", "path": "active", "value": False}]}
    answer = await http.patch(f"{address}/{made.json()['id']}", json=change, headers=headers)
    assert answer.is_success, answer.text
