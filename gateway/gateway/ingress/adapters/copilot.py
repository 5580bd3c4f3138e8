"""GitHub Copilot usage metrics by user and day, as its reports come: a line of JSON each (NDJSON), or a JSON list.

A day that GitHub restates comes again in a later report and replaces what was told of it, because the event is told later.
The same report again is the same events.
"""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from typing import Any

import orjson

from gateway.ingress.adapters.mapping import CannotMap, Mapped, Mapping, Received, day, each, fingerprint, shown

_TYPE = "usage.day-recorded.v1"


@dataclass(frozen=True, slots=True)
class Copilot:
    """`tool` is Copilot's code in governance; `logins` says whose a GitHub login is, where it is not the employee id.

    The logins of managed users end with `_` and the company's short code, which is no part of the employee id.
    """

    tool: str = "github-copilot"
    logins: Dictionary[str, str] = field(default_factory=dict)

    def read(self, received: Received) -> Mapping:
        """The days that a report has. Raises CannotMap when it is no report."""
        found = each(
            (line for line in _lines(received.body)), lambda index, record: self._record(index, record, received)
        )
        if not found:
            raise CannotMap("The report has no days.")
        return found

    def _record(self, index: int, record: dict[str, Any], received: Received) -> list[Mapped]:
        if "_line" in record:
            raise CannotMap(record["_line"])
        login = str(record.get("user_login") or "")
        if not login:
            raise CannotMap("The record names no user. Send the report by user: totals can be attributed to nobody.")
        on = day(record.get("day"))
        if on is None:
            raise CannotMap(f"The record of {login} has no day.")
        cli = record.get("totals_by_cli") or {}
        tokens = cli.get("token_usage") or {}
        data = {
            "employee_id": self._person(login),
            "tool": self.tool,
            "day": on,
            "actions": _count(record, "user_initiated_interaction_count")
            + _count(record, "code_acceptance_activity_count")
            + _count(cli, "prompt_count"),
            "sessions": _count(cli, "session_count") if cli else None,
            "tokens": _count(tokens, "prompt_tokens_sum") + _count(tokens, "output_tokens_sum") if tokens else None,
        }
        return [Mapped(index, _TYPE, fingerprint("copilot", received.delivery, data), data, received.at)]

    def _person(self, login: str) -> str:
        known = self.logins.get(login)
        return known or login.rpartition("_")[0] or login


def _lines(body: bytes) -> list[Any]:
    """The records. A line that is no JSON stands for itself with what is wrong, so that the others are read."""
    text = body.strip()
    if text.startswith(b"["):
        try:
            records = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise CannotMap(f"The body is not JSON: {error}.") from None
        return list(records)
    found: list[Any] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found.append(orjson.loads(line))
        except orjson.JSONDecodeError as error:
            found.append({"_line": f"Line {number} is not JSON: {error}."})
    return found


def _count(record: dict[str, Any], name: str) -> int:
    value = record.get(name) or 0
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise CannotMap(f"{name} must be a whole number from 0 up, not {shown(value)}.")
    return value
