"""What a client may ask for at once: bounded before it is parsed, counted before it is planned.

Fragments are counted as if they were expanded, but each is looked at once: a document whose forty fragments spread one
another twice asks for 2^40 fields, and is refused after reading forty fragments.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    SelectionSetNode,
)

from gateway.parsing import parsed
from gateway.settings import GatewaySettings

Kind = Literal["query", "mutation", "subscription"]
# Brackets within brackets: the parser calls itself for each, and Python's stack is finite.
_NESTING = 100
_INTROSPECTION_LISTS = frozenset({"fields", "inputFields", "interfaces", "possibleTypes"})
_ABOUT_SCHEMA = frozenset({"__schema", "__type"})
_INTROSPECTION_DEPTH = 3
_REMEMBERED_CHARACTERS = 4_000_000
_REMEMBERED_DOCUMENTS = 4_000
_TOKEN = re.compile(
    r"""
      \"{3}(?:[^"\\]++|\\\"{3}|\\|"(?!""))*+\"{3}
    | "(?:[^"\\\n\r]++|\\.)*+"
    | \#[^\n\r]*+
    | \.\.\.
    | [A-Za-z_]\w*+
    | -?\d[\d.eE+-]*+
    | [{}\[\]()!$&:=@|]
    """,
    re.VERBOSE,
)


class OperationRefused(Exception):
    """The document is not looked at further. `error` is what the client is told, in GraphQL's form."""

    def __init__(self, code: str, message: str, **more: Any) -> None:
        self.error: dict[str, Any] = {"message": message, **more, "extensions": {"code": code}}
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Document:
    """What a document holds, as far as it matters before planning: its operations by name ("" without one)."""

    kinds: Mapping[str, Kind]
    about_schema_only: frozenset[str]

    def kind(self, operation: str | None) -> Kind | None:
        """The kind of the operation that would be executed; None when the choice is not clear."""
        name = self._chosen(operation)
        return None if name is None else self.kinds[name]

    def is_about_schema_only(self, operation: str | None) -> bool:
        """Whether it asks only for introspection and `__typename`, which hold nobody's data."""
        return self._chosen(operation) in self.about_schema_only

    def _chosen(self, operation: str | None) -> str | None:
        if operation:
            return operation if operation in self.kinds else None
        return next(iter(self.kinds)) if len(self.kinds) == 1 else None


@dataclass(frozen=True, slots=True)
class _Measure:
    """A selection set with its fragments expanded."""

    width: int = 0
    depth: int = 0
    fields: int = 0
    aliases: int = 0
    lists: int = 0
    introspection: int = 0
    about_schema_only: bool = True


_NOTHING = _Measure()
# A fragment that is not there, or is being counted already: it may not make an operation look harmless.
_UNKNOWN = _Measure(about_schema_only=False)


class Limits:
    """Decides whether a document may be planned, and remembers what it decided."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self._remembered: OrderedDict[str, Document | OperationRefused] = OrderedDict()
        self._characters = 0

    def remembered(self, query: str) -> Document | None:
        """The verdict on a document that was seen before. Raises OperationRefused as `check` did."""
        verdict = self._remembered.get(query)
        if isinstance(verdict, OperationRefused):
            raise verdict.with_traceback(None)
        return verdict

    def check(self, query: str) -> Document:
        """Look at a document. Raises OperationRefused."""
        verdict: Document | OperationRefused
        try:
            verdict = self._examine(query)
        except OperationRefused as refused:
            verdict = refused
        self._remember(query, verdict)
        if isinstance(verdict, OperationRefused):
            raise verdict
        return verdict

    def _remember(self, query: str, verdict: Document | OperationRefused) -> None:
        if query in self._remembered or len(query) > _REMEMBERED_CHARACTERS // 10:
            return
        self._remembered[query] = verdict
        self._characters += len(query)
        while self._characters > _REMEMBERED_CHARACTERS or len(self._remembered) > _REMEMBERED_DOCUMENTS:
            oldest, _ = self._remembered.popitem(last=False)
            self._characters -= len(oldest)

    def _examine(self, query: str) -> Document:
        self._bound(query)
        try:
            document = parsed(query)
            return self._count(document)
        except GraphQLSyntaxError as error:
            formatted = error.formatted
            raise OperationRefused(
                "GRAPHQL_PARSE_FAILED", formatted["message"], locations=formatted.get("locations", [])
            ) from None
        except RecursionError:
            raise OperationRefused("OPERATION_TOO_DEEP", "The document is nested too deeply.") from None

    def _bound(self, query: str) -> None:
        """Refuse by counting tokens, which is a hundred times cheaper than parsing them."""
        longest = self._settings.max_document_characters
        if len(query) > longest:
            raise OperationRefused(
                "DOCUMENT_TOO_LONG",
                f"The document is longer than {longest} characters (MAX_DOCUMENT_CHARACTERS). Send data in variables.",
            )
        nesting = 0
        most = self._settings.max_tokens
        for number, token in enumerate(_TOKEN.finditer(query), start=1):
            if number > most:
                raise OperationRefused("TOO_MANY_TOKENS", f"The document has more than {most} tokens (MAX_TOKENS).")
            first = query[token.start()]
            if first in "{[(":
                nesting += 1
                if nesting > _NESTING:
                    raise OperationRefused(
                        "OPERATION_TOO_DEEP", f"The document has more than {_NESTING} brackets within one another."
                    )
            elif first in "}])":
                nesting -= 1

    def _count(self, document: DocumentNode) -> Document:
        most = self._settings.max_definitions
        if len(document.definitions) > most:
            raise OperationRefused(
                "TOO_MANY_DEFINITIONS",
                f"The document has {len(document.definitions)} operations and fragments; this graph reads at most {most} "
                "(MAX_DEFINITIONS).",
            )
        count = _Counting(document)
        kinds: dict[str, Kind] = {}
        about_schema_only = set()
        for definition in document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                name = definition.name.value if definition.name else ""
                measure = count.selections(definition.selection_set)
                self._hold(measure)
                kinds[name] = definition.operation.value
                if measure.about_schema_only:
                    about_schema_only.add(name)
        for fragment in count.unused:
            raise OperationRefused("GRAPHQL_VALIDATION_FAILED", f"Fragment '{fragment}' is never used.")
        if count.directives > self._settings.max_directives:
            raise OperationRefused(
                "TOO_MANY_DIRECTIVES",
                f"The document has {count.directives} directives; this graph reads at most "
                f"{self._settings.max_directives} (MAX_DIRECTIVES).",
            )
        return Document(kinds, frozenset(about_schema_only))

    def _hold(self, measure: _Measure) -> None:
        settings = self._settings
        for code, what, found, most, setting in (
            ("OPERATION_TOO_DEEP", "levels", measure.depth, settings.max_depth, "MAX_DEPTH"),
            ("TOO_MANY_ROOT_FIELDS", "root fields", measure.width, settings.max_root_fields, "MAX_ROOT_FIELDS"),
            ("TOO_MANY_ALIASES", "aliases", measure.aliases, settings.max_aliases, "MAX_ALIASES"),
            ("TOO_MANY_FIELDS", "fields", measure.fields, settings.max_fields, "MAX_FIELDS"),
        ):
            if found > most:
                shown = str(found) if found < 10**9 else "more than a thousand million"
                raise OperationRefused(
                    code, f"The operation has {shown} {what}; this graph answers at most {most} ({setting})."
                )
        if measure.introspection > _INTROSPECTION_DEPTH:
            raise OperationRefused(
                "INTROSPECTION_TOO_DEEP",
                f"The introspection asks for lists within lists more than {_INTROSPECTION_DEPTH} times.",
            )


class _Counting:
    """Counts selections; each fragment once, whoever spreads it."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._counted: dict[str, _Measure] = {}
        self.directives = 0

    @property
    def unused(self) -> list[str]:
        """Fragments that nothing counted so far spreads."""
        return [name for name in self._fragments if name not in self._counted]

    def fragment(self, name: str) -> _Measure:
        """One that spreads itself, or is not there, counts as nothing here: validation says so better."""
        known = self._counted.get(name)
        if known is None:
            self._counted[name] = _UNKNOWN
            fragment = self._fragments.get(name)
            known = _UNKNOWN if fragment is None else self.selections(fragment.selection_set)
            self._counted[name] = known
        return known

    def selections(self, selection_set: SelectionSetNode | None) -> _Measure:
        """Add up a selection set."""
        if selection_set is None:
            return _NOTHING
        width = depth = fields = aliases = lists = introspection = 0
        about_schema_only = True
        for selection in selection_set.selections:
            self.directives += len(selection.directives or ())
            if isinstance(selection, FieldNode):
                name = selection.name.value
                below = self.selections(selection.selection_set)
                width += 1
                fields += 1 + below.fields
                aliases += below.aliases + (selection.alias is not None)
                depth = max(depth, 1 + below.depth)
                lists = max(lists, below.lists + (name in _INTROSPECTION_LISTS))
                introspection = max(introspection, below.lists if name in _ABOUT_SCHEMA else below.introspection)
                about_schema_only = about_schema_only and name.startswith("__")
                continue
            if isinstance(selection, FragmentSpreadNode):
                inside = self.fragment(selection.name.value)
            else:
                inside = self.selections(selection.selection_set)  # type: ignore[attr-defined] # an inline fragment
            width += inside.width
            fields += inside.fields
            aliases += inside.aliases
            depth = max(depth, inside.depth)
            lists = max(lists, inside.lists)
            introspection = max(introspection, inside.introspection)
            about_schema_only = about_schema_only and inside.about_schema_only
        return _Measure(width, depth, fields, aliases, lists, introspection, about_schema_only)
