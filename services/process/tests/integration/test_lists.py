"""Lists of any length, and any number of entities, are read in the same number of statements (X01)."""

from __future__ import annotations

from dataclasses import replace

from chassis import lists
from chassis.clock import FixedClock
from chassis.costs import NONE_DEARER, costs, growth, refusals
from chassis.graphql.paging import encode
from chassis.testing import Asks, Delivers, a_caller
from process.service import service

from .crowd import Crowd

EVERYTHING = a_caller("E0003", "employee", "ai_steward", "compliance_officer", "auditor", "sre")
GIVEN = {"Sop.version(number)": "1"}
# The dead letters of the crowd are all of one kind.
SHORT = frozenset({"processDeadLetterGroups"})


async def test_nothing_is_asked_for_each_row_of_a_list_or_for_each_entity_X01(
    graph: Asks, deliver: Delivers, clock: FixedClock, statements: list[str]
) -> None:
    schema, crowd = service.schema._schema, Crowd(graph, deliver, clock)
    queries = lists.queries(schema, GIVEN, levels=3) | lists.entities(schema, GIVEN, levels=3)
    await crowd.grow(range(1, 3))
    few = await costs(graph, statements, queries, caller=EVERYTHING, first=2, keys=crowd.keys)
    await crowd.grow(range(3, 19))
    more = await costs(graph, statements, queries, caller=EVERYTHING, first=20, keys=crowd.keys)
    assert growth(few, more) == replace(NONE_DEARER, no_longer=SHORT)


async def test_a_cursor_that_the_list_never_gave_is_refused_in_words_X01(graph: Asks) -> None:
    schema = service.schema._schema
    given = {**GIVEN, **lists.going_on(schema, encode("nonsense"))}
    refused = await refusals(graph, lists.queries(schema, given, levels=0), caller=EVERYTHING)
    assert set(refused.values()) == {"BAD_USER_INPUT"}
    assert len(refused) >= 4
