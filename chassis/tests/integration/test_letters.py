"""Dead letters: one bad event stands alone, its aggregate waits in order, and somebody's decision is kept (X02)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
import strawberry

from chassis import inbox, letters
from chassis.database import Database, Transaction
from chassis.domain import Refused
from chassis.graphql import schema
from chassis.inbox import Handling, Record
from chassis.service import Service
from chassis.testing import a_caller


@dataclass(frozen=True, slots=True)
class Said:
    word: str


async def hear(tx: Transaction, event: Said) -> None:
    match event.word:
        case "refused":
            raise Refused
        case "broken":
            raise AttributeError(event.word)
        case "lost":
            raise asyncpg.PostgresConnectionError("the connection is lost")
        case "child":
            await tx.execute("INSERT INTO children (parent) VALUES ('parent')")
        case "parent":
            await tx.execute("INSERT INTO parents (id) VALUES ('parent')")
    assert tx.cause is not None
    await tx.execute("INSERT INTO heard (subject, word) VALUES ($1, $2)", tx.cause.subject, event.word)


HANDLING = Handling({"source.word-said.v1": [hear]})


@strawberry.type
class Query:
    nothing: str = "nothing"


@pytest.fixture(scope="session")
def service() -> Service:
    return Service(name="note", package="chassis", schema=schema(Query, service="note"))


@pytest.fixture
async def hearing(database: Database) -> Database:
    async with database.transaction() as tx:
        await tx.execute("CREATE TABLE heard (n bigint GENERATED ALWAYS AS IDENTITY, subject text, word text)")
        await tx.execute("CREATE TABLE parents (id text PRIMARY KEY)")
        await tx.execute("CREATE TABLE children (parent text REFERENCES parents)")
    return database


def said(subject: str, sequence: int, word: str, *more: tuple[str, bytes]) -> Record:
    attributes = {
        "specversion": "1.0", "id": f"{subject}/{sequence}", "type": "source.word-said.v1", "source": "/opmodel/source",
        "subject": subject, "sequence": str(sequence),
    }  # fmt: skip
    headers: list[Any] = [(f"ce_{name}", value.encode()) for name, value in attributes.items()]
    return Record("source.events", 0, sequence, [*headers, *more], b"key", b'{"word": "%s"}' % word.encode())


async def take(database: Database, *records: Record) -> None:
    await inbox.take(database, HANDLING, inbox.read(records))


async def heard(database: Database, subject: str | None = None) -> list[str]:
    async with database.read() as connection:
        rows = await connection.fetch(
            "SELECT word FROM heard WHERE $1::text IS NULL OR subject = $1 ORDER BY n", subject
        )
    return [row["word"] for row in rows]


async def parked(database: Database) -> list[asyncpg.Record]:
    async with database.read() as connection:
        return await connection.fetch("SELECT * FROM dead_letters ORDER BY id")


async def test_bad_events_in_a_batch_stand_alone_and_the_batch_is_one_transaction(hearing: Database):
    batch = [said(f"s{n}", 1, "refused" if n in (3, 7) else "fine") for n in range(20)]
    await take(hearing, *batch)
    assert await heard(hearing) == ["fine"] * 18
    assert await letters.waiting(hearing) == {"parked": 2}
    async with hearing.read() as connection:
        assert await connection.fetchval("SELECT count(DISTINCT xmin::text) FROM heard") == 18  # each in its savepoint
        assert await connection.fetchval("SELECT count(DISTINCT xmin::text) FROM inbox") == 1


@pytest.mark.parametrize("word", ["broken", "nul\\u0000"])
async def test_a_handler_that_always_fails_holds_up_its_own_aggregate_only(hearing: Database, word: str):
    await take(hearing, said("bad", 1, word), said("bad", 2, "after"), said("good", 1, "fine"))
    assert await heard(hearing) == ["fine"]
    assert await letters.waiting(hearing) == {"parked": 1, "queued": 1}


async def test_an_attribute_postgres_cannot_keep_is_parked_with_its_bytes(hearing: Database):
    strange = said("strange", 1, "fine", ("ce_id", b"a\0b"), ("x", b"\0\xff"))
    await take(hearing, strange, said("good", 1, "fine"))
    (letter,) = await parked(hearing)
    assert "U+0000" in letter["message"]
    assert ["x", "\u2400\xff"] in letter["headers"]
    assert not await letters.release(hearing, HANDLING, letter["id"], by="ops")
    assert "U+0000" in (await parked(hearing))[0]["message"]


async def test_what_refers_to_something_that_has_not_come_goes_through_when_it_has(hearing: Database, clock):
    await take(hearing, *(said(f"c{n}", 1, "child") for n in range(60)))
    assert await letters.waiting(hearing) == {"parked": 60}
    await take(hearing, said("p", 1, "parent"))
    clock.advance(letters._GAP_PATIENCE)
    assert await letters.retry_due(hearing, HANDLING) == 50
    assert await letters.retry_due(hearing, HANDLING) == 10
    assert await letters.waiting(hearing) == {}
    assert len(await heard(hearing)) == 61


async def test_a_lost_connection_is_not_a_dead_letter(hearing: Database):
    with pytest.raises(asyncpg.PostgresConnectionError):
        await take(hearing, said("a", 1, "fine"), said("b", 1, "lost"), said("c", 1, "fine"))
    assert await heard(hearing) == ["fine"]
    assert await letters.waiting(hearing) == {}


async def test_what_queued_while_the_one_before_was_released_goes_on(hearing: Database):
    await take(hearing, said("a", 1, "refused"))
    async with hearing.transaction() as tx:
        await tx.execute('UPDATE dead_letters SET value = \'{"word": "mended"}\'')
        (letter,) = await parked(hearing)
        assert await letters._retry(tx, HANDLING, letter["id"])
        await take(hearing, said("a", 2, "late"))
    assert await letters.waiting(hearing) == {"queued": 1}
    assert await letters.advance(hearing, HANDLING) == 1
    assert await heard(hearing, "a") == ["mended", "late"]
    assert await letters.advance(hearing, HANDLING) == 0


async def test_a_group_is_released_in_order_and_a_decision_keeps_who_and_when_and_why(hearing: Database, clock):
    await take(hearing, *(said(f"s{n}", 1, "refused") for n in range(3)), said("other", 1, "broken"))
    async with hearing.read() as connection:
        groups = await letters.groups(connection, limit=10)
    assert sorted(row["n"] for row in groups) == [1, 3]
    fingerprint = next(row["fingerprint"] for row in groups if row["n"] == 3)
    assert await letters.release_group(hearing, HANDLING, fingerprint, by="ops", limit=10) == 0
    async with hearing.transaction() as tx:
        await tx.execute('UPDATE dead_letters SET value = \'{"word": "mended"}\' WHERE fingerprint = $1', fingerprint)
    assert await letters.release_group(hearing, HANDLING, fingerprint, by="ops", limit=10) == 3
    assert await heard(hearing) == ["mended"] * 3
    other = (await parked(hearing))[-1]
    assert await letters.discard(hearing, HANDLING, other["id"], "it never happened", by="E0001")
    decided = (await parked(hearing))[-1]
    assert (decided["state"], decided["decided_by"], decided["note"]) == ("discarded", "E0001", "it never happened")
    assert decided["decided_at"] == clock.now
    assert [row["decided_by"] for row in (await parked(hearing))[:3]] == ["ops"] * 3


SRE = a_caller("E0009", "sre")
LISTING = "{ noteDeadLetters(first: 2) { nodes { id state subject error decidedBy note } pageInfo { hasNextPage } } }"
GROUPS = "{ noteDeadLetterGroups { nodes { fingerprint count error } } }"
RELEASE = """mutation($input: ReleaseDeadLettersInput!) {
    releaseNoteDeadLetters(input: $input) { released errors { code } } }"""
DISCARD = """mutation($input: DiscardDeadLetterInput!) {
    discardNoteDeadLetter(input: $input) { deadLetter { state decidedBy note decidedAt } errors { code message } } }"""


async def test_the_graph_lists_releases_and_discards_for_the_sre_alone(hearing: Database, graph, clock):
    await take(hearing, said("a", 1, "refused"), said("a", 2, "next"), said("b", 1, "refused"), said("c", 1, "broken"))
    (denied,) = (await graph(LISTING, caller=a_caller("E0001", "executive_sponsor")))["errors"]
    assert denied["extensions"]["code"] == "NOT_ENTITLED"
    listed = (await graph(LISTING, caller=SRE))["data"]["noteDeadLetters"]
    assert [node["state"] for node in listed["nodes"]] == ["PARKED", "QUEUED"]
    assert listed["pageInfo"]["hasNextPage"]
    groups = (await graph(GROUPS, caller=SRE))["data"]["noteDeadLetterGroups"]["nodes"]
    (refused,) = [group for group in groups if group["error"] == "Refused"]
    assert refused["count"] == 2

    async def release(**input: object) -> Any:
        return (await graph(RELEASE, {"input": input}, caller=SRE))["data"]["releaseNoteDeadLetters"]

    assert (await release())["errors"] == [{"code": "NAME_ONE_OR_A_GROUP"}]
    assert (await release(id="4711"))["errors"] == [{"code": "NOT_FOUND"}]
    async with hearing.transaction() as tx:
        await tx.execute("UPDATE dead_letters SET value = '{\"word\": \"mended\"}' WHERE error = 'Refused'")
    assert await release(fingerprint=refused["fingerprint"]) == {"released": 2, "errors": []}
    assert await letters.retry_due(hearing, HANDLING) == 2
    assert await heard(hearing) == ["mended", "next", "mended"]

    async def discard(who: Any, id: object, reason: str) -> Any:
        answer = await graph(DISCARD, {"input": {"id": str(id), "reason": reason}}, caller=who)
        return answer["data"]["discardNoteDeadLetter"]

    last = (await parked(hearing))[-1]["id"]
    assert (await discard(a_caller(), last, "no"))["errors"][0]["code"] == "NOT_ENTITLED"
    assert (await discard(SRE, last, " "))["errors"][0]["code"] == "REASON_NEEDED"
    letter = (await discard(SRE, last, "told by mistake"))["deadLetter"]
    assert letter == {
        "state": "DISCARDED", "decidedBy": "E0009", "note": "told by mistake", "decidedAt": clock.now.isoformat(),
    }  # fmt: skip
    assert (await discard(SRE, last, "again"))["errors"][0]["code"] == "NOT_FOUND"


async def test_what_queued_behind_a_discarded_letter_goes_on(hearing: Database, graph):
    await take(hearing, said("a", 1, "refused"), said("a", 2, "next"))
    (first, _) = await parked(hearing)
    await graph(DISCARD, {"input": {"id": str(first["id"]), "reason": "never mind"}}, caller=SRE)
    assert await letters.advance(hearing, HANDLING) == 1
    assert await heard(hearing) == ["next"]


async def test_a_version_that_never_comes_holds_up_its_aggregate_alone_and_is_told_once_X02(
    hearing: Database, clock, capsys
):
    batch = [said("gap", n, f"word {n}") for n in (1, *range(3, 123))]
    await take(hearing, *batch, said("good", 1, "fine"))
    assert await heard(hearing) == ["word 1", "fine"]
    for minutes in (1, 6, 6):
        clock.advance(timedelta(minutes=minutes))
        assert await letters.retry_due(hearing, HANDLING) == 1
        assert await letters.retry_due(hearing, HANDLING) == 0
        assert capsys.readouterr().out.count("an event is missing") == 1
    await take(hearing, said("gap", 123, "word 123"))
    assert await letters.waiting(hearing) == {"held": 121}
    assert await heard(hearing, "gap") == ["word 1"]
    await take(hearing, said("gap", 2, "word 2"))
    assert await heard(hearing, "gap") == [f"word {n}" for n in range(1, 124)]
    assert await letters.waiting(hearing) == {}


async def test_an_operator_passes_over_a_version_that_never_comes_by_releasing_what_is_held_X02(hearing: Database):
    await take(hearing, *(said("gap", n, f"word {n}") for n in (1, 3, 4, 6, 7)))
    first, second, third, fourth = [row["id"] for row in await parked(hearing)]
    assert await letters.release(hearing, HANDLING, second, by="sre")
    assert await heard(hearing, "gap") == ["word 1", "word 3", "word 4"]
    assert await letters.waiting(hearing) == {"held": 2}
    assert [row["decided_by"] for row in await parked(hearing)] == [None, "sre", None, None]
    assert await letters.release(hearing, HANDLING, third, by="sre")
    await take(hearing, said("gap", 2, "too late"), said("gap", 8, "word 8"))
    assert await heard(hearing, "gap") == ["word 1", "word 3", "word 4", "word 6", "word 7", "word 8"]
    assert not await letters.release(hearing, HANDLING, first, by="sre")
    assert not await letters.release(hearing, HANDLING, fourth, by="sre")


async def test_what_was_held_behind_a_discarded_letter_goes_on_X02(hearing: Database):
    await take(hearing, *(said("gap", n, f"word {n}") for n in (1, 3, 4)))
    async with hearing.transaction() as tx:
        assert await letters.write_off(tx, (await parked(hearing))[0]["id"], "it never came", by="sre")
    assert await letters.retry_due(hearing, HANDLING) == 1
    assert await heard(hearing, "gap") == ["word 1", "word 4"]
    assert await letters.waiting(hearing) == {}


async def test_what_was_held_waits_for_the_missing_version_also_when_that_is_parked_X02(hearing: Database, clock):
    await take(hearing, said("gap", 2, "word 2"), said("gap", 1, "child"))
    clock.advance(letters._GAP_PATIENCE)
    assert await letters.retry_due(hearing, HANDLING) == 2
    assert await letters.waiting(hearing) == {"parked": 1, "queued": 1}
    (queued,) = [row for row in await parked(hearing) if row["state"] == "queued"]
    assert not await letters.release(hearing, HANDLING, queued["id"], by="sre")
    await take(hearing, said("p", 1, "parent"))
    clock.advance(timedelta(seconds=30))
    await letters.retry_due(hearing, HANDLING)
    assert await heard(hearing, "gap") == ["child", "word 2"]
