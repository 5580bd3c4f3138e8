"""The parameters of a GraphQL request, from its body or its query string."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson

from gateway.persisted import PersistedDocuments


class Rejected(Exception):
    """The request is not executed; the client is told in GraphQL's form, with this status."""

    def __init__(self, status: int, code: str, message: str, *headers: tuple[bytes, bytes]) -> None:
        self.status = status
        self.error: dict[str, Any] = {"message": message, "extensions": {"code": code}}
        self.headers = headers
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of a request."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None


def from_query_string(query_string: bytes, documents: PersistedDocuments) -> Asked:
    """Those of a GET request. Raises Rejected or DocumentRefused."""
    return from_content(content_of_query_string(query_string), documents)


def from_body(body: bytes, documents: PersistedDocuments) -> Asked:
    """Those of a POST request. Raises Rejected or DocumentRefused."""
    return from_content(content_of_body(body), documents)


def content_of_query_string(query_string: bytes) -> dict[str, Any]:
    """What a GET request sends, not looked at further. Raises Rejected."""
    pairs = dict(parse_qsl(query_string.decode("latin-1"), keep_blank_values=True))
    content: dict[str, Any] = {name: pairs[name] for name in ("query", "operationName", "documentId") if name in pairs}
    for name in ("variables", "extensions"):
        if pairs.get(name):
            content[name] = _json(pairs[name].encode(), f"The parameter `{name}`")
    return content


def content_of_body(body: bytes) -> dict[str, Any]:
    """What a POST request sends, not looked at further. Raises Rejected."""
    content = _json(body, "The body")
    if isinstance(content, list):
        raise Rejected(400, "BATCHING_NOT_SUPPORTED", "Send one operation per request; a list of them is not read.")
    if not isinstance(content, dict):
        raise Rejected(400, "BAD_REQUEST", "The body must be a JSON object with the member `query`.")
    return content


def _json(text: bytes, what: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Rejected(400, "BAD_REQUEST", f"{what} is not JSON: {error}.") from None


def from_content(content: Mapping[str, Any], documents: PersistedDocuments) -> Asked:
    """Those of an object that was read already. Raises Rejected or DocumentRefused."""
    query = content.get("query")
    variables = content.get("variables")
    operation_name = content.get("operationName")
    extensions = content.get("extensions")
    if extensions is not None or "documentId" in content or documents.only:
        query = documents.document(content)
    if not isinstance(query, str) or not query.strip():
        raise Rejected(400, "BAD_REQUEST", "`query` must be a string with a GraphQL document.")
    if not isinstance(variables, dict | None):
        raise Rejected(400, "BAD_REQUEST", "`variables` must be an object.")
    if not isinstance(operation_name, str | None):
        raise Rejected(400, "BAD_REQUEST", "`operationName` must be a string.")
    if not isinstance(extensions, dict | None):
        raise Rejected(400, "BAD_REQUEST", "`extensions` must be an object.")
    return Asked(query, variables, operation_name or None)
