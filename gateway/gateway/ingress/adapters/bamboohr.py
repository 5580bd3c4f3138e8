"""BambooHR employee webhooks with fields: what HR changed, as hris.* events.

The employee id is the Employee # when the webhook posts it, else BambooHR's own record id; the manager's id is of the same
kind (`supervisorId` and `supervisorEId`). Post the same fields always, so that nobody is known by two ids. An event says
only what has changed: `changedFields` names it, `fields` has the values.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from gateway.ingress.adapters.mapping import (
    CannotMap,
    Mapped,
    Mapping,
    Received,
    day,
    each,
    fingerprint,
    instant,
    json_of,
)

FIELDS = (
    "employeeNumber", "firstName", "lastName", "preferredName", "workEmail", "department", "division", "jobTitle",
    "supervisorId", "supervisorEId", "hireDate", "terminationDate", "status", "jobInformationDate", "isSupervisor",
    "employmentHistoryStatus",
)  # fmt: skip
_UNSET = "unspecified"
_PLACES = {"department", "division", "supervisor", "supervisorId", "supervisorEId", "reportingTo"}
_NAMES = {"firstName", "lastName", "preferredName"}
_ENDS = {"status", "terminationDate", "employmentHistoryStatus", "employmentStatus"}
# Posted names are the form's labels unless the webhook renames them.
_LABELS = {
    "Employee #": "employeeNumber", "First Name": "firstName", "Last Name": "lastName", "Preferred Name": "preferredName",
    "Work Email": "workEmail", "Department": "department", "Division": "division", "Job Title": "jobTitle",
    "Hire Date": "hireDate", "Termination Date": "terminationDate", "Status": "status",
    "Job Information: Date": "jobInformationDate", "Reporting to": "reportingTo", "Employment Status": "employmentStatus",
}  # fmt: skip


def read(received: Received) -> Mapping:
    """The events that a webhook says. Raises CannotMap when it is none of BambooHR's."""
    body = json_of(received.body)
    employees = body.get("employees") if isinstance(body, dict) else None
    if not isinstance(employees, list):
        if isinstance(body, dict) and isinstance(body.get("data"), dict):
            raise CannotMap(
                "The event names the fields that changed and has no values. Choose field-based data for the webhook in "
                "BambooHR, or set BAMBOOHR_API_URL and BAMBOOHR_API_KEY, so that the values can be read."
            )
        raise CannotMap("The body has no list of employees.")
    return each(employees, lambda index, employee: _employee(index, employee, received))


def _employee(index: int, employee: dict[str, Any], received: Received) -> list[Mapped]:
    fields = {_LABELS.get(name, name): _value(value) for name, value in (employee.get("fields") or {}).items()}
    changed = {_LABELS.get(name, name) for name in employee.get("changedFields") or ()}
    told = instant(employee["timestamp"]) if employee.get("timestamp") else received.at
    employee_id = fields.get("employeeNumber") or str(employee.get("id") or "")
    if not employee_id:
        raise CannotMap("The employee has neither an id nor an Employee #.")
    action = str(employee.get("action") or "Updated").lower()
    parts = [_deleted(told)] if action == "deleted" else _told(action, fields, changed, told)
    return [
        Mapped(
            index,
            f"hris.{name}.v1",
            fingerprint("bamboohr", employee_id, name, told, data),
            {"employee_id": employee_id, **data},
            told,
        )
        for name, data in parts
    ]


def _value(field: Any) -> str:
    value = field.get("value") if isinstance(field, dict) else field
    return "" if value is None else str(value).strip()


def _deleted(told: datetime) -> tuple[str, dict[str, Any]]:
    return "employee-terminated", {"last_day": told.date().isoformat(), "reason": "record-deleted"}


def _told(action: str, fields: dict[str, str], changed: set[str], told: datetime) -> list[tuple[str, dict[str, Any]]]:
    if action == "created":
        return [("employee-hired", _whole(fields, told))]
    ended = _ended(fields, changed, told)
    if ended is not None:
        return [ended]
    effective = day(fields.get("jobInformationDate")) or told.date().isoformat()
    parts = []
    if changed & _PLACES and fields.get("department"):
        parts.append(("employee-transferred", {"effective_date": effective, **_place(fields)}))
    rest = _details(fields, changed)
    if rest:
        parts.append(("employee-changed", {"effective_date": effective, **rest}))
    if not parts and changed & (_PLACES | _NAMES | {"workEmail", "jobTitle"}):
        raise CannotMap(
            f"The values of {', '.join(sorted(changed))} were not posted. Add them to the webhook's fields."
        )
    return parts


def _ended(fields: dict[str, str], changed: set[str], told: datetime) -> tuple[str, dict[str, Any]] | None:
    """The end of an employment, or that it goes on after all; None when the change is not about that."""
    if not changed & _ENDS:
        return None
    last_day = day(fields.get("terminationDate"))
    status = fields.get("status", "").lower()
    if last_day or status == "inactive":
        return "employee-terminated", {"last_day": last_day or told.date().isoformat()}
    if status == "active" and "hireDate" in changed:
        return "employee-rehired", _whole(fields, told)
    if "terminationDate" in changed or (status == "active" and "status" in changed):
        return "employee-termination-rescinded", {}
    return None


def _whole(fields: dict[str, str], told: datetime) -> dict[str, Any]:
    name = _name(fields)
    if not name or not fields.get("department"):
        raise CannotMap("A hire needs the name and the department. Add them to the webhook's fields.")
    return {
        "effective_date": day(fields.get("hireDate")) or told.date().isoformat(),
        "name": name,
        "email": fields.get("workEmail") or None,
        **_place(fields),
        "job_function": fields.get("jobTitle") or _UNSET,
        "level": _UNSET,
        "is_people_manager": fields.get("isSupervisor", "").lower() in {"true", "yes", "1"},
    }


def _place(fields: dict[str, str]) -> dict[str, Any]:
    department, division = fields["department"], fields.get("division")
    manager = fields.get("supervisorId") if fields.get("employeeNumber") else fields.get("supervisorEId")
    place: dict[str, Any] = {"department": {"id": slug(department), "name": department}}
    if division:
        place["team"] = {"id": slug(f"{department} {division}"), "name": division}
    if manager:
        place["manager_id"] = manager
    return place


def _details(fields: dict[str, str], changed: set[str]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if changed & _NAMES and _name(fields):
        told["name"] = _name(fields)
    if "workEmail" in changed and fields.get("workEmail"):
        told["email"] = fields["workEmail"]
    if "jobTitle" in changed and fields.get("jobTitle"):
        told["job_function"] = fields["jobTitle"]
    return told


def _name(fields: dict[str, str]) -> str:
    first = fields.get("preferredName") or fields.get("firstName")
    return " ".join(part for part in (first, fields.get("lastName")) if part) if fields.get("lastName") else ""


def slug(name: str) -> str:
    """The id of a department or team that has only a name: `Sales EMEA` is `sales-emea`."""
    return re.sub(r"[^\w]+", "-", name.strip().lower()).strip("-")[:64] or _UNSET
