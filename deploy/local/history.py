"""Golden samples: every revision of every event that was ever published, and that the contracts of today honour them.

`contract/history/<type>.json` of each owner lists the revisions, the oldest first, each with its schema and its samples.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs

from chassis.compatibility import breaks
from deploy.local.settings import ROOT, SERVICES

_UNTOLD = {"$schema", "$id", "title", "description", "examples"}


def folders() -> dict[str, Path]:
    """Owner -> contract folder; the gateway has those of the systems outside."""
    return {name: ROOT / "services" / name / "contract" for name in SERVICES} | {"": ROOT / "gateway" / "contract"}


def contracts() -> dict[str, dict[str, Any]]:
    """Event type -> the contract of today."""
    return {
        f"{owner}.{path.stem}" if owner else path.stem: json.loads(path.read_text())
        for owner, folder in folders().items()
        for path in sorted((folder / "events").glob("*.json"))
    }


def revisions(folder: Path, name: str) -> list[dict[str, Any]]:
    """What was published of an event so far."""
    path = folder / "history" / f"{name}.json"
    found: list[dict[str, Any]] = json.loads(path.read_text()) if path.exists() else []
    return found


def faults() -> list[str]:
    """What the contracts of today break, a sentence each, and what to do about it."""
    return [fault for owner, folder in folders().items() for fault in _faults_of(owner, folder)]


def _faults_of(owner: str, folder: Path) -> Iterator[str]:
    today = {path.stem: json.loads(path.read_text()) for path in (folder / "events").glob("*.json")}
    for path in sorted((folder / "history").glob("*.json")):
        told = f"{owner}.{path.stem}" if owner else path.stem
        if path.stem not in today:
            yield f"{told} is no longer published. Publish it until nobody listens, then remove {_short(path)}."
            continue
        yield from (f"{told}: {fault}" for fault in faults_of(today[path.stem], revisions(folder, path.stem)))


def faults_of(contract: dict[str, Any], known: list[dict[str, Any]]) -> list[str]:
    """What a contract breaks of any revision that was published before it."""
    found: dict[str, None] = {}
    validator = jsonschema_rs.Draft202012Validator(contract, validate_formats=True)
    for number, revision in enumerate(known, start=1):
        for fault in breaks(revision["schema"], contract):
            found[f"{fault} (revision {number}). Publish a new version beside this one."] = None
        for sample in revision["samples"]:
            for error in validator.iter_errors(sample):
                where = ".".join(["data", *map(str, error.instance_path)])
                found[f"a golden sample of revision {number} is no longer good: {where}: {error.message}"] = None
    return list(found)


def keep() -> list[str]:
    """Add what grew since the last revision. Returns the faults; then nothing is kept."""
    wrong = faults()
    if wrong:
        return wrong
    for folder in folders().values():
        for path in sorted((folder / "events").glob("*.json")):
            contract, known = json.loads(path.read_text()), revisions(folder, path.stem)
            schema = {name: value for name, value in contract.items() if name not in _UNTOLD}
            if known and known[-1]["schema"] == schema:
                continue
            known.append({"schema": schema, "samples": contract["examples"]})
            (folder / "history").mkdir(exist_ok=True)
            (folder / "history" / path.name).write_text(json.dumps(known, indent=1) + "\n")
    return []


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT))
