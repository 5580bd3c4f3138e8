"""A published event may only grow; and the document that tells of all events is a good one."""

from __future__ import annotations

import copy
import json
import subprocess
from typing import Any

import pytest

from chassis.compatibility import breaks
from deploy.local import asyncapi, history, node
from deploy.local.settings import ROOT

PARSER = ROOT / "deploy" / "asyncapi-parser"
OLD: dict[str, Any] = {
    "type": "object",
    "required": ["id", "state", "scope"],
    "properties": {
        "id": {"type": "string", "format": "uuid", "maxLength": 64},
        "state": {"type": "string", "enum": ["open", "closed"]},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "count": {"type": "integer", "minimum": 0},
        "scope": {"type": "array", "items": {"$ref": "#/$defs/Scope"}},
    },
    "$defs": {"Scope": {"type": "object", "required": ["region"], "properties": {"region": {"type": "string"}}}},
    "examples": [{"id": "0190f5fe-7d1e-7b5a-9c55-0d3c1f7a2b10", "state": "open", "scope": [{"region": "emea"}]}],
}


def changed(change: str) -> dict[str, Any]:
    """The contract after `change`, Python that works on `new`."""
    new = copy.deepcopy(OLD)
    exec(change, {"new": new, "properties": new["properties"]})
    return new


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("del properties['note']", "data.note is gone"),
        ("del properties['id']; new['required'].remove('id')", "data.id is gone"),
        ("new['required'].append('count')", "data.count must be there now"),
        ("properties['extra'] = {'type': 'string'}; new['required'].append('extra')", "data.extra must be there now"),
        ("new['required'].remove('state')", "data.state may be left out now"),
        ("properties['count']['type'] = 'string'", "data.count has another type: integer before, string now"),
        ("properties['count']['type'] = ['integer', 'null']", "data.count has another type"),
        ("properties['note'] = {'type': 'string'}", "data.note has another type"),
        ("properties['state']['enum'] = ['open']", "data.state has lost closed"),
        ("properties['count']['enum'] = [1]", "data.count is narrowed to 1"),
        ("properties['count']['minimum'] = 1", "data.count is narrowed: minimum is 1 now, 0 before"),
        ("properties['count']['maximum'] = 9", "data.count is narrowed: maximum is 9 now, not set before"),
        ("properties['id']['maxLength'] = 10", "data.id is narrowed"),
        ("properties['id']['pattern'] = 'x'", "data.id has another pattern"),
        ("properties['id']['format'] = 'date'", "data.id has another format: uuid before, date now"),
        ("new['additionalProperties'] = False", "data takes no further fields now"),
        ("del new['$defs']['Scope']['properties']['region']", "data.scope[].region is gone"),
        ("new['$defs']['Scope']['properties']['region']['type'] = 'integer'", "data.scope[].region has another type"),
        ("new['$defs']['Scope']['required'].append('area')", "data.scope[].area must be there now"),
        ("properties['note']['anyOf'].append({'type': 'integer'})", "data.note has other alternatives"),
    ],
)
def test_what_breaks_somebody_is_refused_in_words(change: str, told: str) -> None:
    found = breaks(OLD, changed(change))
    assert any(fault.startswith(told) for fault in found), found


@pytest.mark.parametrize(
    "change",
    [
        "pass",
        "properties['extra'] = {'type': 'string'}",
        "properties['state']['enum'].append('parked')",
        "properties['id']['maxLength'] = 128",
        "del properties['count']['minimum']",
        "properties['id']['description'] = 'The id.'",
        "new['$defs']['Scope']['properties']['area'] = {'type': 'string'}",
        "new['$defs']['Area'] = new['$defs'].pop('Scope'); properties['scope']['items'] = {'$ref': '#/$defs/Area'}",
    ],
)
def test_what_only_grows_passes(change: str) -> None:
    assert breaks(OLD, changed(change)) == []


def test_every_revision_counts_not_only_the_last() -> None:
    """Two edits that pass one by one, each against the revision before it, and break who knows the first."""
    first = {"schema": changed("properties['later'] = {'type': 'string'}"), "samples": []}
    second = {"schema": OLD, "samples": OLD["examples"]}
    assert history.faults_of(OLD, [second]) == []
    (fault,) = history.faults_of(OLD, [first, second])
    assert fault == "data.later is gone (revision 1). Publish a new version beside this one."


def test_an_old_sample_that_is_no_longer_good_is_named() -> None:
    sample = OLD["examples"][0] | {"count": 3}
    known = [{"schema": OLD, "samples": [sample]}]
    found = history.faults_of(changed("properties['count']['maximum'] = 2"), known)
    assert any("golden sample of revision 1 is no longer good: data.count" in fault for fault in found)


def test_the_contracts_of_today_break_nobody() -> None:
    assert history.faults() == []


@pytest.mark.parametrize("owner", list(history.folders()))
def test_every_event_has_its_golden_samples(owner: str) -> None:
    folder = history.folders()[owner]
    published = {path.stem for path in (folder / "events").glob("*.json")}
    assert {path.stem for path in (folder / "history").glob("*.json")} == published, "run `make schema`"
    for name in published:
        contract = json.loads((folder / "events" / f"{name}.json").read_text())
        last = history.revisions(folder, name)[-1]
        assert last["schema"].items() <= contract.items(), f"{name} grew: run `make schema`"
        assert all(revision["samples"] for revision in history.revisions(folder, name))


class TestAsyncApi:
    def test_the_document_is_what_the_contracts_say(self) -> None:
        assert json.loads(asyncapi.DOCUMENT.read_text()) == json.loads(json.dumps(asyncapi.document())), (
            "run `make schema`"
        )

    def test_it_tells_of_every_event(self) -> None:
        document = asyncapi.document()
        assert document["components"]["messages"].keys() == history.contracts().keys()
        assert "hris" in document["channels"]
        assert document["operations"]["training.hear-governance"]["action"] == "receive"

    def test_it_is_valid_for_the_parser_of_the_asyncapi_initiative(self) -> None:
        done = parsed(asyncapi.DOCUMENT.read_text())
        assert (done.returncode, done.stdout.strip()) == (0, "3.0.0"), done.stderr

    def test_the_parser_would_find_what_is_wrong(self) -> None:
        document = asyncapi.document()
        document["operations"]["hris.publish"]["channel"] = {"$ref": "#/channels/nowhere"}
        assert parsed(json.dumps(document)).returncode == 1


def parsed(text: str) -> subprocess.CompletedProcess[str]:
    node.install(PARSER)
    return node.node(PARSER, "validate.mjs", input=text)
