"""ServiceNow records as its Table API writes them: incidents, and requested items that are fulfilled.

Everything is a string there: `"true"`, `"2"`, `""` for nothing; a reference is `{"link": ..., "value": <sys_id>}`, with a
`display_value` when it was asked for; times are in UTC without saying so.
"""

from __future__ import annotations

from typing import Any

from gateway.ingress.adapters.mapping import CannotMap, Mapped, Mapping, Received, each, fingerprint, instant, json_of

_STATES = {
    "1": "new", "2": "in-progress", "3": "on-hold", "6": "resolved", "7": "closed", "8": "canceled",
}  # fmt: skip
_FULFILLED = "3"  # sc_req_item: Closed Complete


def read(received: Received) -> Mapping:
    """The events that one or many records say. Raises CannotMap when there are no records."""
    body = json_of(received.body)
    if isinstance(body, dict):
        body = body.get("result", body.get("records", body.get("record", body)))
    records = body if isinstance(body, list) else [body]
    return each(records, lambda index, record: _record(index, record, received))


def _record(index: int, record: dict[str, Any], received: Received) -> list[Mapped]:
    number = _text(record, "number")
    if not number:
        raise CannotMap("The record has no number.")
    table = _text(record, "sys_class_name") or ("incident" if number.startswith("INC") else "")
    updated = _text(record, "sys_updated_on")
    when = instant(updated) if updated else received.at
    told = _incident(record, number) if table == "incident" else None
    if table == "sc_req_item" or (not table and number.startswith("RITM")):
        told = _request(record, number)
        if told is None:
            return []
    if told is None:
        raise CannotMap(
            f"Records of {table or number} are not read here: send incidents and requested items (sc_req_item)."
        )
    name, data = told
    turn = _text(record, "sys_mod_count") or updated or received.delivery
    return [Mapped(index, name, fingerprint("servicenow", data["number"], name, turn, data), data, when)]


def _incident(record: dict[str, Any], number: str) -> tuple[str, dict[str, Any]]:
    code = _text(record, "state") or _text(record, "incident_state") or ""
    state = _STATES.get(code, code.lower().replace(" ", "-"))
    if not state:
        raise CannotMap(f"{number} has no state.")
    opened = _text(record, "opened_at") or _text(record, "sys_created_on")
    if not opened:
        raise CannotMap(f"{number} does not say when it was opened.")
    resolved = _text(record, "resolved_at")
    data = {
        "number": number,
        "sys_id": _text(record, "sys_id"),
        "short_description": _text(record, "short_description"),
        "category": _text(record, "category"),
        "assignment_group": _text(record, "assignment_group"),
        "configuration_item": _text(record, "cmdb_ci"),
        "priority": _number(record, "priority"),
        "state": state,
        "opened_at": instant(opened).isoformat(),
        "resolved_at": instant(resolved).isoformat() if resolved else None,
        "made_sla": _truth(record, "made_sla"),
        "reopen_count": _number(record, "reopen_count"),
    }
    return f"itsm.incident-{_happened(state, data, record)}.v1", data


def _happened(state: str, data: dict[str, Any], record: dict[str, Any]) -> str:
    if state in {"closed", "canceled"}:
        return "closed"
    if state == "resolved" and data["resolved_at"]:
        return "resolved"
    return "created" if _text(record, "sys_mod_count") in {"0", None} and state == "new" else "updated"


def _request(record: dict[str, Any], number: str) -> tuple[str, dict[str, Any]] | None:
    """A fulfilled item; None while it is under way, for nothing was handed out then."""
    if _text(record, "state") not in {_FULFILLED, "Closed Complete"}:
        return None
    person = _text(record, "requested_for.employee_number") or _text(record, "requested_for")
    item = _text(record, "cat_item")
    fulfilled = _text(record, "closed_at") or _text(record, "sys_updated_on")
    for name, value in (("requested_for", person), ("cat_item", item), ("closed_at", fulfilled)):
        if not value:
            raise CannotMap(f"{number} has no {name}.")
    data = {"number": number, "item": item, "requested_for": person, "fulfilled_at": instant(fulfilled).isoformat()}
    return "itsm.request-fulfilled.v1", data


def _text(record: dict[str, Any], name: str) -> str | None:
    """A field's text; a reference by what it shows, else by its sys_id; None for an empty one."""
    value = record.get(name)
    if isinstance(value, dict):
        value = value.get("display_value") or value.get("value")
    text = "" if value is None else str(value).strip()
    return text or None


def _number(record: dict[str, Any], name: str) -> int | None:
    text = _text(record, name)
    if text is None:
        return None
    try:
        return int(text.split(" ", 1)[0])  # "2 - High" where display values were asked for
    except ValueError:
        raise CannotMap(f"{name} is not a number: {text!r}.") from None


def _truth(record: dict[str, Any], name: str) -> bool | None:
    text = _text(record, name)
    return None if text is None else text.lower() in {"true", "1", "yes"}
