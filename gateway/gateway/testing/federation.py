"""A graph of a corpus folder: its engine, its subgraphs in process, and one schema over all the data to compare with."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLSchema, execute, parse

from gateway.engine import Engine, SubgraphUnavailable
from gateway.operation import Operation, condition_values, condition_variables, find_operation, fragments_of
from gateway.planner import Planned
from gateway.testing.subgraph import Subgraph
from gateway.testing.world import Info, World, resolve, resolve_type


def note(text: str, name: str, default: Any) -> Any:
    """What a query's comment says under a name, as JSON: `# variables {...}`."""
    found = re.search(rf"^# {name} (.+)$", text, re.MULTILINE)
    return json.loads(found[1]) if found else default


@dataclass
class Federation:
    """A graph of the corpus: its engine, its subgraphs in process, and the one schema to compare with."""

    engine: Engine
    subgraphs: dict[str, Subgraph]
    world: World
    down: set[str] = field(default_factory=set)
    calls: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def load(cls, folder: Path) -> Federation:
        """Read `supergraph.graphql`, `data.json` and a file for each subgraph."""
        world = World(json.loads((folder / "data.json").read_text()))
        engine = Engine.from_sdl((folder / "supergraph.graphql").read_text())
        subgraphs = {
            path.stem: Subgraph(path.stem, path.read_text(), world)
            for path in sorted(folder.glob("*.graphql"))
            if path.stem != "supergraph"
        }
        return cls(engine, subgraphs, world)

    def plan(self, query: str, variables: dict[str, Any] | None = None) -> Planned:
        """How the engine plans a query."""
        document = parse(query)
        definition = find_operation(document, None)
        conditions = condition_values(condition_variables(document), definition, variables or {})
        return self.engine.plan(Operation(definition, fragments_of(document), conditions))

    async def fetch(self, subgraph: str, body: bytes, kind: str) -> bytes:
        """Answer as the subgraph does, unless it is down."""
        self.calls.append((subgraph, orjson.loads(body)["query"]))
        assert orjson.loads(body)["query"].startswith(kind)
        if subgraph in self.down:
            raise SubgraphUnavailable(subgraph, "it is down")
        return self.subgraphs[subgraph].execute(body)

    async def ask(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask the engine; `calls` then holds what it sent."""
        self.calls.clear()
        answer = await self.engine.execute(query, variables, None, self.fetch)
        found: dict[str, Any] = orjson.loads(answer.body)
        return found

    def reference(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """What one schema over all the data answers."""

        def value(source: Any, info: Info, **arguments: Any) -> Any:
            return resolve(source, info, self.world, None, arguments)

        schema: GraphQLSchema = self.engine.api_schema
        result = execute(
            schema, parse(query), variable_values=variables, field_resolver=value, type_resolver=resolve_type
        )
        assert isinstance(result, ExecutionResult)
        return dict(result.formatted)
