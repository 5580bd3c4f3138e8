"""Run a compiled plan: requests as soon as what they wait for is there, then one projection."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from gateway.compile import CompiledFetch, CompiledRequest
from gateway.denials import refusals
from gateway.places import Denied
from gateway.plan import Plan
from gateway.projection import Projection
from gateway.subgraph_answers import ErrorTranslator, SubgraphUnavailable, merge, read_answer

if TYPE_CHECKING:
    from gateway.entity_cache import CallerEntities, Recall

Object = dict[str, Any]
Fetch = Callable[[str, bytes, str], Awaitable[bytes]]
Present = Callable[[str, Object], Object]


class Program:
    """A plan that can be run again and again."""

    def __init__(
        self, plan: Plan, projections: list[Projection], order: list[str], denied: Sequence[Denied] = ()
    ) -> None:
        self.plan = plan
        self._projections = projections
        self._order = order
        self._denied = denied
        self.requests = [CompiledRequest(request) for request in plan.requests]
        self._linear = all(
            number == 0 or number - 1 in request.waits_for for number, request in enumerate(self.requests)
        )
        self._first = [number for number, request in enumerate(self.requests) if not request.waits_for]
        self._following = [
            [number for number, request in enumerate(self.requests) if before in request.waits_for]
            for before in range(len(self.requests))
        ]
        self._direct = len(self.requests) == 1 and len(projections) == 1 and projections[0].direct

    async def run(
        self,
        variables: Mapping[str, Any],
        fetch: Fetch,
        present: Present | None,
        *,
        ready: Object | None,
        errors: list[Object],
        entities: CallerEntities | None = None,
    ) -> bytes:
        """The whole response. `ready` holds root fields that are answered already, `errors` what went wrong there.

        `entities` are those that are cached for the caller.
        """
        run = _Run(variables, fetch, present, errors, entities)
        if self._direct and ready is None:
            passed = await run.send(self.requests[0], direct=True)
            if passed is not None:
                return passed
        elif self._linear:
            for request in self.requests:
                await run.send(request)
        elif self.requests:
            await self._run_together(run)
        return orjson.dumps(self._response(run, ready))

    async def _run_together(self, run: _Run) -> None:
        async with asyncio.TaskGroup() as group:
            together = _Together(self.requests, self._following, run, group)
            for beside in self._first[1:]:
                group.create_task(together.go_on(beside))
            await together.go_on(self._first[0])

    def _response(self, run: _Run, ready: Object | None) -> Object:
        data: Object | None = ready or {}
        errors = run.errors
        if self._denied:
            errors.extend(refusals(self._denied, run.root))
        for projection in self._projections:
            part, faults = projection.project(run.root)
            known = [_names(error["path"]) for error in errors if error.get("path")]
            for path, message in faults:
                # A null that an error has explained already, here or at another item of the same list, is no news.
                names = _names(path)
                if not any(names[: len(other)] == other[: len(names)] for other in known):
                    errors.append({"message": message, "path": path})
            if part is None:
                data = None
                break
            data = {**data, **part} if data else part
        if data is not None and (len(self._projections) > 1 or ready):
            data = {key: data[key] for key in self._order if key in data}
        return {"data": data, "errors": errors} if errors else {"data": data}


class _Together:
    """Requests that run beside one another: each as soon as the last of those it waits for is answered.

    No nested functions that call themselves: those would keep the whole answer until the garbage collector comes by.
    """

    def __init__(
        self, requests: list[CompiledRequest], following: list[list[int]], run: _Run, group: asyncio.TaskGroup
    ) -> None:
        self._requests = requests
        self._following = following
        self._waits = [len(request.waits_for) for request in requests]
        self._run = run
        self._group = group

    async def go_on(self, number: int) -> None:
        """Send a request, then what waited only for it; a task only for what runs beside."""
        ready = [number]
        while ready:
            for beside in ready[1:]:
                self._group.create_task(self.go_on(beside))
            number = ready[0]
            await self._run.send(self._requests[number])
            ready = []
            for following in self._following[number]:
                self._waits[following] -= 1
                if not self._waits[following]:
                    ready.append(following)


def _names(path: list[str | int]) -> list[str]:
    return [part for part in path if isinstance(part, str)]


def _is_plain(raw: bytes) -> bool:
    """Whether a response is data and nothing else, by its look: what is in doubt is read."""
    return (
        raw.startswith(b'{"data":{') and raw.endswith(b"}}") and b'"errors"' not in raw and b'"extensions"' not in raw
    )


class _Run:
    """One execution: the data so far and the errors so far."""

    def __init__(
        self,
        variables: Mapping[str, Any],
        fetch: Fetch,
        present: Present | None,
        errors: list[Object],
        entities: CallerEntities | None,
    ) -> None:
        self.root: Object = {}
        self.errors = errors
        self._entities = entities
        self._variables = variables
        self._fetch = fetch
        self._present = present

    async def send(self, request: CompiledRequest, *, direct: bool = False) -> bytes | None:
        """Send one request, unless there is nothing to ask, and merge what comes back.

        A `direct` request brings the client's answer as it is: without errors its bytes are returned unread.
        """
        targets: list[list[list[Object]]] = []
        representations: list[list[bytes]] = []
        recalls: list[Recall | None] = []
        wanted = False
        for compiled in request.fetches:
            objects = compiled.objects(self.root)
            if not compiled.fetch.is_entity:
                targets.append([objects])
                recalls.append(None)
                wanted = wanted or bool(objects)
                continue
            written, same = compiled.group(objects)
            recall = None
            if self._entities is not None and written:
                recall = self._entities.recall(request.graph, compiled, self._variables, written)
                if recall is not None:
                    written, same = _recalled(compiled, recall, written, same)
            recalls.append(recall)
            targets.append(same)
            representations.append(written)
            wanted = wanted or bool(written)
        if not wanted:
            return None
        fetches = [compiled.fetch for compiled in request.fetches]
        try:
            raw = await self._fetch(request.graph, request.body(self._variables, representations), request.kind)
            if direct and _is_plain(raw):
                return raw
            answer = read_answer(request.graph, raw)
        except SubgraphUnavailable as error:
            translator = ErrorTranslator(fetches, targets, self.root)
            self.errors.extend(translator.unavailable(*error.error()))
            return None
        self._take(request, answer, targets, recalls)
        return None

    def _take(
        self,
        request: CompiledRequest,
        answer: Object,
        targets: list[list[list[Object]]],
        recalls: list[Recall | None],
    ) -> None:
        fetches = [compiled.fetch for compiled in request.fetches]
        given = answer.get("errors")
        data = answer.get("data")
        if given:
            translator = ErrorTranslator(fetches, targets, self.root)
            for error in given if isinstance(given, list) else []:
                if isinstance(error, dict):
                    made = translator.translate(error)
                    self.errors.extend(self._present(request.graph, one) if self._present else one for one in made)
        if not isinstance(data, dict):
            return
        for compiled, some, recall in zip(request.fetches, targets, recalls, strict=True):
            if not compiled.fetch.is_entity:
                for value in some[0]:
                    merge(value, data)
                continue
            entities = data.get(compiled.fetch.key) or ()
            if recall is not None and not given:
                recall.learn(entities)
            for entity, values in zip(entities, some, strict=False):
                if entity.__class__ is dict:
                    _give(compiled, entity, values)


def _give(compiled: CompiledFetch, entity: Object, values: list[Object]) -> None:
    if compiled.adds:
        for value in values:
            value.update(entity)
    else:
        for value in values:
            merge(value, entity)


def _recalled(
    compiled: CompiledFetch, recall: Recall, written: list[bytes], same: list[list[Object]]
) -> tuple[list[bytes], list[list[Object]]]:
    """Give the objects what is known of them; what is left has to be asked for."""
    left: list[bytes] = []
    left_same: list[list[Object]] = []
    for known, representation, values in zip(recall.found, written, same, strict=True):
        if known is None:
            left.append(representation)
            left_same.append(values)
        else:
            _give(compiled, orjson.loads(known), values)
    return left, left_same
