"""A full HR file: reading it, and what it says otherwise than the directory."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.hris_import.differences import Difference, TooManyLeave, differences, guard
from gateway.hris_import.file import FileWrong, read
from gateway.hris_import.people import Person, Place
from gateway.ingress.contracts import Contracts
from gateway.settings import shipped

TODAY = date(2026, 3, 2)
HEADER = (
    "employee_id,name,email,department_id,department_name,team_id,manager_id,job_function,level,is_people_manager,"
    "hired_on,last_day"
)


def a_person(id: str = "E1", **more: Any) -> Person:
    given: dict[str, Any] = {
        "employee_id": id, "name": f"Person {id}", "department": Place("sales", "Sales"), "job_function": "seller",
        "level": "3", "is_people_manager": False, "hired_on": date(2024, 1, 1),
    }  # fmt: skip
    return Person(**(given | more))


def known(id: str = "E1", **more: Any) -> Person:
    return a_person(id, **({"status": "ACTIVE"} | more))


def told(file: list[Person], directory: list[Person]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(one.kind, one.employee_id, one.data) for one in differences(file, directory, TODAY)]


class TestFile:
    def test_csv(self, tmp_path: Path) -> None:
        file = tmp_path / "people.csv"
        file.write_text(
            f"\ufeff{HEADER}\nE1,Ada Example,ada@example.com,sales,Sales,sales-emea,E2,seller,3,yes,2024-01-01,\n"
            'E2,"Boss, The",,sales,,,,head,9,,,2026-12-31\n'
        )
        ada, boss = read(file)
        assert ada == Person(
            employee_id="E1", name="Ada Example", email="ada@example.com", department=Place("sales", "Sales"),
            team=Place("sales-emea"), manager_id="E2", job_function="seller", level="3", is_people_manager=True,
            hired_on=date(2024, 1, 1),
        )  # fmt: skip
        assert (boss.name, boss.is_people_manager, boss.last_day) == ("Boss, The", None, date(2026, 12, 31))

    def test_json_lines(self, tmp_path: Path) -> None:
        file = tmp_path / "people.jsonl"
        row = {"employee_id": "E1", "name": "Ada", "department_id": "sales", "job_function": "seller", "level": 3}
        file.write_bytes(
            orjson.dumps(row) + b"\n\n" + orjson.dumps(row | {"employee_id": "E2", "is_people_manager": True})
        )
        first, second = read(file)
        assert (first.level, second.is_people_manager) == ("3", True)

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            ("employee_id,name\nE1,Ada\n", "line 1: the header lacks department_id, job_function, level"),
            (f"{HEADER},salary\n", "line 1: the header has unknown salary"),
            (f"{HEADER}\nE1,Ada,,sales,,,,seller,3,,,\nE1,Ada,,sales,,,,seller,3,,,\n", "line 3: employee E1 stands in line 2"),
            (f"{HEADER}\nE1,,,sales,,,,seller,3,,,\n", "line 2: name is empty"),
            (f"{HEADER}\nE1,Ada,,sales,,,,seller,3,maybe,,\n", "line 2: is_people_manager is neither true nor false: 'maybe'"),
            (f"{HEADER}\nE1,Ada,,sales,,,,seller,3,,01.02.2026,\n", "line 2: hired_on is not a day such as 2026-01-31"),
            (f"{HEADER}\nE1,Ada\n", "line 2: it has not as many fields"),
            (f"{HEADER}\n{'x' * 65},Ada,,sales,,,,seller,3,,,\n", "line 2: employee_id is longer than 64"),
            ('{"employee_id": "E1"}\n{\n', "line 2: not JSON"),
            ('{"employee_id": "E1", "wage": 3}\n', "line 1: unknown wage"),
            (f"{HEADER}\n", "there is nobody in it"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_told_by_line(self, tmp_path: Path, content: str, said: str) -> None:
        file = tmp_path / "people.csv"
        file.write_text(content)
        with pytest.raises(FileWrong) as failure:
            read(file)
        assert said in str(failure.value)

    def test_everything_wrong_is_told_at_once(self, tmp_path: Path) -> None:
        file = tmp_path / "people.csv"
        file.write_text(HEADER + "\n" + ",,,,,,,,,,,\n" * 30)
        with pytest.raises(FileWrong) as failure:
            read(file)
        assert "line 2:" in str(failure.value)
        assert "and 10 more" in str(failure.value)


class TestDifferences:
    def test_nothing_to_tell(self) -> None:
        assert told([a_person(), a_person("E2")], [known(), known("E2")]) == []

    def test_who_is_new(self) -> None:
        ((kind, id, data),) = told([a_person(hired_on=date(2026, 4, 1))], [])
        assert (kind, id, data["effective_date"], data["name"]) == ("hired", "E1", "2026-04-01", "Person E1")

    def test_who_came_back(self) -> None:
        gone = known(status="TERMINATED", hired_on=date(2020, 1, 1))
        ((kind, _, data),) = told([a_person(hired_on=date(2026, 2, 1))], [gone])
        assert (kind, data["effective_date"]) == ("rehired", "2026-02-01")
        ((_, _, data),) = told([a_person(hired_on=date(2020, 1, 1))], [gone])
        assert data["effective_date"] == "2026-03-02"

    def test_only_what_changed_and_not_what_is_empty(self) -> None:
        file = [a_person(department=Place("support"), email=None, level="4")]
        assert told(file, [known(email="a@example.com")]) == [
            ("changed", "E1", {"effective_date": "2026-03-02", "department": {"id": "support"}, "level": "4"})
        ]

    def test_who_is_gone(self) -> None:
        assert told([a_person("E2")], [known(), known("E2"), known("E3", status="TERMINATED")]) == [
            ("terminated", "E1", {"last_day": "2026-03-01"})
        ]

    def test_who_is_to_begin_stays(self) -> None:
        assert told([a_person("E2")], [known("E2"), known(status="PENDING")]) == []

    def test_who_leaves_later_or_left(self) -> None:
        assert told([a_person(last_day=date(2026, 12, 31))], [known()]) == [
            ("terminated", "E1", {"last_day": "2026-12-31"})
        ]
        assert told([a_person(last_day=date(2026, 1, 31))], [known()]) == [
            ("terminated", "E1", {"last_day": "2026-01-31"})
        ]
        assert told([a_person(last_day=date(2026, 1, 31))], []) == []

    def test_the_same_difference_is_the_same_event(self) -> None:
        first, again = (differences([a_person()], [], TODAY)[0].event() for _ in range(2))
        assert first == again

    def test_the_guard(self) -> None:
        directory = [known(f"E{number}") for number in range(20)]
        found = differences([a_person(f"E{number}") for number in range(18)], directory, TODAY)
        guard(found, directory, TODAY, 0.1)
        with pytest.raises(TooManyLeave, match=r"2 of 20 people would be terminated: 10.0%, and 5.0% may be"):
            guard(found, directory, TODAY, 0.05)


PEOPLE = st.builds(
    a_person,
    id=st.sampled_from(["E1", "E2", "E3", "E4"]),
    level=st.sampled_from(["1", "2"]),
    email=st.sampled_from([None, "a@example.com"]),
    team=st.sampled_from([None, Place("one"), Place("two", "Two")]),
    last_day=st.sampled_from([None, TODAY - timedelta(days=9), TODAY + timedelta(days=9)]),
)


@given(st.lists(PEOPLE, unique_by=lambda one: one.employee_id), st.lists(PEOPLE, unique_by=lambda one: one.employee_id))
def test_every_event_is_as_its_contract_says(file: list[Person], directory: list[Person]) -> None:
    contracts = Contracts(shipped("contract") / "events")
    at_work = [
        Person(**{name: getattr(one, name) for name in one.__slots__} | {"status": "ACTIVE"}) for one in directory
    ]
    found: list[Difference] = differences(file, at_work, TODAY)
    for one in found:
        event = one.event()
        assert contracts.check(event["type"], orjson.dumps(event["data"])) == event["data"]
