"""What is known of a tool does not depend on the order in which it was heard."""

from __future__ import annotations

from functools import reduce
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from process.tools.domain import Fact, Standing, Tool

FACTS = st.lists(st.sampled_from(list(Fact))).map(lambda facts: list(enumerate(facts, start=1)))


def heard(facts: list[tuple[int, Fact]]) -> Tool:
    return reduce(lambda tool, fact: tool.told(fact[1], fact[0]), facts, Tool(UUID(int=1)))


@given(FACTS, st.randoms(use_true_random=False))
def test_any_order_and_repetition_gives_the_same_P18(facts: list[tuple[int, Fact]], random: Random) -> None:
    shuffled = [*facts, *facts[::2]]
    random.shuffle(shuffled)
    assert heard(shuffled) == heard(facts)


@pytest.mark.parametrize(
    ("facts", "standing"),
    [
        ([], Standing.UNKNOWN),
        ([Fact.APPROVED], Standing.APPROVED),
        ([Fact.SUSPENDED], Standing.SUSPENDED),
        ([Fact.APPROVED, Fact.SUSPENDED], Standing.SUSPENDED),
        ([Fact.APPROVED, Fact.SUSPENDED, Fact.APPROVED], Standing.SUSPENDED),
        ([Fact.APPROVED, Fact.SUSPENDED, Fact.REINSTATED], Standing.APPROVED),
        ([Fact.APPROVED, Fact.SUSPENDED, Fact.REINSTATED, Fact.SUSPENDED], Standing.SUSPENDED),
        ([Fact.APPROVED, Fact.RETIRED, Fact.REINSTATED], Standing.RETIRED),
    ],
)
def test_only_a_reinstatement_ends_a_suspension_P18(facts: list[Fact], standing: Standing) -> None:
    assert heard(list(enumerate(facts, start=1))).standing is standing
