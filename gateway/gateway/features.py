"""What a supergraph links to: the names that directives of a specification have in this file, and what must be understood."""

from __future__ import annotations

from typing import Any

from graphql import DocumentNode, SchemaDefinitionNode, SchemaExtensionNode, value_from_ast_untyped

from gateway.supergraph import SupergraphError

# A gateway that does not understand a feature which is there for security must not serve the file
# (https://specs.apollo.dev/link/v1.0/#Purpose).
_UNDERSTOOD = frozenset({"authenticated", "requiresScopes", "policy", "inaccessible", "context"})


class Features:
    """The `@link` (or, in old files, `@core`) of a supergraph."""

    def __init__(self, document: DocumentNode) -> None:
        """Raises SupergraphError for an unknown feature that is there for security."""
        self._names: dict[tuple[str, str], str] = {}
        for given in _links(document):
            self._link(given)

    def directive(self, specification: str, directive: str) -> str:
        """The name by which a directive is applied; its own when the file does not link to the specification."""
        known = self._names.get((specification, directive))
        if known is not None:
            return known
        prefix = self._names.get((specification, ""))
        if prefix is None or directive == specification:
            return prefix or directive
        return f"{prefix}__{directive}"

    def _link(self, given: dict[str, Any]) -> None:
        url = given.get("url") or given.get("feature")
        if not isinstance(url, str):
            return
        parts = url.rstrip("/").split("/")
        specification = parts[-2] if len(parts) > 1 and parts[-1].startswith("v") else parts[-1]
        if given.get("for") == "SECURITY" and specification not in _UNDERSTOOD:
            raise SupergraphError(
                f"It needs the feature {url} for security, which this gateway does not understand. "
                "It would show what must not be shown."
            )
        self._names[(specification, "")] = str(given.get("as") or specification)
        for imported in given.get("import") or ():
            name, shown = imported, imported
            if isinstance(imported, dict):
                name, shown = imported.get("name", ""), imported.get("as") or imported.get("name", "")
            if name.startswith("@"):
                self._names[(specification, name[1:])] = shown.removeprefix("@")


def _links(document: DocumentNode) -> list[dict[str, Any]]:
    return [
        {argument.name.value: value_from_ast_untyped(argument.value) for argument in directive.arguments or ()}
        for node in document.definitions
        if isinstance(node, SchemaDefinitionNode | SchemaExtensionNode)
        for directive in node.directives or ()
        if directive.name.value in ("link", "core")
    ]
