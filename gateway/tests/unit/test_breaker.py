"""When a subgraph is left alone, and when it is asked again."""

from __future__ import annotations

import pytest

from gateway.breaker import Breaker, State


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Told:
    def __init__(self) -> None:
        self.clock = Clock()
        self.states: list[State] = []
        self.breaker = self.made()

    def made(self, failures: int = 3) -> Breaker:
        return Breaker(
            failures=failures, window_seconds=10, open_seconds=2, clock=self.clock, changed=self.states.append
        )

    def fail(self, times: int) -> None:
        for _ in range(times):
            assert self.breaker.allows()
            self.breaker.failed()


@pytest.fixture
def told() -> Told:
    return Told()


def test_it_opens_after_enough_failures(told: Told) -> None:
    told.fail(2)
    assert told.breaker.allows()
    told.breaker.failed()
    assert told.states == ["open"]
    assert not told.breaker.allows()
    assert told.breaker.seconds_left == 2


def test_not_when_they_are_far_apart(told: Told) -> None:
    for _ in range(10):
        told.fail(2)
        told.clock.now += 10
    assert told.states == []


def test_not_while_more_requests_succeed(told: Told) -> None:
    for _ in range(50):
        told.fail(1)
        told.breaker.succeeded()
        told.breaker.succeeded()
    assert told.states == []


def test_one_request_tries_it_again_and_the_others_wait_for_the_outcome(told: Told) -> None:
    told.fail(3)
    told.clock.now += 2
    assert told.breaker.allows()
    assert not told.breaker.allows()
    told.breaker.failed()
    assert not told.breaker.allows()
    told.clock.now += 2
    assert told.breaker.allows()
    told.breaker.succeeded()
    assert told.breaker.allows()
    assert told.states == ["open", "half-open", "open", "half-open", "closed"]
    told.fail(2)
    assert told.breaker.allows()


def test_a_trial_that_is_given_up_is_followed_by_another(told: Told) -> None:
    told.fail(3)
    told.clock.now += 2
    assert told.breaker.allows()
    told.breaker.abandoned()
    assert told.breaker.allows()
    assert not told.breaker.allows()


def test_requests_that_were_under_way_when_it_opened_change_nothing(told: Told) -> None:
    told.fail(3)
    told.breaker.failed()
    told.breaker.succeeded()
    assert told.states == ["open"]


def test_it_never_opens_when_switched_off(told: Told) -> None:
    told.breaker = told.made(failures=0)
    told.fail(1_000)
    assert told.states == []
