"""The contracts of the events that come from outside: a JSON Schema each, in `contract/events`."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson

_TOLD_AT_MOST = 10


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field of the data."""

    field: str
    message: str


class ContractBroken(ValueError):
    """The event's data is not as its contract says."""

    def __init__(self, message: str, faults: list[Fault] | None = None) -> None:
        self.faults = faults or []
        super().__init__(message)


class Contracts:
    """The event types that may come from outside."""

    def __init__(self, folder: Path) -> None:
        self._validators = {
            path.stem: jsonschema_rs.Draft202012Validator(orjson.loads(path.read_bytes()), validate_formats=True)
            for path in sorted(folder.glob("*.json"))
        }
        if not self._validators:
            raise FileNotFoundError(f"There are no event contracts in {folder}.")

    @property
    def types(self) -> list[str]:
        """All known types."""
        return list(self._validators)

    def check(self, event_type: str, data: bytes) -> Any:
        """The data, decoded. Raises ContractBroken naming each field that is wrong."""
        validator = self._validators.get(event_type)
        if validator is None:
            owner = event_type.partition(".")[0]
            known = ", ".join(name for name in self._validators if name.startswith(f"{owner}."))
            raise ContractBroken(f"The type {event_type} is not known. Known are: {known}.")
        if not data:
            raise ContractBroken("The event has no data.", [Fault("data", "is missing")])
        try:
            content = orjson.loads(data)
        except orjson.JSONDecodeError as error:
            raise ContractBroken(f"The data is not JSON: {error}.", [Fault("data", "is not JSON")]) from None
        if not validator.is_valid(content):
            faults = [_fault(error) for error in islice(validator.iter_errors(content), _TOLD_AT_MOST)]
            told = "; ".join(f"{fault.field}: {fault.message}" for fault in faults)
            raise ContractBroken(f"The data is not as the contract of {event_type} says: {told}.", faults)
        return content


def _fault(error: jsonschema_rs.ValidationError) -> Fault:
    path = ["data", *(str(step) for step in error.instance_path)]
    missing = getattr(error.kind, "property", None)
    if missing is not None:
        return Fault(".".join([*path, str(missing)]), "is missing")
    return Fault(".".join(path), error.message)
