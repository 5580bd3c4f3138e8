"""Documents that clients name instead of sending them."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.persisted import DocumentRefused, ManifestBroken, PersistedDocuments, read_manifest
from gateway.testing.office import SUPERGRAPH
from gateway.testing.serving import Run, Running, Start

FREE = "{ free }"
NAME = "query Name($id: ID!) { person(id: $id) { name } }"
GRAPHQL = {"accept": "application/graphql-response+json"}


def hash_of(query: str) -> str:
    return sha256(query.encode()).hexdigest()


def by_hash(query: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": hash_of(query)}}


@pytest.fixture
def apollo(tmp_path: Path) -> Path:
    file = tmp_path / "apollo.json"
    operations = [
        {"id": hash_of(FREE), "name": "", "type": "query", "body": FREE},
        {"id": "name-1", "name": "Name", "type": "query", "body": NAME},
    ]
    content = {"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations}
    file.write_text(json.dumps(content))
    return file


@pytest.fixture
def relay(tmp_path: Path) -> Path:
    file = tmp_path / "relay.json"
    file.write_text(json.dumps({hash_of(FREE): FREE, "name-1": NAME}))
    return file


async def post(gateway: Running, headers: dict[str, str] | None = None, **content: Any) -> httpx.Response:
    return await gateway.http.post("/graphql", json=content, headers=headers)


def code(answer: httpx.Response) -> str:
    found: str = answer.json()["errors"][0]["extensions"]["code"]
    return found


@pytest.mark.parametrize("form", ["apollo", "relay"])
class TestManifest:
    async def test_documents_are_named_in_every_way(
        self, start: Start, request: pytest.FixtureRequest, form: str
    ) -> None:
        gateway = await start(persisted_documents=request.getfixturevalue(form))
        free = {"data": {"free": 3}}
        assert (await post(gateway, documentId=hash_of(FREE))).json() == free
        assert (await post(gateway, documentId=f"sha256:{hash_of(FREE)}")).json() == free
        assert (await post(gateway, extensions=by_hash(FREE))).json() == free
        answer = await post(gateway, documentId="name-1", variables={"id": "2"}, operationName="Name")
        assert answer.json() == {"data": {"person": {"name": "Ben"}}}
        preflight = {"graphql-require-preflight": "1"}
        params = {"documentId": "name-1", "variables": '{"id": "1"}'}
        answer = await gateway.http.get("/graphql", params=params, headers=preflight)
        assert answer.json() == {"data": {"person": {"name": "Ada"}}}
        answer = await gateway.http.get("/graphql", params={"extensions": json.dumps(by_hash(FREE))}, headers=preflight)
        assert answer.json() == free
        assert (await gateway.ask(FREE)).json() == free

    async def test_and_nothing_else_is_executed_when_told_so(
        self, start: Start, request: pytest.FixtureRequest, form: str
    ) -> None:
        gateway = await start(persisted_documents=request.getfixturevalue(form), persisted_only=True)
        assert code(await gateway.ask("{ broken }")) == "PERSISTED_QUERY_ID_REQUIRED"
        assert code(await gateway.ask(FREE)) == "PERSISTED_QUERY_ID_REQUIRED"
        answer = await gateway.ask("{ broken }", extensions=by_hash("{ broken }"))
        assert code(answer) == "PERSISTED_QUERY_NOT_IN_LIST"
        assert code(await post(gateway, extensions=by_hash("{ broken }"))) == "PERSISTED_QUERY_NOT_IN_LIST"
        # The text that is sent along does not count.
        assert (await gateway.ask("{ broken }", documentId=hash_of(FREE))).json() == {"data": {"free": 3}}
        assert (await gateway.ask("{ broken }", extensions=by_hash(FREE))).json() == {"data": {"free": 3}}
        assert gateway.people.asked == []


async def test_an_id_that_is_not_in_the_list(start: Start, relay: Path) -> None:
    gateway = await start(persisted_documents=relay)
    for identity in ("name-2", 7, {"a": 1}):
        answer = await post(gateway, GRAPHQL, documentId=identity)
        assert (answer.status_code, code(answer)) == (400, "PERSISTED_QUERY_NOT_IN_LIST")
    assert (await post(gateway, documentId="name-2")).status_code == 200
    assert code(await post(gateway, documentId="name-1", query=FREE)) == "BAD_REQUEST"


class TestRegistered:
    async def test_once_with_its_hash_a_document_need_not_be_sent(self, start: Start) -> None:
        gateway = await start()
        answer = await post(gateway, GRAPHQL, extensions=by_hash(FREE))
        assert (answer.status_code, code(answer)) == (400, "PERSISTED_QUERY_NOT_FOUND")
        assert answer.json()["errors"][0]["message"] == "PersistedQueryNotFound"
        assert (await post(gateway, query=FREE, extensions=by_hash(FREE))).json() == {"data": {"free": 3}}
        assert (await post(gateway, extensions=by_hash(FREE))).json() == {"data": {"free": 3}}

    async def test_under_its_own_hash_only(self, start: Start) -> None:
        gateway = await start()
        answer = await post(gateway, query="{ broken }", extensions=by_hash(FREE))
        assert code(answer) == "PERSISTED_QUERY_HASH_MISMATCH"
        assert code(await post(gateway, extensions=by_hash(FREE))) == "PERSISTED_QUERY_NOT_FOUND"
        assert gateway.people.asked == []

    async def test_not_at_all_when_switched_off(self, start: Start) -> None:
        gateway = await start(automatic_persisted_queries=False)
        assert (await post(gateway, query=FREE, extensions=by_hash(FREE))).json() == {"data": {"free": 3}}
        answer = await post(gateway, extensions=by_hash(FREE))
        assert code(answer) == "PERSISTED_QUERY_NOT_SUPPORTED"
        assert answer.json()["errors"][0]["message"] == "PersistedQueryNotSupported"

    @pytest.mark.parametrize("given", [{}, {"version": 2, "sha256Hash": "a"}, {"version": 1, "sha256Hash": 1}, "x"])
    async def test_in_no_other_form(self, start: Start, given: Any) -> None:
        gateway = await start()
        assert code(await post(gateway, extensions={"persistedQuery": given})) == "BAD_REQUEST"

    def test_within_bounds(self) -> None:
        documents = PersistedDocuments({}, only=False, registers=True)
        queries = [f"{{ a{number} }} #" + "x" * 10_000 for number in range(1_000)]
        for query in queries:
            assert documents.document({"query": query, "extensions": by_hash(query)}) == query
        assert documents.document({"extensions": by_hash(queries[-1])}) == queries[-1]
        with pytest.raises(DocumentRefused):
            documents.document({"extensions": by_hash(queries[0])})
        assert sum(map(len, documents._registered.values())) < 4_000_000


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"a": 1}',
        '{"operations": []}',
        '{"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}',
        '{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": "a"}]}',
        '{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"body": "{ a }"}]}',
    ],
)
def test_a_manifest_that_cannot_be_used(tmp_path: Path, content: str) -> None:
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(ManifestBroken, match=r"manifest\.json"):
        read_manifest(tmp_path / "manifest.json")


def test_it_ends_the_process(run: Run, tmp_path: Path) -> None:
    environment = {"PERSISTED_DOCUMENTS": str(tmp_path / "manifest.json")}
    code, _, err = run("serve", SUPERGRAPH=str(SUPERGRAPH), PORT="0", **environment).end()
    assert code == 1
    assert err.endswith("cannot be read: No such file or directory. Set PERSISTED_DOCUMENTS.\n")
