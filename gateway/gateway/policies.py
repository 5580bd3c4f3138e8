"""Policies by name, as conditions over the claims of a token, read from a TOML file:

    [sees-salaries]
    roles = ["hr", "payroll"]       # the claim is, or has among its values, one of these
    department_id = "people"        # every line of a table must hold

    ["exports usage"]
    any = [{ roles = "metrics_owner" }, { department_id = "finance", not = { employment = "external" } }]

`any`, `all` and `not` combine conditions; a dot in a claim's name leads into an object (`"realm_access.roles"`). What has
no rule is denied, and so is everything to somebody without a token.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Claims = Mapping[str, Any]
Condition = Callable[[Claims], bool]
_WORDS_OF = frozenset({"scope", "scp"})
_DEEPEST = 10


class PoliciesBroken(Exception):
    """The policy file cannot be used. The message says where and why."""


class Policies:
    """The rules of a policy file."""

    def __init__(self, rules: Mapping[str, Condition]) -> None:
        self._rules = rules

    @classmethod
    def read(cls, path: Path) -> Policies:
        """Raises PoliciesBroken."""
        try:
            return cls.from_text(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise PoliciesBroken(f"The policies {path} cannot be read: {error.strerror}. Set POLICIES.") from None
        except UnicodeDecodeError:
            raise PoliciesBroken(f"The policies {path} are not a text file in UTF-8. Set POLICIES.") from None
        except PoliciesBroken as error:
            raise PoliciesBroken(f"The policies {path} are broken: {error}") from None

    @classmethod
    def from_text(cls, text: str) -> Policies:
        """Raises PoliciesBroken."""
        try:
            content = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise PoliciesBroken(f"{error}.") from None
        return cls({name: _every(name, table, 0) for name, table in content.items()})

    def replace(self, other: Policies) -> None:
        """Hold by the rules of another file from now on."""
        self._rules = other._rules

    def __contains__(self, name: object) -> bool:
        return name in self._rules

    def holds(self, name: str, claims: Claims) -> bool:
        """Whether a policy holds for these claims; one without a rule holds for nobody."""
        rule = self._rules.get(name)
        return rule is not None and rule(claims)


NO_POLICIES = Policies({})


def _every(where: str, table: Any, depth: int) -> Condition:
    if not isinstance(table, dict) or not table:
        raise PoliciesBroken(f'[{where}] must be a table with at least one condition, such as roles = ["auditor"].')
    if depth > _DEEPEST:
        raise PoliciesBroken(f"[{where}] has conditions within conditions more than {_DEEPEST} times.")
    conditions = [_condition(where, name, value, depth) for name, value in table.items()]
    return lambda claims: all(condition(claims) for condition in conditions)


def _condition(where: str, name: str, value: Any, depth: int) -> Condition:
    if name == "not":
        denied = _every(f"{where}.not", value, depth + 1)
        return lambda claims: not denied(claims)
    if name in ("any", "all"):
        if not isinstance(value, list) or not value:
            raise PoliciesBroken(f"[{where}] {name} must be a list of tables.")
        parts = [_every(f"{where}.{name}", each, depth + 1) for each in value]
        combine = any if name == "any" else all
        return lambda claims: combine(part(claims) for part in parts)
    wanted = value if isinstance(value, list) else [value]
    if not wanted or not all(isinstance(each, str | int | bool) for each in wanted):
        raise PoliciesBroken(f"[{where}] {name} must be a text, a whole number, true or false, or a list of those.")
    path = name.split(".")
    return lambda claims: any(_same(each, held) for held in _held(claims, path) for each in wanted)


def _same(wanted: str | int | bool, held: Any) -> bool:
    return type(wanted) is type(held) and wanted == held


def _held(claims: Claims, path: list[str]) -> list[Any]:
    """The values of a claim: those of its list, or itself; the words of a scope."""
    found: Any = claims
    for part in path:
        found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, str) and path[-1] in _WORDS_OF:
        return found.split()
    return found if isinstance(found, list) else [found]
