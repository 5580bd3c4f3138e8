"""Documents: bounded before anything expensive is done with them, then parsed, validated and remembered."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    parse,
)
from graphql.language import SelectionSetNode
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import validate_document

DEEPEST = 20
MOST_ALIASES = 200
MOST_SELECTIONS = 5_000
MOST_TOKENS = 20_000
_KEPT = 512
_LONGEST_KEPT = 32_768
_INTROSPECTION = ("__schema", "__type")


@dataclass(frozen=True, slots=True)
class Size:
    """How large a selection is once its fragments are written out."""

    depth: int = 0
    selections: int = 0
    aliases: int = 0


class Document:
    """A parsed document, what is wrong with it, and whether it asks for the schema."""

    __slots__ = ("errors", "introspects", "node", "operations")

    def __init__(self, node: DocumentNode) -> None:
        self.node = node
        self.errors: list[GraphQLError] | None = None
        self.introspects = False
        self.operations = sum(isinstance(definition, OperationDefinitionNode) for definition in node.definitions)


class Cache:
    """The documents used last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Document] = OrderedDict()

    def get(self, text: str) -> Document:
        """The document, parsed. Raises GraphQLError."""
        document = self._kept.get(text)
        if document is not None:
            self._kept.move_to_end(text)
            return document
        document = Document(parse(text, max_tokens=MOST_TOKENS))
        if len(text) <= _LONGEST_KEPT:
            self._kept[text] = document
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return document


class Documents(SchemaExtension):
    """Strawberry's hook for parsing and validation by way of the cache."""

    def __init__(self, cache: Cache) -> None:
        super().__init__()
        self._cache = cache
        self._document: Document | None = None

    def on_parse(self) -> Iterator[None]:
        self._document = self._cache.get(self.execution_context.query or "")
        self.execution_context.graphql_document = self._document.node
        yield

    def on_validate(self) -> Iterator[None]:
        here = self.execution_context
        document = self._document
        assert document is not None
        if document.errors is None:
            document.errors = bound(document) or validate_document(
                here.schema._schema, document.node, here.validation_rules
            )
        errors = document.errors
        if document.introspects and not getattr(here.context, "introspection", True):
            errors = [
                GraphQLError(
                    "Introspection is switched off here. Read the service's contract/schema.graphql.",
                    extensions={"code": "INTROSPECTION_DISABLED"},
                )
            ]
        if document.operations > 1 and here._provided_operation_name is None:
            errors = [GraphQLError("The document has several operations. Name the one to run in `operationName`.")]
        here.pre_execution_errors = errors
        yield


def bound(document: Document) -> list[GraphQLError]:
    """What is too large about a document. Fragments are counted where they are spread, each measured once."""
    measure = Measure(document)
    try:
        sizes = [
            measure.selection_set(definition.selection_set)
            for definition in document.node.definitions
            if isinstance(definition, OperationDefinitionNode)
        ]
    except RecursionError:
        return [_too_large("is nested too deeply")]
    worst = Size(
        max((size.depth for size in sizes), default=0),
        sum(size.selections for size in sizes),
        sum(size.aliases for size in sizes),
    )
    if worst.depth > DEEPEST:
        return [_too_large(f"is {worst.depth} levels deep; {DEEPEST} are allowed")]
    if worst.selections > MOST_SELECTIONS:
        return [_too_large(f"selects {worst.selections} fields; {MOST_SELECTIONS} are allowed")]
    if worst.aliases > MOST_ALIASES:
        return [_too_large(f"has {worst.aliases} aliases; {MOST_ALIASES} are allowed")]
    return []


def _too_large(what: str) -> GraphQLError:
    return GraphQLError(f"The document {what}. Ask for less at once.", extensions={"code": "TOO_LARGE"})


class Measure:
    """Measures selections; a fragment once, however often it is spread."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._fragments = {
            definition.name.value: definition
            for definition in document.node.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._known: dict[str, Size] = {}

    def selection_set(self, selection_set: SelectionSetNode | None) -> Size:
        depth = selections = aliases = 0
        for selection in selection_set.selections if selection_set else ():
            if isinstance(selection, FragmentSpreadNode):
                inner = self._fragment(selection.name.value)
            elif isinstance(selection, FieldNode):
                inner = self._field(selection)
            else:
                inner = self.selection_set(selection.selection_set)  # type: ignore[attr-defined]
            depth = max(depth, inner.depth)
            selections += inner.selections
            aliases += inner.aliases
        return Size(depth, selections, aliases)

    def _field(self, field: FieldNode) -> Size:
        self._document.introspects |= field.name.value in _INTROSPECTION
        inner = self.selection_set(field.selection_set)
        return Size(inner.depth + 1, inner.selections + 1, inner.aliases + (field.alias is not None))

    def _fragment(self, name: str) -> Size:
        if name not in self._known:
            self._known[name] = Size()  # what a fragment that spreads itself finds; validation refuses the cycle
            fragment = self._fragments.get(name)
            self._known[name] = self.selection_set(fragment.selection_set) if fragment else Size()
        return self._known[name]
