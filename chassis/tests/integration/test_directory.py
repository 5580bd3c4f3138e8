"""The directory against Postgres: who works here, and whom the slices are told of (X03, C5a-C5c)."""

from datetime import date, timedelta

import pytest
import strawberry

from chassis import directory
from chassis.clock import FixedClock
from chassis.database import Database, Transaction
from chassis.directory import Directory, Person
from chassis.service import Service
from chassis.testing import Delivers, a_hire

told: list[str] = []


async def joined(tx: Transaction, person: Person) -> None:
    told.append(f"joined {person.id} {person.department_id}")


async def moved(tx: Transaction, person: Person, before: Person) -> None:
    told.append(f"moved {person.id} {before.department_id}->{person.department_id}")


async def left(tx: Transaction, person: Person) -> None:
    told.append(f"left {person.id}")


@strawberry.type
class Query:
    nothing: str = "nothing"


@pytest.fixture(scope="session")
def service() -> Service:
    return Service(
        name="people",
        package="chassis",
        schema=strawberry.federation.Schema(query=Query),
        directory=Directory(joined=[joined], moved=[moved], left=[left]),
    )


@pytest.fixture(autouse=True)
def _forget() -> None:
    told.clear()


async def test_a_hire_is_known_and_told_once_C5a(deliver, database):
    await deliver("hris.employee-hired.v1", a_hire("E1"), id="one")
    await deliver("hris.employee-hired.v1", a_hire("E1"), id="one")
    await deliver("hris.employee-changed.v1", a_hire("E1"), id="two")
    assert told == ["joined E1 sales"]
    async with database.read() as connection:
        person = await directory.person(connection, "E1")
        assert person is not None
        assert (person.status, person.department_id, person.team_id) == ("active", "sales", "sales-one")
        assert [one.id for one in await directory.members(connection, department_id="sales")] == ["E1"]
        assert (await directory.departments(connection))["sales"].name == "Sales"
        assert [one.id for one in await directory.listing(connection, search="person e", limit=5)] == ["E1"]
        assert await directory.count(connection, status="active") == 1


async def test_nothing_happens_before_a_future_hire_takes_effect_C5a(deliver, run_due, clock, database):
    await deliver("hris.employee-hired.v1", a_hire("E1", effective_date="2026-03-09"))
    await run_due()
    assert told == []
    async with database.read() as connection:
        person = await directory.person(connection, "E1")
        assert person is not None
        assert person.status == "pending"
        assert await directory.members(connection) == []
    clock.advance(timedelta(days=7))
    assert await run_due() == 1
    assert told == ["joined E1 sales"]


async def test_a_termination_takes_effect_when_the_last_day_has_ended_C5c(deliver, run_due, clock):
    await deliver("hris.employee-hired.v1", a_hire("E1"))
    await deliver(
        "hris.employee-terminated.v1", {"employee_id": "E1", "last_day": "2026-03-02", "time_zone": "Asia/Tokyo"}
    )
    assert told == ["joined E1 sales"]
    clock.advance(timedelta(hours=6))
    await run_due()
    assert told == ["joined E1 sales", "left E1"]


async def test_a_termination_that_comes_before_the_hire_counts_C5c(deliver):
    await deliver("hris.employee-terminated.v1", {"employee_id": "E1", "last_day": "2026-02-01"})
    await deliver("hris.employee-hired.v1", a_hire("E1"))
    assert told == ["left E1"]


async def test_a_rescinded_termination_brings_the_person_back_C5c(deliver):
    await deliver("hris.employee-hired.v1", a_hire("E1"))
    await deliver("hris.employee-terminated.v1", {"employee_id": "E1", "last_day": "2026-03-01"}, id="2")
    await deliver("hris.employee-termination-rescinded.v1", {"employee_id": "E1"}, id="3")
    assert told == ["joined E1 sales", "left E1", "joined E1 sales"]


async def test_a_transfer_keeps_the_day_of_each_membership_C5b(deliver, database):
    await deliver("hris.employee-hired.v1", a_hire("E1"))
    await deliver(
        "hris.employee-transferred.v1",
        {"employee_id": "E1", "effective_date": "2026-02-15", "department": {"id": "legal", "name": "Legal"}},
    )
    assert told == ["joined E1 sales", "moved E1 sales->legal"]
    async with database.read() as connection:
        before = await directory.person(connection, "E1", on=date(2026, 2, 14))
        after = await directory.person(connection, "E1", on=date(2026, 2, 15))
        assert before is not None
        assert after is not None
        assert (before.department_id, after.department_id, after.team_id) == ("sales", "legal", None)


async def test_leave_is_a_status_and_not_an_end_X03(deliver, database):
    await deliver("hris.employee-hired.v1", a_hire("E1"))
    await deliver("hris.employee-leave-started.v1", {"employee_id": "E1", "effective_date": "2026-03-01"})
    async with database.read() as connection:
        person = await directory.person(connection, "E1")
        assert person is not None
        assert person.status == "on_leave"
        assert person.works_here
    assert told == ["joined E1 sales"]


async def test_names_are_found_by_the_beginning_of_their_words_whatever_is_in_them(database: Database) -> None:
    names = ["Ann O'Brien", "anna-lena Öz", "Bob 50%_off", "Ann  Twice", "Cy \\Back", "Cory Annis"]
    async with database.transaction() as tx:
        for n, name in enumerate(names):
            await tx.execute("INSERT INTO employees (id, name) VALUES ($1, $2)", f"N{n}", name)

    async def found(**wanted: str | int) -> list[str]:
        async with database.read() as connection:
            people = await directory.listing(connection, **wanted)  # type: ignore[arg-type]
            pending = await directory.listing(connection, **wanted | {"status": "pending"})  # type: ignore[arg-type]
            assert [one.id for one in people] == [one.id for one in pending]
            assert await directory.count(connection, search=str(wanted["search"])) == len(people)
            return [one.id for one in people]

    assert await found(search="ann") == ["N0", "N1", "N3", "N5"]
    assert await found(search=" Ann O'") == ["N0"]
    assert await found(search="brien") == []
    assert await found(search="50%_") == ["N2"]
    assert await found(search="%") == []
    assert await found(search="_") == []
    assert await found(search="\\b") == ["N4"]
    assert await found(search="cory annis") == ["N5"]
    assert await found(search="o' ann") == []


async def test_people_are_narrowed_by_where_they_belong_and_how_they_stand_today(
    database: Database, deliver: Delivers, clock: FixedClock
) -> None:
    for id in ("E1", "E2", "E3", "E4"):
        await deliver("hris.employee-hired.v1", a_hire(id), subject=id)
    today = clock.now.date()
    await deliver(
        "hris.employee-transferred.v1",
        {"employee_id": "E2", "effective_date": today.isoformat(), "department": {"id": "it", "name": "IT"}},
        subject="E2",
    )
    await deliver(
        "hris.employee-leave-started.v1", {"employee_id": "E3", "effective_date": today.isoformat()}, subject="E3"
    )
    await deliver(
        "hris.employee-terminated.v1",
        {"employee_id": "E4", "last_day": (today - timedelta(days=1)).isoformat()},
        subject="E4",
    )
    await deliver(
        "hris.employee-hired.v1", a_hire("E5", effective_date=(today + timedelta(days=9)).isoformat()), subject="E5"
    )

    async def found(**wanted: str) -> list[str]:
        async with database.read() as connection:
            people = await directory.listing(connection, **wanted)  # type: ignore[arg-type]
            assert await directory.count(connection, **wanted) == len(people)  # type: ignore[arg-type]
            return [one.id for one in people]

    assert await found(department_id="it") == ["E2"]
    assert await found(status="active") == ["E1", "E2"]
    assert await found(status="on_leave") == ["E3"]
    assert await found(status="terminated") == ["E4"]
    assert await found(status="pending") == ["E5"]
    assert await found(department_id="sales", status="active") == ["E1"]
    async with database.read() as connection:
        assert [one.id for one in await directory.listing(connection, status="active", after="E1")] == ["E2"]
