"""SCIM filters (RFC 7644, 3.4.2.2) as SQL/JSON paths, so that Postgres finds and counts what they match.

They are matched against the folded resource: names and strings in small letters, as SCIM compares most of its strings.
"""

from __future__ import annotations

import json
from typing import Any

from scim2_models import InvalidFilterException
from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
)

_MANY = {
    "emails", "phonenumbers", "ims", "photos", "groups", "entitlements", "roles", "x509certificates", "members",
}  # fmt: skip
_COMPARED = {
    CompareOperator.eq: "==", CompareOperator.gt: ">", CompareOperator.ge: ">=", CompareOperator.lt: "<",
    CompareOperator.le: "<=",
}  # fmt: skip


def folded(value: Any) -> Any:
    """The value with every name and string in small letters."""
    if isinstance(value, dict):
        return {name.lower(): folded(member) for name, member in value.items()}
    if isinstance(value, list):
        return [folded(member) for member in value]
    return value.lower() if isinstance(value, str) else value


def json_path(node: Any) -> str:
    """A filter's syntax tree as a predicate for `@@`. Raises InvalidFilterException for what cannot be asked."""
    return _predicate(node, "$")


def _predicate(node: Any, root: str) -> str:
    if isinstance(node, LogicalExpr):
        word = " && " if node.op is LogicalOperator.and_ else " || "
        return "(" + word.join(_predicate(term, root) for term in node.terms) + ")"
    if isinstance(node, Not):
        return f"(!{_predicate(node.expr, root)})"
    if isinstance(node, ValuePath):
        return f"(exists({_steps(node.attr_path, root)}[*] ? {_predicate(node.val_filter, '@')}))"
    if isinstance(node, Present):
        return f"(exists({_steps(node.attr_path, root)}))"
    if isinstance(node, Comparison):
        return _comparison(node, root)
    raise InvalidFilterException(detail="This filter is not understood.")


def _comparison(node: Comparison, root: str) -> str:
    path = _steps(node.attr_path, root)
    name = node.attr_path.attr.lower()
    if name in _MANY and node.attr_path.sub_attr is None and root == "$":
        path += '."value"'
    value = json.dumps(folded(node.value), default=str)
    if node.op in _COMPARED:
        return f"({path} {_COMPARED[node.op]} {value})"
    if node.op is CompareOperator.ne:
        return f"(!({path} == {value}))"
    if not isinstance(node.value, str):
        raise InvalidFilterException(detail=f"{node.op} compares strings.")
    if node.op is CompareOperator.sw:
        return f"({path} starts with {value})"
    if node.op is CompareOperator.co:
        return f'({path} like_regex {value} flag "q")'
    ending = "".join(f"\\{letter}" if not letter.isalnum() else letter for letter in folded(node.value))
    return f"({path} like_regex {json.dumps(ending + '$')})"


def _steps(path: AttrPath, root: str) -> str:
    names = [path.attr, *([path.sub_attr] if path.sub_attr else [])]
    uri = (path.uri or "").lower()
    if uri and ":core:" not in uri:
        names.insert(0, uri)
    return root + "".join(f".{json.dumps(name.lower())}" for name in names)
