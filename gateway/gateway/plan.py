"""The plan: requests in waves, each with the fetches that one subgraph gets at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from graphql import OperationDefinitionNode, print_ast

from gateway.choose import Holder, Input, Step, Tree
from gateway.fetches import Text, Writer
from gateway.graph import ENTITY, Graph
from gateway.places import Place, Position


@dataclass(frozen=True, slots=True)
class Part:
    """How objects of a place are represented: under which type (None: their own), with which inputs."""

    place: Place
    rep_type: str | None
    inputs: tuple[Input, ...]


@dataclass(slots=True)
class Fetch:
    """One root selection or one `_entities` of a request; what it brings belongs to the objects at `position`."""

    position: Position
    parts: list[Part]
    text: Text
    steps: list[Step]
    key: str = ""
    variable: str = ""

    @property
    def is_entity(self) -> bool:
        """Whether representations are sent."""
        return bool(self.parts)


@dataclass(slots=True)
class Request:
    """One call to a subgraph."""

    graph: str
    kind: str
    wave: int
    fetches: list[Fetch]
    query: str = ""
    variables: tuple[str, ...] = ()
    waits_for: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Plan:
    """All requests in the order of their waves, over the answer's root positions."""

    roots: list[Position]
    requests: list[Request]

    @property
    def waves(self) -> int:
        """How many requests stand behind one another."""
        return 1 + max((request.wave for request in self.requests), default=-1)


def make_plan(graph: Graph, operation: OperationDefinitionNode, trees: Sequence[Tree]) -> Plan:
    """Put the scheduled steps of all trees into requests; a tree starts when the one before it is finished."""
    writer = Writer(graph)
    definitions = {node.variable.name.value: print_ast(node) for node in operation.variable_definitions or ()}
    requests: list[Request] = []
    start = 0
    for tree in trees:
        kind = operation.operation.value
        before = len(requests)
        numbers: dict[Step, int] = {}
        for (level, name), steps in _grouped(tree.steps):
            for together in _together(steps):
                fetches = [_fetch(writer, group) for group in together]
                is_root = all(step.entry is None for step in steps)
                request = Request(name, kind if is_root else "query", start + level, fetches)
                _write(request, definitions)
                for group in together:
                    for step in group:
                        numbers[step] = len(requests)
                requests.append(request)
        for index in range(before, len(requests)):
            request = requests[index]
            waits = {numbers[other] for fetch in request.fetches for step in fetch.steps for other in step.depends_on}
            request.waits_for = sorted(waits) if waits else list(range(before))
        start += 1 + max((step.level for step in tree.steps), default=-1)
    return Plan([tree.root for tree in trees], requests)


def schedule(steps: list[Step]) -> tuple[int, int]:
    """Give every step of a tree its wave; how many requests and how many waves they become."""
    _set_levels(steps)
    requests = sum(len(_together(group)) for _, group in _grouped(steps))
    return requests, 1 + max((step.level for step in steps), default=-1)


def _set_levels(steps: list[Step]) -> None:
    """Every step as early as it can be; then entity fetches from one subgraph together, where that saves a request.

    Another wave is no price for that, unless the same objects are asked twice.
    """
    _level(steps, {})
    entities = [step for step in steps if step.entry is not None and step.entry.kind == ENTITY]
    behind = _all_behind(steps)
    floors: dict[Step, int] = {}
    refused: set[tuple[Step, Step]] = set()
    saved = True
    while saved:
        saved = False
        before, waves = _count(entities), max((step.level for step in steps), default=0)
        for early, late in _pairs(entities):
            pair = early[0], late[0]
            if pair in refused or any(step in behind[other] for step in early for other in late):
                continue
            kept = [step.level for step in steps]
            tried = {**floors, **dict.fromkeys(early, late[0].level)}
            _level(steps, tried)
            same = {step.position for step in early} <= {step.position for step in late}
            if _count(entities) < before and (same or max(step.level for step in steps) <= waves):
                floors, saved = tried, True
                break
            refused.add(pair)
            for step, level in zip(steps, kept, strict=True):
                step.level = level


def _level(steps: list[Step], floors: dict[Step, int]) -> None:
    # Steps stand behind all that they depend on, in the list too.
    for step in steps:
        level = floors.get(step, 0)
        for other in step.depends_on:
            if other.level >= level:
                level = other.level + 1
        step.level = level


def _all_behind(steps: list[Step]) -> dict[Step, set[Step]]:
    """For each step every step that it waits for, however far."""
    found: dict[Step, set[Step]] = {}
    for step in steps:
        found[step] = set(step.depends_on).union(*(found[other] for other in step.depends_on))
    return found


def _count(entities: list[Step]) -> int:
    return len({(step.graph, step.level) for step in entities})


def _pairs(entities: list[Step]) -> list[tuple[list[Step], list[Step]]]:
    """Pairs of what one subgraph is asked in an earlier and in a later wave."""
    groups: dict[str, dict[int, list[Step]]] = {}
    for step in entities:
        groups.setdefault(step.graph, {}).setdefault(step.level, []).append(step)
    return [
        (levels[early], levels[late])
        for levels in groups.values()
        for early in sorted(levels)
        for late in sorted(levels)
        if early < late
    ]


def _grouped(steps: list[Step]) -> list[tuple[tuple[int, str], list[Step]]]:
    found: dict[tuple[int, str], list[Step]] = {}
    for step in steps:
        found.setdefault((step.level, step.graph), []).append(step)
    return sorted(found.items(), key=lambda item: item[0][0])


def _together(steps: list[Step]) -> list[list[list[Step]]]:
    """The requests of one wave to one subgraph: each a list of fetches, each fetch a list of steps."""
    entities: list[list[Step]] = []
    roots: dict[int, list[Step]] = {}
    for step in steps:
        if step.entry is None or step.entry.kind != ENTITY:
            roots.setdefault(id(step.position), []).append(step)
            continue
        for group in entities:
            if all(_compatible(step, other) for other in group):
                group.append(step)
                break
        else:
            entities.append([step])
    requests = [[group] for group in roots.values()]
    return [*requests, entities] if entities else requests


def _compatible(step: Step, other: Step) -> bool:
    assert step.entry is not None
    assert other.entry is not None
    if step.position is not other.position or step.entry.rep_type != other.entry.rep_type:
        return False
    if (
        step.entry.as_type != other.entry.as_type
        and step.entry.rep_type is None
        and not (step.inputs.keys().isdisjoint(other.inputs))
    ):
        return False
    same_place = not step.inputs.keys().isdisjoint(other.inputs)
    if step.entry.rep_type is not None and not same_place:
        return _shown_inputs(step) == _shown_inputs(other)
    keys, other_keys = step.entry.inputs[: step.entry.keys], other.entry.inputs[: other.entry.keys]
    return not same_place or (keys == other_keys and not _collide(step, other))


def _collide(step: Step, other: Step) -> bool:
    """Whether both send the same field with different arguments."""
    return any(
        given.name == also.name and given.slot != also.slot
        for place in step.inputs.keys() & other.inputs.keys()
        for given in step.inputs[place]
        for also in other.inputs[place]
    )


def _shown_inputs(step: Step) -> list[list[tuple[str, str]]]:
    return [[(given.name, given.slot) for given in inputs] for inputs in step.inputs.values()]


def _fetch(writer: Writer, steps: list[Step]) -> Fetch:
    holders: list[Holder] = [step.holder for step in steps]
    entry = steps[0].entry
    if entry is None or entry.kind != ENTITY:
        return Fetch(steps[0].position, [], writer.roots(holders), steps)
    inputs: dict[Place, dict[Input, None]] = {}
    for step in steps:
        for place, given in step.inputs.items():
            inputs.setdefault(place, {}).update(dict.fromkeys(given))
    parts = [Part(place, entry.rep_type, tuple(given)) for place, given in inputs.items()]
    return Fetch(steps[0].position, parts, writer.entities(holders, entry.rep_type), steps)


def _write(request: Request, definitions: dict[str, str]) -> None:
    variables = sorted({name for fetch in request.fetches for name in fetch.text.variables})
    request.variables = tuple(variables)
    head = [definitions[name] for name in variables]
    fields: list[str] = []
    entities = [fetch for fetch in request.fetches if fetch.is_entity]
    for number, fetch in enumerate(request.fetches):
        if not fetch.is_entity:
            fields.append(str(fetch.text))
            continue
        alone = len(entities) == 1
        name = "representations" if alone else f"representations{number}"
        while name in definitions:
            name = f"_{name}"
        fetch.variable = name
        head.append(f"${name}: [_Any!]!")
        fetch.key = "_entities" if alone else f"_e{number}"
        alias = "" if alone else f"{fetch.key}: "
        fields.append(f"{alias}_entities(representations: ${name}) {{ {fetch.text} }}")
    opening = f"({', '.join(head)})" if head else ""
    request.query = f"{request.kind}{opening} {{ {' '.join(fields)} }}"
