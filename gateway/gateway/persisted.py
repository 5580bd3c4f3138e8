"""Documents that clients name instead of sending them: those of a manifest, and those that they registered by hash.

A manifest is Apollo's (`{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id", "body"}]}`) or
Relay's (`{"<id>": "<document>"}`). A client names a document by `documentId`, or by the SHA-256 hash of its text in
`extensions.persistedQuery.sha256Hash` (Apollo's automatic persisted queries).
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

_FORMAT = "apollo-persisted-query-manifest"
_HASH = re.compile(r"[0-9a-f]{64}")
_REMEMBERED_CHARACTERS = 4_000_000
_LONGEST_SHARE = 10


class ManifestBroken(Exception):
    """The manifest cannot be used. The message says why."""


class DocumentRefused(Exception):
    """There is no such document, or it may not be sent. `code` and the message are for the client."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


def read_manifest(path: Path) -> dict[str, str]:
    """The documents of a manifest by their ids. Raises ManifestBroken."""
    try:
        content = orjson.loads(path.read_bytes())
    except OSError as error:
        raise ManifestBroken(
            f"The manifest {path} cannot be read: {error.strerror}. Set PERSISTED_DOCUMENTS."
        ) from None
    except orjson.JSONDecodeError as error:
        raise ManifestBroken(f"The manifest {path} is not JSON: {error}.") from None
    documents = _documents(content)
    if not isinstance(documents, dict) or not all(isinstance(text, str) for text in documents.values()):
        raise ManifestBroken(
            f"The manifest {path} is neither Apollo's ({_FORMAT}, version 1) nor Relay's (an object of documents by id)."
        )
    return documents


def _documents(content: Any) -> Any:
    if not isinstance(content, dict) or "operations" not in content:
        return content
    operations = content["operations"]
    if content.get("format") != _FORMAT or content.get("version") != 1 or not isinstance(operations, list):
        return None
    if not all(isinstance(each, dict) and isinstance(each.get("id"), str) for each in operations):
        return None
    return {each["id"]: each.get("body") for each in operations}


class PersistedDocuments:
    """Finds the documents that requests name."""

    def __init__(self, manifest: Mapping[str, str], *, only: bool, registers: bool) -> None:
        """`only` documents of the manifest are executed then; else `registers` lets clients add theirs by hash."""
        self._manifest = manifest
        self.only = only
        self._registers = registers and not only
        self._registered: OrderedDict[str, str] = OrderedDict()
        self._characters = 0

    def replace(self, manifest: Mapping[str, str]) -> None:
        """Go by another manifest from now on. What clients registered is kept."""
        self._manifest = manifest

    def document(self, content: Mapping[str, Any]) -> Any:
        """The document of a request's parameters, in whichever way it is named. Raises DocumentRefused."""
        query, identity = content.get("query"), content.get("documentId")
        extensions = content.get("extensions")
        persisted = extensions.get("persistedQuery") if isinstance(extensions, dict) else None
        if identity is not None:
            if query is not None and not self.only:
                raise DocumentRefused("BAD_REQUEST", "Send either `query` or `documentId`, not both.")
            return self._named(identity)
        if persisted is not None:
            return self._by_hash(persisted, query)
        if self.only:
            raise DocumentRefused(
                "PERSISTED_QUERY_ID_REQUIRED",
                "Only persisted documents are answered. Send `documentId`, or `extensions.persistedQuery.sha256Hash`.",
            )
        return query

    def _named(self, identity: Any) -> str:
        text = self._manifest.get(identity) if isinstance(identity, str) else None
        if text is None and isinstance(identity, str) and identity.startswith("sha256:"):
            text = self._manifest.get(identity.removeprefix("sha256:"))
        if text is None:
            raise DocumentRefused(
                "PERSISTED_QUERY_NOT_IN_LIST", "No document with this id is in the list of documents."
            )
        return text

    def _by_hash(self, persisted: Any, query: Any) -> Any:
        given = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
        if not isinstance(given, str) or persisted.get("version", 1) != 1:
            raise DocumentRefused(
                "BAD_REQUEST", "`extensions.persistedQuery` must have `version` 1 and a `sha256Hash`."
            )
        text = self._manifest.get(given)
        if text is not None:
            return text
        if self.only:
            return self._named(given)
        if not self._registers:
            if isinstance(query, str):
                return query
            # The words by which clients know that they are to send the whole document from now on.
            raise DocumentRefused("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")
        return self._registered_by(given.lower(), query)

    def _registered_by(self, given: str, query: Any) -> str:
        if not isinstance(query, str):
            text = self._registered.get(given)
            if text is None:
                # The words by which clients know that they are to send the document once, with its hash.
                raise DocumentRefused("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
            self._registered.move_to_end(given)
            return text
        if not _HASH.fullmatch(given) or sha256(query.encode()).hexdigest() != given:
            raise DocumentRefused("PERSISTED_QUERY_HASH_MISMATCH", "`sha256Hash` is not the SHA-256 hash of `query`.")
        self._remember(given, query)
        return query

    def _remember(self, given: str, query: str) -> None:
        if given in self._registered or len(query) > _REMEMBERED_CHARACTERS // _LONGEST_SHARE:
            return
        self._registered[given] = query
        # A hash takes room too: many short documents are bounded as few long ones are.
        self._characters += len(query) + len(given)
        while self._characters > _REMEMBERED_CHARACTERS:
            oldest, text = self._registered.popitem(last=False)
            self._characters -= len(text) + len(oldest)
