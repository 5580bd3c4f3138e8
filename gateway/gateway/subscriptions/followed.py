"""Subscriptions fed by the bus: the operation is asked as a query once at first, and again after each event that matters.

The query goes to the services on behalf of the caller, so they decide each time what the caller may see. Events that
come while it is under way make it run once more, however many they are. Nothing is held open at a subgraph; equal
operations of one caller share their runs. While the bus is down, subscribers keep what they have; when it is back, every
operation runs once, for what may have been missed.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import orjson

from chassis.events import Envelope, topic_of
from chassis.subscriptions.operations import Ended
from gateway import telemetry
from gateway.engine import Answer, Prepared
from gateway.subscriptions.following import FollowedField, Following, as_query, sameness
from gateway.subscriptions.waiting import Waiting

if TYPE_CHECKING:
    from chassis.caller import Caller

Ask = Callable[[str, dict[str, Any]], Awaitable[Answer]]
_AT_ONCE = 32
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 10.0


class Followed:
    """The fields of the graph that follow events, and everybody who watches them. A listener of the bus."""

    def __init__(self, fields: Mapping[str, FollowedField], *, waiting_results: int, waiting_bytes: int) -> None:
        self._fields = fields
        self._waiting_results = waiting_results
        self._waiting_bytes = waiting_bytes
        self._by_type: dict[str, list[FollowedField]] = {}
        for field in fields.values():
            for type in field.types:
                self._by_type.setdefault(type, []).append(field)
        self._watched: dict[tuple[bytes, str, bytes], _Watched] = {}
        self._by_value: dict[tuple[str, str], set[_Watched]] = {}
        self._turns = asyncio.Semaphore(_AT_ONCE)

    @property
    def topics(self) -> Iterable[str]:
        """What must be read from the bus."""
        return {topic_of(type) for type in self._by_type}

    def find(self, prepared: Prepared, caller: Caller | None) -> Following | None:
        """How an operation is answered from the bus. None when it is not."""
        name = _root_field(prepared)
        field = self._fields.get(name) if name else None
        return None if field is None else as_query(prepared, field, caller.subject if caller else None)

    async def results(self, following: Following, authorization: bytes, ask: Ask) -> AsyncGenerator[bytes, None]:
        """The state now, and each other state after it. Raises Ended."""
        variables = orjson.dumps(following.variables, option=orjson.OPT_SORT_KEYS)
        key = (authorization, following.query, variables)
        watched = self._watched.get(key)
        if watched is None:
            watched = self._watched[key] = _Watched(following, ask, self._turns)
            self._by_value.setdefault((following.field.name, following.value), set()).add(watched)
            watched.start()
        waiting = Waiting(results=self._waiting_results, size=self._waiting_bytes)
        watched.join(waiting)
        try:
            async with aclosing(waiting.results()) as results:
                async for result in results:
                    yield result
        finally:
            watched.leave(waiting)
            if watched.is_alone and self._watched.get(key) is watched:
                del self._watched[key]
                same = self._by_value[following.field.name, following.value]
                same.discard(watched)
                if not same:
                    del self._by_value[following.field.name, following.value]
                await watched.stop()

    # --- what the bus tells

    def received(self, envelope: Envelope) -> None:
        """Wake those for whom the event matters."""
        for field in self._by_type.get(envelope.type, ()):
            value = sameness(envelope.subject if field.subject is not None else envelope.key)
            for watched in self._by_value.get((field.name, value), ()):
                watched.wake()

    def caught_up(self) -> None:
        """Wake everybody: something may have been missed."""
        for watched in self._watched.values():
            watched.wake()

    def lost(self) -> None:
        """Nothing to do: what subscribers have stays until the bus is back."""


class _Watched:
    """One distinct operation of one caller, and those who wait for its states."""

    def __init__(self, following: Following, ask: Ask, turns: asyncio.Semaphore) -> None:
        self._following = following
        self._ask = ask
        self._turns = turns
        self._changed = asyncio.Event()
        # With what each has got last.
        self._waiting: dict[Waiting, bytes] = {}
        self._task: asyncio.Task[None] | None = None

    @property
    def is_alone(self) -> bool:
        return not self._waiting

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"following {self._following.field.name}")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def join(self, waiting: Waiting) -> None:
        self._waiting[waiting] = b""
        self.wake()

    def leave(self, waiting: Waiting) -> None:
        self._waiting.pop(waiting, None)

    def wake(self) -> None:
        self._changed.set()

    async def _run(self) -> None:
        pause = _FIRST_PAUSE
        try:
            while True:
                await self._changed.wait()
                # Before the query: what comes during it makes it run again.
                self._changed.clear()
                async with self._turns:
                    answer = await self._ask(self._following.query, self._following.variables)
                telemetry.followed_operations_total.labels(self._following.field.name).inc()
                if answer.status_hint != "ok":
                    self._end(Ended(orjson.loads(answer.body)["errors"]))
                    return
                self._tell(answer.body)
                if b'"SUBGRAPH_UNAVAILABLE"' in answer.body:
                    # No event says when the subgraph is back, so it is tried again.
                    asyncio.get_running_loop().call_later(pause * random.uniform(0.5, 1), self.wake)  # noqa: S311
                    pause = min(pause * 2, _LONGEST_PAUSE)
                else:
                    pause = _FIRST_PAUSE
        except Exception as error:
            self._end(error)

    def _tell(self, state: bytes) -> None:
        for waiting, last in self._waiting.items():
            if last != state:
                self._waiting[waiting] = state
                waiting.put(state)

    def _end(self, error: BaseException) -> None:
        for waiting in self._waiting:
            waiting.end(error)


def _root_field(prepared: Prepared) -> str | None:
    places = prepared.planned.roots[0].places if prepared.planned.roots else ()
    names = [use.name for place in places for use in place.uses if use.response_key]
    return names[0] if len(names) == 1 else None
