"""SCIM 2.0: what an identity provider's client asks and sends, and the HR events that follow."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import jwt
import orjson
import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ed25519
from scim2_client import BaseSyncSCIMClient
from scim2_tester import Status, check_server

from chassis.app import app
from chassis.caller import Tokens
from chassis.clock import FixedClock
from chassis.database import Database
from chassis.health import Readiness
from chassis.server import Server, listen
from chassis.service import Service
from chassis.testing import Delivers, Published
from governance.scim.domain import ENTERPRISE

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
KEY = ed25519.Ed25519PrivateKey.generate()
CONTRACTS = Path(__file__).parents[4] / "gateway" / "contract" / "events"


def token(**differently: Any) -> str:
    claims = {
        "iss": "issuer",
        "aud": "opmodel",
        "sub": "hris",
        "roles": ["hris"],
        "exp": time.time() + 600,
        **differently,
    }
    return jwt.encode(claims, KEY, algorithm="EdDSA", headers={"kid": "one"})


@pytest.fixture
async def address(service: Service, database: Database, tmp_path: Path) -> AsyncIterator[str]:
    key = {**orjson.loads(jwt.algorithms.OKPAlgorithm.to_jwk(KEY.public_key())), "kid": "one", "alg": "EdDSA"}
    keys = tmp_path / "jwks.json"
    keys.write_bytes(orjson.dumps({"keys": [key]}))
    tokens = Tokens(keys.as_uri(), issuer="issuer", audience="opmodel")
    listening = listen("127.0.0.1", 0)
    application = app(service, database, Readiness(database, service.migrations()), tokens)
    server = Server(uvicorn.Config(application, lifespan="off", log_config=None, timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/scim/v2"
    server.should_exit = True
    await serving
    listening.close()


@pytest.fixture
async def scim(address: str) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {token()}", "content-type": "application/scim+json"}
    async with httpx.AsyncClient(base_url=address, headers=headers, trust_env=False, timeout=20) as client:
        yield client


def a_user(name: str = "ada", **more: Any) -> dict[str, Any]:
    return {
        "schemas": [USER, ENTERPRISE],
        "userName": f"{name}@example.com",
        "externalId": f"ext-{name}",
        "name": {"givenName": name.title(), "familyName": "Example"},
        "emails": [{"value": f"{name}@example.com", "type": "work", "primary": True}],
        "title": "account-executive",
        "active": True,
        ENTERPRISE: {"employeeNumber": f"E-{name}", "department": "Sales"},
        **more,
    }


async def created(scim: httpx.AsyncClient, resource: dict[str, Any], to: str = "/Users") -> dict[str, Any]:
    answer = await scim.post(to, json=resource)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def patched(scim: httpx.AsyncClient, path: str, *operations: dict[str, Any], **headers: str) -> httpx.Response:
    return await scim.patch(path, json={"schemas": [PATCH], "Operations": list(operations)}, headers=headers)


async def told(published: Published) -> list[tuple[str, dict[str, Any]]]:
    """What HR's events say; each is as its contract says."""
    found = []
    for event in await published():
        contract = orjson.loads((CONTRACTS / f"{event['type']}.json").read_bytes())
        jsonschema_rs.Draft202012Validator(contract, validate_formats=True).validate(event["data"])
        found.append((event["type"].removeprefix("hris.employee-").removesuffix(".v1"), event["data"]))
    return found


class Client(BaseSyncSCIMClient):
    """The checker's client over httpx."""

    def __init__(self, http: httpx.Client) -> None:
        super().__init__()
        self._http = http

    def _stays_under_base_url(self, endpoint: str) -> bool:
        return not endpoint.startswith("http") or endpoint.startswith(str(self._http.base_url))

    def _parse_json(self, response: Any) -> Any:
        return response.json()

    def request(self, method: str, url: str, **more: Any) -> Any:
        return self._http.request(method, url, **more)


async def test_the_compliance_checker_finds_nothing_wrong(address: str) -> None:
    def check() -> list[Any]:
        headers = {"authorization": f"Bearer {token()}"}
        with httpx.Client(base_url=address, headers=headers, trust_env=False, timeout=20) as http:
            return check_server(Client(http))

    results = await asyncio.to_thread(check)
    wrong = [f"{one.title}: {one.reason}" for one in results if one.status in (Status.ERROR, Status.DEVIATION)]
    assert not wrong, "\n".join(wrong)
    assert sum(one.status is Status.SUCCESS for one in results) > 50


class TestWho:
    async def test_only_a_service_of_hr_provisions(self, address: str) -> None:
        async with httpx.AsyncClient(base_url=address, trust_env=False) as http:
            assert (await http.get("/Users")).status_code == 401
            wrong = {"authorization": "Bearer nonsense"}
            assert (await http.get("/Users", headers=wrong)).status_code == 401
            for claims in ({"sub": "itsm", "roles": ["itsm"]}, {"sub": "E0001", "roles": ["executive_sponsor"]}):
                other = {"authorization": f"Bearer {token(**claims)}"}
                answer = await http.get("/Users", headers=other)
                assert answer.status_code == 403
                assert "role hris" in answer.json()["detail"]
            assert (await http.get("/ServiceProviderConfig")).status_code == 200


class TestUsers:
    async def test_an_account_is_a_hire(self, scim: httpx.AsyncClient, published: Published) -> None:
        user = await created(scim, a_user(password="secret"))
        assert "password" not in user
        ((what, data),) = await told(published)
        assert what == "hired"
        assert data == {
            "employee_id": "E-ada", "effective_date": "2026-03-02", "name": "Ada Example", "email": "ada@example.com",
            "department": {"id": "sales", "name": "Sales"}, "team": None, "manager_id": None,
            "job_function": "account-executive", "level": "unspecified", "is_people_manager": False,
        }  # fmt: skip
        (event,) = await published()
        assert (event["subject"], event["sequence"], event["key"]) == (user["id"], 1, "E-ada")

    async def test_inactive_ends_it_and_active_begins_it_again(
        self, scim: httpx.AsyncClient, published: Published, clock: FixedClock
    ) -> None:
        user = await created(scim, a_user())
        clock.advance(timedelta(days=30))
        path = f"/Users/{user['id']}"
        await patched(scim, path, {"op": "replace", "value": {"active": False}})
        assert (await scim.get(path)).json()["active"] is False
        assert (await patched(scim, path, {"op": "Replace", "path": "active", "value": False})).is_success
        await patched(scim, path, {"op": "replace", "path": "active", "value": True})
        events = await told(published)
        assert [what for what, _ in events] == ["hired", "terminated", "rehired"]
        assert events[1][1] == {"employee_id": "E-ada", "last_day": "2026-03-31", "reason": "deactivated"}
        assert [one["sequence"] for one in await published()] == [1, 2, 3]

    async def test_deleting_ends_it_too_and_who_began_today_stays_until_midnight(
        self, scim: httpx.AsyncClient, published: Published
    ) -> None:
        user = await created(scim, a_user())
        assert (await scim.delete(f"/Users/{user['id']}")).status_code == 204
        assert (await scim.get(f"/Users/{user['id']}")).status_code == 404
        assert (await told(published))[-1] == (
            "terminated", {"employee_id": "E-ada", "last_day": "2026-03-02", "reason": "deleted"}
        )  # fmt: skip

    async def test_an_inactive_account_is_nobody_yet(self, scim: httpx.AsyncClient, published: Published) -> None:
        await created(scim, a_user(active=False))
        assert await published() == []

    async def test_changes_are_told_once_and_what_means_nothing_is_not(
        self, scim: httpx.AsyncClient, published: Published
    ) -> None:
        boss = await created(scim, a_user("boss"))
        user = await created(scim, a_user())
        path = f"/Users/{user['id']}"
        change = [
            {"op": "replace", "path": f"{ENTERPRISE}:department", "value": "Customer Support"},
            {"op": "add", "path": f"{ENTERPRISE}:manager", "value": {"value": boss["id"]}},
            {"op": "add", "path": "roles", "value": [{"value": "people-manager"}]},
        ]
        for _ in range(2):
            assert (await patched(scim, path, *change)).is_success
        assert (await patched(scim, path, {"op": "add", "path": "nickName", "value": "A"})).is_success
        what, data = (await told(published))[-1]
        assert len(await published()) == 3
        assert (what, data["department"]["id"], data["manager_id"]) == ("changed", "customer-support", "E-boss")
        assert data["is_people_manager"] is True

    async def test_the_services_know_the_people_then(
        self, scim: httpx.AsyncClient, published: Published, deliver: Delivers, database: Database
    ) -> None:
        await created(scim, a_user())
        (event,) = await published()
        await deliver(event["type"], event["data"], subject=event["subject"], sequence=event["sequence"])
        async with database.read() as connection:
            assert await connection.fetchval("SELECT name FROM employees WHERE id = 'E-ada'") == "Ada Example"

    async def test_the_same_user_twice(self, scim: httpx.AsyncClient, published: Published) -> None:
        await created(scim, a_user())
        answer = await scim.post("/Users", json=a_user() | {"userName": "ADA@example.com"})
        assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")
        assert len(await published()) == 1

    async def test_an_id_that_is_too_long(self, scim: httpx.AsyncClient) -> None:
        answer = await scim.post("/Users", json={"schemas": [USER], "userName": "x" * 70})
        assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidValue")


class TestGroups:
    async def test_a_team_is_a_group_by_its_name(self, scim: httpx.AsyncClient, published: Published) -> None:
        user = await created(scim, a_user())
        member = [{"value": user["id"]}]
        await created(scim, {"schemas": [GROUP], "displayName": "everybody", "members": member}, "/Groups")
        assert len(await published()) == 1
        team = await created(scim, {"schemas": [GROUP], "displayName": "team: EMEA"}, "/Groups")
        await patched(scim, f"/Groups/{team['id']}", {"op": "add", "path": "members", "value": member})
        what, data = (await told(published))[-1]
        assert (what, data["team"]) == ("changed", {"id": "sales-emea", "name": "EMEA"})
        gone = {"op": "remove", "path": f'members[value eq "{user["id"]}"]'}
        assert (await patched(scim, f"/Groups/{team['id']}", gone)).is_success
        assert (await told(published))[-1][1]["team"] is None


class TestAsking:
    @pytest.mark.parametrize(
        ("filter", "found"),
        [
            ('userName eq "ADA@example.com"', ["ada"]),
            ('externalId eq "ext-bob"', ["bob"]),
            ('userName eq "nobody"', []),
            ('emails eq "bob@example.com"', ["bob"]),
            ('emails[type eq "work" and value co "ada@"]', ["ada"]),
            ('emails.value sw "ada"', ["ada"]),
            (f'{ENTERPRISE}:department eq "support"', ["bob"]),
            (f'{ENTERPRISE}:employeeNumber eq "E-ada" or userName sw "bob"', ["ada", "bob"]),
            ("active eq false", ["bob"]),
            ('not (active eq false) and name.familyName ew "PLE"', ["ada"]),
            ("nickName pr", []),
            ('userName ne "ada@example.com"', ["bob"]),
            ('meta.lastModified gt "2026-01-01T00:00:00Z"', ["ada", "bob"]),
            ('userName co "a\\"b.*"', []),
        ],
    )
    async def test_filters(self, scim: httpx.AsyncClient, filter: str, found: list[str]) -> None:
        await created(scim, a_user())
        await created(
            scim, a_user("bob", active=False, **{ENTERPRISE: {"department": "Support", "employeeNumber": "B"}})
        )
        answer = await scim.get("/Users", params={"filter": filter})
        assert answer.status_code == 200, answer.text
        names = [one["userName"].partition("@")[0] for one in answer.json().get("Resources", [])]
        assert (names, answer.json()["totalResults"]) == (found, len(found))

    async def test_a_filter_that_is_none(self, scim: httpx.AsyncClient) -> None:
        answer = await scim.get("/Users", params={"filter": "userName likes 3"})
        assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidFilter")

    async def test_pages(self, scim: httpx.AsyncClient) -> None:
        for name in "abcde":
            await created(scim, a_user(name))
        seen = []
        for start in (1, 3, 5):
            answer = (await scim.get("/Users", params={"startIndex": start, "count": 2})).json()
            assert (answer["totalResults"], answer["startIndex"]) == (5, start)
            seen += [one["userName"][0] for one in answer["Resources"]]
        assert seen == list("abcde")
        assert not (await scim.get("/Users", params={"count": 0})).json().get("Resources")

    async def test_only_some_attributes(self, scim: httpx.AsyncClient) -> None:
        user = await created(scim, a_user())
        answer = (await scim.get(f"/Users/{user['id']}", params={"attributes": "userName"})).json()
        assert answer.keys() == {"schemas", "id", "userName", "meta"} - {"meta"}


class TestETags:
    async def test_what_did_not_change_is_not_sent_and_what_did_is_not_overwritten(
        self, scim: httpx.AsyncClient
    ) -> None:
        user = await created(scim, a_user())
        path, tag = f"/Users/{user['id']}", user["meta"]["version"]
        assert (await scim.get(path, headers={"if-none-match": tag})).status_code == 304
        rename = {"op": "replace", "path": "displayName", "value": "Ada B. Example"}
        answer = await patched(scim, path, rename, **{"if-match": tag})
        assert answer.is_success
        assert (await scim.get(path)).headers["etag"] == answer.headers["etag"] != tag
        assert (await patched(scim, path, rename, **{"if-match": tag})).status_code == 412

    async def test_many_at_once_each_count(self, scim: httpx.AsyncClient, published: Published) -> None:
        user = await created(scim, a_user())
        operations = [{"op": "add", "path": "phoneNumbers", "value": [{"value": f"tel:+1-{n}"}]} for n in range(8)]
        answers = await asyncio.gather(*(patched(scim, f"/Users/{user['id']}", one) for one in operations))
        assert all(answer.is_success for answer in answers)
        found = (await scim.get(f"/Users/{user['id']}")).json()
        assert len(found["phoneNumbers"]) == 8
        assert found["meta"]["version"] == 'W/"9"'
