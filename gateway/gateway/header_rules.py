"""Which headers of clients go to subgraphs, and which headers of subgraphs come back, by rules in a TOML file:

    [[request]]
    propagate = "x-tenant"            # or a beginning: "x-feature-*"
    rename = "x-organisation"         # optional, as are:
    default = "none"
    subgraphs = ["people"]            # all, when left out

    [[request]]
    set = "x-from"
    value = "gateway"

    [[request]]
    remove = "authorization"
    subgraphs = ["weather"]

    [[response]]
    propagate = "x-warning"
    merge = "append"                  # of several subgraphs: first (else), last or append

Rules are applied one after another. Headers that belong to one connection, or that say what a body is, never pass.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Header = tuple[bytes, bytes]
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\x20-\x7e]*")
# RFC 9110 section 7.6.1, and what the gateway writes itself because it says what a message is.
_OWN = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding upgrade "
    b"host content-length content-type content-encoding accept accept-encoding expect".split()
)
_OWN_OF_ANSWERS = _OWN | {b"cache-control", b"vary", b"x-request-id", b"x-operation-cost", b"date", b"server"}
# Sent to every subgraph already: a beginning such as "x-*" does not mean them.
_SENT = frozenset({b"authorization", b"traceparent", b"x-request-id"})


class HeaderRulesBroken(Exception):
    """The rules cannot be used. The message says where and why."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What becomes of one header, or of all whose names begin alike."""

    action: Literal["propagate", "set", "remove"]
    name: bytes
    is_beginning: bool
    rename: bytes | None
    value: bytes | None
    subgraphs: frozenset[str] | None
    merge: Literal["first", "last", "append"]

    def concerns(self, subgraph: str) -> bool:
        """Whether the rule is meant for a subgraph."""
        return self.subgraphs is None or subgraph in self.subgraphs

    def means(self, name: bytes) -> bool:
        """Whether the rule is meant for a header."""
        return name.startswith(self.name) if self.is_beginning else name == self.name


class HeaderRules:
    """The rules of a file."""

    def __init__(self, requests: tuple[Rule, ...], responses: tuple[Rule, ...]) -> None:
        self._requests = requests
        self._responses = responses
        self.has_responses = bool(responses)

    @classmethod
    def read(cls, path: Path) -> HeaderRules:
        """Raises HeaderRulesBroken."""
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
            unknown = content.keys() - {"request", "response"}
            if unknown:
                raise HeaderRulesBroken(
                    f"there are only [[request]] and [[response]], no {', '.join(sorted(unknown))}."
                )
            return cls(
                tuple(_rule(each, f"request {number}", _OWN) for number, each in _numbered(content, "request")),
                tuple(
                    _rule(each, f"response {number}", _OWN_OF_ANSWERS)
                    for number, each in _numbered(content, "response")
                ),
            )
        except OSError as error:
            raise HeaderRulesBroken(
                f"The header rules {path} cannot be read: {error.strerror}. Set HEADER_RULES."
            ) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, HeaderRulesBroken) as error:
            raise HeaderRulesBroken(f"The header rules {path} are broken: {error}") from None

    def of_request(self, subgraph: str, own: Iterable[Header], client: Iterable[Header]) -> bytes:
        """The header lines for a subgraph: `own` are those of the gateway, `client` what the client sent."""
        found = list(own)
        for rule in self._requests:
            if not rule.concerns(subgraph):
                continue
            if rule.action == "remove":
                found = [each for each in found if not rule.means(each[0])]
                continue
            added = _added(rule, client, _OWN | _SENT if rule.is_beginning else _OWN)
            replaced = {name for name, _ in added}
            found = [each for each in found if each[0] not in replaced] + added
        return b"".join(b"%b: %b\r\n" % each for each in found)

    def of_response(self, received: Iterable[tuple[str, Iterable[Header]]]) -> list[Header]:
        """The headers for the client, from those that the subgraphs sent, in the order of their answers."""
        found: list[Header] = []
        for rule in self._responses:
            if rule.action == "remove":
                found = [each for each in found if not rule.means(each[0])]
            elif rule.action == "set":
                found = [each for each in found if each[0] != rule.name] + _added(rule, (), _OWN_OF_ANSWERS)
            else:
                for subgraph, headers in received:
                    if rule.concerns(subgraph):
                        found = _merged(rule, found, _added(rule, headers, _OWN_OF_ANSWERS))
        return found


def _added(rule: Rule, given: Iterable[Header], never: frozenset[bytes]) -> list[Header]:
    if rule.action == "set":
        return [(rule.name, rule.value or b"")]
    found = [
        (rule.rename or name, value)
        for name, value in ((name.lower(), value) for name, value in given)
        if rule.means(name) and name not in never and b"\r" not in value and b"\n" not in value
    ]
    if not found and rule.value is not None:
        return [(rule.rename or rule.name, rule.value)]
    return found


def _merged(rule: Rule, found: list[Header], added: list[Header]) -> list[Header]:
    names = {name for name, _ in (found if rule.merge == "first" else added)}
    if rule.merge == "append":
        return found + added
    if rule.merge == "first":
        return found + [each for each in added if each[0] not in names]
    return [each for each in found if each[0] not in names] + added


def _numbered(content: dict[str, Any], name: str) -> Iterable[tuple[int, Any]]:
    rules = content.get(name, [])
    if not isinstance(rules, list):
        raise HeaderRulesBroken(f"write [[{name}]], with two brackets.")
    return enumerate(rules, start=1)


def _rule(given: dict[str, Any], where: str, never: frozenset[bytes]) -> Rule:
    actions = [action for action in ("propagate", "set", "remove") if action in given]
    if len(actions) != 1:
        raise HeaderRulesBroken(f"{where} must have one of propagate, set and remove.")
    action = actions[0]
    allowed = {"propagate": {"rename", "default", "merge"}, "set": {"value"}, "remove": set()}[action]
    if unknown := given.keys() - allowed - {action, "subgraphs"}:
        raise HeaderRulesBroken(f"{where} knows no {', '.join(sorted(unknown))}.")
    name = str(given[action]).lower()
    is_beginning = name.endswith("*") and action != "set"
    names = [
        name.removesuffix("*") if is_beginning else name,
        *([str(given["rename"]).lower()] if "rename" in given else []),
    ]
    for each in names:
        if not _NAME.fullmatch(each) and not (is_beginning and each == ""):
            raise HeaderRulesBroken(f"{where}: {each!r} is not the name of a header.")
        if each.encode() in never:
            raise HeaderRulesBroken(f"{where}: {each} never passes; the gateway writes it itself, or leaves it out.")
    if is_beginning and ("rename" in given or "default" in given):
        raise HeaderRulesBroken(f"{where}: headers that begin with {name} cannot get one name or one default.")
    subgraphs = given.get("subgraphs")
    if subgraphs is not None and not (isinstance(subgraphs, list) and all(isinstance(each, str) for each in subgraphs)):
        raise HeaderRulesBroken(f"{where}: subgraphs must be a list of names.")
    value = given.get("value" if action == "set" else "default")
    if (action == "set" and value is None) or (value is not None and not _VALUE.fullmatch(str(value))):
        raise HeaderRulesBroken(f"{where} needs a value in ASCII, without line breaks.")
    if given.get("merge", "first") not in ("first", "last", "append"):
        raise HeaderRulesBroken(f"{where}: merge must be first, last or append.")
    return Rule(
        action=action,
        name=names[0].encode(),
        is_beginning=is_beginning,
        rename=names[1].encode() if len(names) > 1 else None,
        value=None if value is None else str(value).encode(),
        subgraphs=None if subgraphs is None else frozenset(subgraphs),
        merge=given.get("merge", "first"),
    )
