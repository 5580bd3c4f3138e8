"""The engine: a supergraph in, answers out. Documents and plans are remembered within bounds."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import orjson
from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OverlappingFieldsCanBeMergedRule,
    get_variable_values,
    specified_rules,
    validate,
)

from gateway.api_schema import build_api_schema, narrowed_enums
from gateway.authorization import NOBODY, Access, Guard, Need, Viewer
from gateway.caches import Bounded, Once
from gateway.cost_directives import CostDirectives
from gateway.costs import Costs, Price
from gateway.denials import rejection
from gateway.execute import Fetch, Present
from gateway.features import Features
from gateway.graph import Graph
from gateway.introspection import introspect
from gateway.moves import Moves
from gateway.occurring import Unreachable
from gateway.operation import (
    Operation,
    OperationNotFound,
    condition_values,
    condition_variables,
    find_operation,
    fragments_of,
)
from gateway.overlapping_fields import OverlappingFieldsRule
from gateway.override_labels import OverrideLabels
from gateway.parsing import parsed
from gateway.places import TooComplex
from gateway.planner import Planned, plan_operation
from gateway.subgraph_answers import SubgraphUnavailable
from gateway.supergraph import Supergraph, SupergraphError, read_supergraph

if TYPE_CHECKING:
    from gateway.entity_cache import CallerEntities

_LARGE = 2_000
_RULES: list[type[ASTValidationRule]] = [
    OverlappingFieldsRule if rule is OverlappingFieldsCanBeMergedRule else rule for rule in specified_rules
]
_RULES_WITHOUT_INTROSPECTION = [*_RULES, NoSchemaIntrospectionCustomRule]
# A word of a document takes 0.6 kB when it is parsed, a character of a plan's requests 80 bytes: 12 and 32 MB at most.
_WORDS = 20_000
_PLANNED_CHARACTERS = 400_000
_PLAN_AT_LEAST = 500
_WORD = re.compile(r"\w+")
# The document, its operation, what its conditions are worth, and which of its needs the caller does not fulfil.
_PlanKey = tuple[str, str | None, tuple[bool, ...], tuple[int, ...], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete GraphQL response; `invalid` or `forbidden` when the request never came to execution.

    `cost` is the estimate of what it costs at most, where costs are counted.
    """

    body: bytes
    status_hint: Literal["ok", "invalid", "forbidden"]
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A planned operation with the values of its variables."""

    planned: Planned
    values: dict[str, Any]
    cost: float | None = None

    def source(self) -> tuple[str, bytes] | None:
        """Of a subscription: the subgraph that gives the payloads, and the request to it. None when nothing is asked."""
        for request in self.planned.program.requests:
            if request.kind == "subscription":
                return request.graph, request.body(self.values, [])
        return None


@dataclass(frozen=True, slots=True)
class Remembered:
    """An operation that was planned: with these values of its conditions, for callers with these needs unfulfilled."""

    query: str
    introspection: bool
    operation: str | None
    conditions: tuple[bool, ...]
    denied: frozenset[Need]


@dataclass(frozen=True, slots=True)
class _Document:
    """A document that was parsed and validated; `refusal` is set when it may not be executed."""

    node: DocumentNode | None
    conditions: tuple[str, ...]
    refusal: Answer | None
    guards: tuple[Guard, ...] = ()
    prices: Mapping[str, Price] | None = None


class Engine:
    """Plans and executes operations over one supergraph."""

    def __init__(
        self,
        supergraph: Supergraph,
        api_schema: GraphQLSchema,
        *,
        labels: OverrideLabels,
        cache_size: int,
        assumed_list_size: int | None = None,
    ) -> None:
        self.supergraph = supergraph
        self.api_schema = api_schema
        self.subgraphs: Mapping[str, str] = dict(supergraph.graphs)
        self._narrowed = narrowed_enums(supergraph.document)
        features = Features(supergraph.document)
        self.access = Access(supergraph.document, api_schema, features)
        self._costs: Costs | None = None
        if assumed_list_size is not None:
            self._costs = Costs(api_schema, CostDirectives(supergraph.document, features), assumed_list_size)
        self._labels = labels
        self._moves: dict[frozenset[str], Moves] = {}
        self._documents: Bounded[tuple[str, bool], _Document] = Bounded(cache_size, _WORDS)
        self._plans: Bounded[_PlanKey, Planned] = Bounded(cache_size, _PLANNED_CHARACTERS)
        self._reading: Once[tuple[str, bool], _Document] = Once()
        self._planning: Once[_PlanKey, Planned] = Once()

    @classmethod
    def from_sdl(
        cls,
        supergraph_sdl: str,
        *,
        active_labels: frozenset[str] | None = None,
        cache_size: int = 1_000,
        assumed_list_size: int | None = None,
    ) -> Engine:
        """Read a supergraph file; raises `SupergraphError`.

        `active_labels` are the labels of progressive overrides that are switched on; by default each request draws
        those of the form `percent(n)`. With `assumed_list_size`, the length of a list
        of which the supergraph says nothing, the cost of operations is estimated.
        """
        supergraph = read_supergraph(supergraph_sdl)
        return cls(
            supergraph,
            build_api_schema(supergraph.document),
            labels=OverrideLabels(supergraph.labels, active_labels),
            cache_size=cache_size,
            assumed_list_size=assumed_list_size,
        )

    async def execute(
        self,
        query: str,
        variables: dict[str, Any] | None,
        operation_name: str | None,
        fetch: Fetch,
        *,
        introspection: bool = True,
        present: Present | None = None,
        viewer: Viewer = NOBODY,
        rejects: bool = False,
        max_cost: float | None = None,
        entities: CallerEntities | None = None,
    ) -> Answer:
        """Answer one request. `present` may rewrite each subgraph error before clients see it.

        What `viewer` may not see is null and not fetched; with `rejects` nothing is executed then. Nor is what costs
        more than `max_cost`.
        """
        prepared = await self.prepare(
            query,
            variables,
            operation_name,
            introspection=introspection,
            viewer=viewer,
            rejects=rejects,
            max_cost=max_cost,
        )
        if isinstance(prepared, Answer):
            return prepared
        if prepared.planned.operation.kind == "subscription":
            return _refuse([{"message": "Subscriptions are not answered by a single response."}])
        return Answer(await self.answer(prepared, fetch, present, entities), "ok", prepared.cost)

    async def answer(
        self, prepared: Prepared, fetch: Fetch, present: Present | None, entities: CallerEntities | None = None
    ) -> bytes:
        """Run a planned operation once; `entities` are those that are known already."""
        ready: dict[str, Any] | None = None
        early: list[dict[str, Any]] = []
        if prepared.planned.introspection is not None:
            data, early = introspect(self.api_schema, prepared.planned.introspection, prepared.values)
            ready = data or {}
        return await prepared.planned.program.run(
            prepared.values, fetch, present, ready=ready, errors=early, entities=entities
        )

    async def prepare(
        self,
        query: str,
        variables: dict[str, Any] | None,
        operation_name: str | None,
        *,
        introspection: bool = True,
        viewer: Viewer = NOBODY,
        rejects: bool = False,
        max_cost: float | None = None,
    ) -> Prepared | Answer:
        """Validate and plan one operation of any kind; the answer at once when it may not be executed."""
        document = self._documents.get((query, introspection))
        if document is None:
            read = partial(self._read, query, introspection)
            document = await self._reading.run((query, introspection), read, is_large=len(query) > _LARGE)
            self._documents.put((query, introspection), document, _weight_of(query, document))
        if document.refusal is not None or document.node is None:
            return document.refusal or _refuse([])
        try:
            definition = find_operation(document.node, operation_name)
            values = self._variables(definition, variables or {})
            cost = None
            if document.prices is not None:
                price = document.prices[definition.name.value if definition.name else ""]
                cost = price.of(values)
                if max_cost is not None and (refusal := _too_dear(price, cost, max_cost)) is not None:
                    return refusal
            planned = await self._planned(query, document, definition, values, viewer)
        except OperationNotFound as error:
            return _refuse([{"message": str(error)}])
        except TooComplex as error:
            return _refuse([{"message": str(error), "extensions": {"code": "TOO_COMPLEX"}}])
        except Unreachable as error:
            return _refuse([{"message": str(error), "extensions": {"code": "UNREACHABLE"}}])
        except _Refused as refused:
            return _refuse(refused.errors)
        if rejects and planned.denied:
            return Answer(orjson.dumps({"errors": rejection(planned.denied)}), "forbidden")
        return Prepared(planned, values, cost)

    async def complete(self, prepared: Prepared, payload: bytes, fetch: Fetch, present: Present | None) -> bytes:
        """The client's answer for one payload of a subscription's subgraph: the rest of the plan runs on it."""

        async def payload_first(subgraph: str, body: bytes, kind: str) -> bytes:
            return payload if kind == "subscription" else await fetch(subgraph, body, kind)

        return await self.answer(prepared, payload_first, present)

    def _read(self, query: str, introspection: bool) -> _Document:
        try:
            node = parsed(query)
        except GraphQLError as error:
            return _Document(None, (), _refuse([dict(error.formatted)]))
        rules = _RULES if introspection else _RULES_WITHOUT_INTROSPECTION
        # Who may not read the schema is not to guess names until one is suggested; suggesting takes long, too.
        errors = validate(self.api_schema, node, rules, max_errors=20, hide_suggestions=not introspection)
        if errors:
            return _Document(None, (), _refuse([dict(error.formatted) for error in errors]))
        prices = self._costs.prices(node) if self._costs else None
        return _Document(node, condition_variables(node), None, self.access.guards(node), prices)

    def _variables(self, definition: OperationDefinitionNode, given: dict[str, Any]) -> dict[str, Any]:
        """The variables that subgraphs get: as the client sent them, once they are known to be right."""
        if not definition.variable_definitions:
            return {}
        checked = get_variable_values(self.api_schema, definition.variable_definitions, given, max_errors=20)
        if isinstance(checked, list):
            raise _Refused([dict(error.formatted) for error in checked])
        names = [node.variable.name.value for node in definition.variable_definitions]
        return {name: given[name] for name in names if name in given}

    async def _planned(
        self,
        query: str,
        document: _Document,
        definition: OperationDefinitionNode,
        values: dict[str, Any],
        viewer: Viewer,
    ) -> Planned:
        conditions = condition_values(document.conditions, definition, values)
        denied = tuple(n for n, guard in enumerate(document.guards) if not guard.need.allows(viewer))
        name = definition.name.value if definition.name else None
        labels = self._labels.of_request()
        key = (query, name, tuple(conditions.values()), denied, labels)
        planned = self._plans.get(key)
        if planned is not None:
            return planned
        operation = _operation(document, definition, conditions, denied)
        planned = await self._planning.run(key, partial(self.plan, operation, labels), is_large=len(query) > _LARGE)
        self._plans.put(key, planned, _weight_of_plan(planned))
        return planned

    def remembered(self, most: int) -> list[Remembered]:
        """What was planned last, the latest first."""
        found = []
        for query, name, conditions, denied, _ in reversed(list(self._plans.keys())[-most:]):
            for introspection in (True, False):
                document = self._documents.get((query, introspection))
                if document is not None and document.refusal is None:
                    needs = frozenset(document.guards[n].need for n in denied)
                    found.append(Remembered(query, introspection, name, conditions, needs))
        return found

    def warm_up(self, operations: Sequence[Remembered]) -> int:
        """Plan operations that another engine remembers, before anybody asks; how many are still valid."""
        planned = 0
        for each in reversed(operations):
            document = self._documents.get((each.query, each.introspection)) or self._read(
                each.query, each.introspection
            )
            if document.node is None or len(document.conditions) != len(each.conditions):
                continue
            self._documents.put((each.query, each.introspection), document, _weight_of(each.query, document))
            conditions = dict(zip(document.conditions, each.conditions, strict=True))
            denied = tuple(n for n, guard in enumerate(document.guards) if guard.need in each.denied)
            with contextlib.suppress(OperationNotFound, TooComplex, Unreachable):
                definition = find_operation(document.node, each.operation)
                operation = _operation(document, definition, conditions, denied)
                key = (each.query, each.operation, each.conditions, denied, self._labels.usual)
                ready = self.plan(operation)
                self._plans.put(key, ready, _weight_of_plan(ready))
                planned += 1
        return planned

    def plan(self, operation: Operation, labels: frozenset[str] | None = None) -> Planned:
        """Plan one operation, without remembering it; with these labels of overrides, or those of most requests."""
        moves = self.moves if labels is None else self._moves_with(labels)
        return plan_operation(moves, self.api_schema, operation, self._narrowed)

    @property
    def moves(self) -> Moves:
        """The ways through the supergraph with the labels of most requests."""
        return self._moves_with(self._labels.usual)

    def _moves_with(self, labels: frozenset[str]) -> Moves:
        moves = self._moves.get(labels)
        if moves is None:
            moves = self._moves[labels] = Moves(Graph(self.supergraph, labels))
        return moves


class _Refused(Exception):
    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__()
        self.errors = errors


def _operation(
    document: _Document, definition: OperationDefinitionNode, conditions: dict[str, bool], denied: tuple[int, ...]
) -> Operation:
    assert document.node is not None
    needs = {each: document.guards[n].need.words() for n in denied for each in document.guards[n].coordinates}
    return Operation(definition, fragments_of(document.node), conditions, needs)


def _refuse(errors: Sequence[dict[str, Any]]) -> Answer:
    return Answer(orjson.dumps({"errors": list(errors)}), "invalid")


def _too_dear(price: Price, cost: float, most: float) -> Answer | None:
    if price.unsliced is not None:
        error = {"message": price.unsliced, "extensions": {"code": "SLICING_ARGUMENT_REQUIRED"}}
    elif cost > most:
        message = f"The operation may cost {cost:g}; this graph answers what costs at most {most:g} (MAX_COST)."
        error = {"message": message, "extensions": {"code": "COST_ESTIMATED_TOO_EXPENSIVE"}}
    else:
        return None
    return Answer(orjson.dumps({"errors": [error]}), "invalid", cost)


def _weight_of(query: str, document: _Document) -> int:
    refusal = len(document.refusal.body) // 500 if document.refusal is not None else 0
    return 5 + refusal + sum(1 for _ in _WORD.finditer(query))


def _weight_of_plan(planned: Planned) -> int:
    return _PLAN_AT_LEAST + sum(len(each.query) for each in planned.plan.requests)


__all__ = ["Answer", "Engine", "Fetch", "Prepared", "SubgraphUnavailable", "SupergraphError"]
