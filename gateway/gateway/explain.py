"""Show what a planner stage makes of a query, for people."""

from __future__ import annotations

from collections.abc import Callable

from graphql import parse, print_ast, print_schema, validate

from gateway.choose import Step
from gateway.engine import Engine
from gateway.field_set import show
from gateway.graph import ENTITY, Entry, Graph, State
from gateway.operation import Operation, condition_values, condition_variables, find_operation, fragments_of
from gateway.places import Place, Position
from gateway.plan import Fetch, Request
from gateway.planner import Planned
from gateway.supergraph import Field

STAGES = ("supergraph", "api_schema", "operation", "graph", "moves", "choose", "fetches", "plan", "compile")


class CannotExplain(Exception):
    """There is no such stage, or the query is not valid; the message says which."""


def explain(
    engine: Engine,
    query: str,
    stage: str = "plan",
    *,
    operation_name: str | None = None,
    variables: dict[str, object] | None = None,
) -> str:
    """What the stage says of the query. `variables` matter only where @skip and @include read them."""
    shown = _SHOWN.get(stage)
    if shown is None:
        raise CannotExplain(f"There is no stage {stage}; the stages are {', '.join(STAGES)}.")
    if stage in _WITHOUT_QUERY:
        return _WITHOUT_QUERY[stage](engine)
    return shown(engine, _plan(engine, query, operation_name, variables or {}))


def _plan(engine: Engine, query: str, operation_name: str | None, variables: dict[str, object]) -> Planned:
    document = parse(query)
    errors = validate(engine.api_schema, document)
    if errors:
        raise CannotExplain("\n".join(map(str, errors)))
    definition = find_operation(document, operation_name)
    conditions = condition_values(condition_variables(document), definition, variables)
    return engine.plan(Operation(definition, fragments_of(document), conditions))


def _supergraph(engine: Engine) -> str:
    lines = [f"{name}: {url}" for name, url in engine.subgraphs.items()]
    graph = engine.moves.graph
    for known in sorted(engine.supergraph.types.values(), key=lambda one: one.name):
        lines += ["", f"{known.kind} {known.name} in {', '.join(sorted(known.graphs))}"]
        lines += [
            f"  key in {key.graph}: {show(key.fields)}{'' if key.resolvable else ' (not resolvable)'}"
            for key in known.keys
        ]
        lines += [f"  interface object in {name}" for name in sorted(known.interface_object_in)]
        lines += [_field(graph, known.name, field) for field in known.fields.values()]
        if known.kind != "object":
            lines += [f"  in {name}: {', '.join(sorted(members))}" for name, members in sorted(known.members.items())]
    return "\n".join(lines)


def _field(graph: Graph, type_name: str, field: Field) -> str:
    parts = []
    for name in sorted(field.joins):
        join = graph.join(type_name, field.name, name)
        if join is None:
            continue
        notes = [f"as {join.type}"] if join.type != field.type else []
        notes += ["external"] if join.external else []
        notes += [f"requires {show(join.requires)}"] if join.requires else []
        notes += [f"provides {show(join.provides)}"] if join.provides else []
        parts.append(f"{name} ({', '.join(notes)})" if notes else name)
    return f"  {field.name}: {field.type} in {', '.join(parts) or 'interface objects only'}"


def _graph(engine: Engine) -> str:
    graph = engine.moves.graph
    lines: list[str] = []
    for known in sorted(engine.supergraph.types.values(), key=lambda one: one.name):
        if known.kind == "object":
            for entry in graph.entries(known.name, known.name):
                lines.append(f"{known.name} -> {_entry(entry)}")
    return "\n".join(lines)


def _moves(engine: Engine) -> str:
    lines: list[str] = []
    for known in sorted(engine.supergraph.types.values(), key=lambda one: one.name):
        if known.kind != "object" or known.name in engine.supergraph.roots.values():
            continue
        for name in sorted(known.graphs):
            for field in known.fields:
                way = engine.moves.search([(known.name, field)], [(0, State(name, known.name, ()), 0)])
                if way is None:
                    lines.append(f"{known.name} in {name}: no way to {field}")
                elif way.moves[0].entry is not None:
                    shown = ", then ".join(_entry(move.entry) for move in way.moves if move.entry)
                    lines.append(f"{known.name} in {name}: {field} by {shown} (cost {way.cost})")
    return "\n".join(lines)


def _entry(entry: Entry) -> str:
    if entry.kind != ENTITY:
        return f"{entry.graph} (root)"
    as_type = f" as {entry.rep_type}" if entry.rep_type else ""
    purpose = f" for {entry.field}" if entry.field else ""
    return f"{entry.graph}{as_type} with {show(entry.inputs)}{purpose}"


def _operation(_engine: Engine, planned: Planned) -> str:
    lines: list[str] = []
    for root in planned.roots:
        _position(root, lines, 0)
    if planned.introspection is not None:
        lines += ["answered by the gateway:", print_ast(planned.introspection.definitions[0])]
    return "\n".join(lines)


def _position(position: Position, lines: list[str], depth: int) -> None:
    for place in position.places:
        lines.append(f"{'  ' * depth}{_types(place)}")
        for use in place.uses:
            hidden = "" if use.response_key else "  (for the plan)"
            renamed = f"{use.response_key}: " if use.response_key and use.response_key != use.name else ""
            stored = f"  (kept as {use.slot})" if use.slot != (use.response_key or use.name) else ""
            lines.append(f"{'  ' * depth}  {renamed}{use.name}{use.arguments}{hidden}{stored}")
            if use.child is not None:
                _position(use.child, lines, depth + 2)


def _types(place: Place) -> str:
    return " | ".join(place.types)


def _choose(_engine: Engine, planned: Planned) -> str:
    lines: list[str] = []
    for tree in planned.trees:
        numbers = {step: number for number, step in enumerate(tree.steps)}
        for step in tree.steps:
            after = ", ".join(f"#{numbers[other]}" for other in sorted(step.depends_on, key=numbers.__getitem__))
            lines.append(f"#{numbers[step]} {_step(step)}{f' after {after}' if after else ''}")
            for place, node in step.holder.nodes.items():
                lines.append(f"   {_types(place)}: {', '.join(use.name for use in node.uses)}")
    return "\n".join(lines)


def _step(step: Step) -> str:
    return f"{step.position.shown_path()}: {_entry(step.entry) if step.entry else step.graph}"


def _fetches(_engine: Engine, planned: Planned) -> str:
    return "\n".join(
        f"{request.graph} at {fetch.position.shown_path()}: {fetch.text}"
        for request in planned.plan.requests
        for fetch in request.fetches
    )


def _plan_text(_engine: Engine, planned: Planned) -> str:
    lines = [f"{len(planned.plan.requests)} fetches in {planned.plan.waves} waves"]
    for wave in range(planned.plan.waves):
        lines += ["", f"wave {wave + 1}"]
        for number, request in enumerate(planned.plan.requests):
            if request.wave == wave:
                lines += _request(number, request)
    return "\n".join(lines)


def _request(number: int, request: Request) -> list[str]:
    after = f" after {', '.join(f'#{other}' for other in request.waits_for)}" if request.waits_for else ""
    lines = [f"  #{number} {request.graph}{after}"]
    for fetch in request.fetches:
        lines.append(f"    at {fetch.position.shown_path()}")
        lines += [f"      {line}" for line in _representations(fetch)]
    body = print_ast(parse(request.query))
    return [*lines, *(f"    {line}" for line in body.splitlines())]


def _representations(fetch: Fetch) -> list[str]:
    return [
        f"{part.rep_type or _types(part.place)} by "
        + ", ".join(f"{given.name}{'' if given.is_key else ' (required)'}" for given in part.inputs)
        for part in fetch.parts
    ]


def _compile(_engine: Engine, planned: Planned) -> str:
    return "\n".join(request.template() for request in planned.program.requests)


_WITHOUT_QUERY: dict[str, Callable[[Engine], str]] = {
    "supergraph": _supergraph,
    "api_schema": lambda engine: print_schema(engine.api_schema),
    "graph": _graph,
    "moves": _moves,
}
_SHOWN: dict[str, Callable[[Engine, Planned], str]] = {
    **{name: lambda engine, _planned: "" for name in _WITHOUT_QUERY},
    "operation": _operation,
    "choose": _choose,
    "fetches": _fetches,
    "plan": _plan_text,
    "compile": _compile,
}
