"""xAPI statements of a learning system (T09)."""

from itertools import permutations

import pytest

from chassis.testing import a_hire

from .conftest import types

VERBS = "http://adlnet.gov/expapi/verbs/"


def a_statement(id: str, course: str, verb: str = "passed", employee_id: str = "E0001", **more):
    return {
        "id": f"7f1c0000-0000-4000-8000-{id:0>12}",
        "actor": {"objectType": "Agent", "account": {"homePage": "https://hr.example", "name": employee_id}},
        "verb": {"id": VERBS + verb, "display": {"en": verb}},
        "object": {"objectType": "Activity", "id": f"https://lms.example/activities/{course}"},
        "result": {"score": {"scaled": 0.8}, "success": True, "completion": True},
        "timestamp": "2026-03-01T12:00:00Z",
        **more,
    }


def a_voiding(id: str):
    return {
        **a_statement("9999", "x", "voided"),
        "object": {"objectType": "StatementRef", "id": f"7F1C0000-0000-4000-8000-{id:0>12}"},
    }


@pytest.fixture
def told(deliver):
    async def tell(statement, **more):
        await deliver("lms.statement-recorded.v1", statement, **more)

    return tell


async def test_statements_award_the_credential_from_the_day_of_completion_T09_T10(universal, deliver, told, published):
    await deliver("hris.employee-hired.v1", a_hire("E0001"))
    await told(a_statement("1", "UF-1", "completed", timestamp="2026-02-27T12:00:00+01:00"))
    await told(a_statement("2", "UF-2"))
    events = await published()
    assert types(events, "training", "credential-awarded") == ["training-completed"] * 2 + ["credential-awarded"]
    assert events[-2]["data"]["valid_from"].startswith("2026-03-01T12:00")


async def test_the_same_statement_counts_once_T09(universal, deliver, told, published):
    await deliver("hris.employee-hired.v1", a_hire("E0001"))
    for _ in range(3):
        await told(a_statement("1", "UF-1"))
    assert types(await published(), "training") == ["training-completed"]


@pytest.mark.parametrize("verb", ["attempted", "initialized", "experienced"])
async def test_other_verbs_are_not_for_us_T09(universal, deliver, told, published, verb):
    await deliver("hris.employee-hired.v1", a_hire("E0001"))
    await told(a_statement("1", "UF-1", verb))
    assert types(await published(), "training") == []


async def test_failed_and_unsuccessful_and_low_scores_do_not_pass_T09(universal, deliver, told, published):
    await deliver("hris.employee-hired.v1", a_hire("E0001"))
    await told(a_statement("1", "UF-1", "failed"))
    await told(a_statement("2", "UF-1", "completed", result={"success": False}))
    await told(a_statement("3", "UF-2", "passed", result={"score": {"scaled": 0.5}}))
    assert types(await published(), "training") == ["training-failed"] * 3


async def test_a_statement_waits_for_its_person_and_its_course_T09(universal, deliver, told, published, database):
    await told(a_statement("1", "UF-1"), parks=True)
    await told(a_statement("2", "LATER-1"), parks=True)
    await told(a_statement("3", "UF-1", actor={"objectType": "Agent", "name": "somebody"}), parks=True)
    assert types(await published(), "training") == []
    async with database.read() as connection:
        parked = await connection.fetch("SELECT error FROM dead_letters ORDER BY id")
    assert [row["error"] for row in parked] == ["NotYet", "NotYet", "ValueError"]


async def test_an_mbox_finds_its_person_T09(universal, deliver, told, published):
    await deliver("hris.employee-hired.v1", a_hire("E0001"))
    await told(a_statement("1", "UF-1", actor={"mbox": "mailto:E0001@Example.com"}))
    assert types(await published(), "training") == ["training-completed"]


async def test_a_voided_statement_takes_the_credential_along_and_a_new_one_brings_it_back_T09(
    universal, deliver, told, published, states
):
    await deliver("hris.employee-hired.v1", a_hire("E0001"))
    await told(a_statement("1", "UF-1"))
    await told(a_statement("2", "UF-2"))
    await told(a_voiding("2"))
    await told(a_voiding("2"))
    assert await states("E0001") == {"universal-fluency": "ASSIGNED"}
    await told(a_statement("3", "UF-2"))
    assert await states("E0001") == {"universal-fluency": "SATISFIED"}
    assert types(await published(), "training-voided", "credential-awarded", "credential-revoked") == [
        "credential-awarded", "training-voided", "credential-revoked", "credential-awarded",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "order", list(permutations([a_statement("1", "UF-1"), a_statement("2", "UF-2"), a_voiding("2")]))
)
async def test_voiding_holds_whenever_it_comes_T09(order, universal, deliver, told, learner):
    await deliver("hris.employee-hired.v1", a_hire("E0001"))
    for statement in order:
        await told(statement)
    found = await learner("E0001")
    assert [one["status"] for one in found["credentials"]] in ([], ["REVOKED"])
    assert found["trainingAssignments"][0]["state"] in ("ASSIGNED", "IN_PROGRESS")


async def test_a_statement_about_a_person_is_not_for_us_T09(universal, deliver, told, published):
    await told(a_statement("1", "x", "mentored", object={"objectType": "Agent", "mbox": "mailto:a@example.com"}))
    await told(a_statement("2", "x", "passed", object={"objectType": "Agent"}), parks=True)
    assert types(await published(), "training") == []
