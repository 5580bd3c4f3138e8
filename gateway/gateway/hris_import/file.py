"""The HR file: CSV with a header line, or a JSON object on each line. What is wrong is told by line number, all at once."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import orjson

from gateway.hris_import.people import Person, Place

T = TypeVar("T")
FIELDS = (
    "employee_id", "name", "email", "department_id", "department_name", "team_id", "team_name", "manager_id",
    "job_function", "level", "is_people_manager", "hired_on", "last_day",
)  # fmt: skip
_NEEDED = ("employee_id", "name", "department_id", "job_function", "level")
_LONGEST = 200
_LONGEST_ID = 64
_TOLD_AT_MOST = 20
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class FileWrong(Exception):
    """The file cannot be imported. The message has a sentence for each line that is wrong."""


def read(path: Path) -> list[Person]:
    """Everybody in the file. Raises FileWrong."""
    wrong: list[str] = []
    people: dict[str, Person] = {}
    lines: dict[str, int] = {}
    try:
        for line, row in _rows(path, wrong):
            try:
                person = _person(row)
            except ValueError as error:
                wrong.append(f"line {line}: {error}")
                continue
            if person.employee_id in people:
                first = lines[person.employee_id]
                wrong.append(f"line {line}: employee {person.employee_id} stands in line {first} already")
            people[person.employee_id] = person
            lines.setdefault(person.employee_id, line)
    except OSError as error:
        raise FileWrong(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise FileWrong(f"{path} is not UTF-8. Save it as UTF-8.") from None
    if not people and not wrong:
        wrong.append("there is nobody in it; an empty file is no full snapshot")
    if wrong:
        more = [f"and {len(wrong) - _TOLD_AT_MOST} more"] if len(wrong) > _TOLD_AT_MOST else []
        raise FileWrong("\n".join(f"{path.name}: {one}" for one in [*wrong[:_TOLD_AT_MOST], *more]))
    return list(people.values())


def _rows(path: Path, wrong: list[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline()
        file.seek(0)
        if first.lstrip("\ufeff").startswith("{"):
            yield from _json_lines(file, wrong)
            return
        reader = csv.DictReader(file, strict=True)
        header = [name.strip() for name in reader.fieldnames or ()]
        missing = [name for name in _NEEDED if name not in header]
        unknown = [name for name in header if name not in FIELDS]
        if missing or unknown:
            wrong.append(
                "line 1: the header "
                + " and ".join(
                    [f"lacks {', '.join(missing)}"] * bool(missing)
                    + [f"has unknown {', '.join(unknown)}"] * bool(unknown)
                )
                + f"; known are {', '.join(FIELDS)}"
            )
            return
        reader.fieldnames = header
        try:
            for row in reader:
                if None in row or None in row.values():
                    wrong.append(f"line {reader.line_num}: it has not as many fields as the header")
                    continue
                yield reader.line_num, row
        except csv.Error as error:
            wrong.append(f"line {reader.line_num}: {error}")


def _json_lines(file: Any, wrong: list[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            wrong.append(f"line {number}: not JSON: {error}")
            continue
        if not isinstance(row, dict):
            wrong.append(f"line {number}: not a JSON object")
            continue
        unknown = sorted(row.keys() - set(FIELDS))
        if unknown:
            wrong.append(f"line {number}: unknown {', '.join(unknown)}; known are {', '.join(FIELDS)}")
            continue
        yield number, row


def _person(row: dict[str, Any]) -> Person:
    text = {name: _text(row, name) for name in FIELDS if name != "is_people_manager"}
    for name in _NEEDED:
        if not text[name]:
            raise ValueError(f"{name} is empty")
    return Person(
        employee_id=text["employee_id"] or "",
        name=text["name"],
        email=text["email"],
        department=_place(text, "department"),
        team=_place(text, "team"),
        manager_id=text["manager_id"],
        job_function=text["job_function"],
        level=text["level"],
        is_people_manager=_truth(row.get("is_people_manager")),
        hired_on=_day(text, "hired_on"),
        last_day=_day(text, "last_day"),
    )


def _text(row: dict[str, Any], name: str) -> str | None:
    value = row.get(name)
    text = "" if value is None else str(value).strip()
    most = _LONGEST_ID if name.endswith("_id") else _LONGEST
    if len(text) > most:
        raise ValueError(f"{name} is longer than {most} characters")
    return text or None


def _place(text: dict[str, str | None], kind: str) -> Place | None:
    id = text[f"{kind}_id"]
    return Place(id, text[f"{kind}_name"]) if id else None


def _day(text: dict[str, str | None], name: str) -> date | None:
    return _parsed(text[name], date.fromisoformat, f"{name} is not a day such as 2026-01-31")


def _truth(value: Any) -> bool | None:
    if value is None or str(value).strip() == "":
        return None
    return _parsed(str(value).strip().lower(), _TRUTH.__getitem__, "is_people_manager is neither true nor false")


def _parsed(text: str | None, parse: Callable[[str], T], wrong: str) -> T | None:
    if text is None:
        return None
    try:
        return parse(text)
    except (KeyError, ValueError):
        raise ValueError(f"{wrong}: {text!r}") from None
