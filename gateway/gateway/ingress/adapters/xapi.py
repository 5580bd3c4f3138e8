"""xAPI statements, one or many, as a learning record store forwards them.

Only what completions need goes on: who, what, how well, when. A statement that voids another goes on like any other; the
consumer takes the voided one back, also when the two arrive the wrong way round.
"""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from gateway.ingress.adapters.mapping import CannotMap, Mapped, Mapping, Received, each, instant, json_of, shown

_TYPE = "lms.statement-recorded.v1"


def read(received: Received) -> Mapping:
    """The statements of a body: one, a list, or a store's answer with `statements`. Raises CannotMap for no JSON."""
    body = json_of(received.body)
    if isinstance(body, dict) and isinstance(body.get("statements"), list):
        body = body["statements"]
    statements = body if isinstance(body, list) else [body]
    return each(statements, lambda index, statement: _statement(index, statement, received))


def _statement(index: int, statement: dict[str, Any], received: Received) -> list[Mapped]:
    actor, verb, target = (_part(statement, name) for name in ("actor", "verb", "object"))
    if not verb.get("id") or not target.get("id"):
        raise CannotMap("A statement needs the ids of its verb and its object.")
    given = statement.get("id")
    try:
        id = str(UUID(given)) if given else str(uuid5(NAMESPACE_URL, f"xapi:{received.delivery}:{index}"))
    except ValueError:
        raise CannotMap(f"The statement's id is not a UUID: {shown(given)}.") from None
    when = statement.get("timestamp") or statement.get("stored")
    time = instant(when) if when else received.at
    data: dict[str, Any] = {
        "id": id,
        "actor": _actor(actor),
        "verb": {"id": verb["id"]},
        "object": {"id": target["id"]},
        "timestamp": time.isoformat(),
    }
    if statement.get("result"):
        data["result"] = _result(_part(statement, "result"))
    return [Mapped(index, _TYPE, id, data, time)]


def _part(statement: dict[str, Any], name: str) -> dict[str, Any]:
    part = statement.get(name)
    if not isinstance(part, dict):
        raise CannotMap(f"The statement has no {name}.")
    return part


def _actor(actor: dict[str, Any]) -> dict[str, Any]:
    account = actor.get("account")
    kept: dict[str, Any] = {}
    if isinstance(account, dict) and account.get("name"):
        kept["account"] = {name: str(account[name]) for name in ("homePage", "name") if account.get(name)}
    if actor.get("mbox"):
        kept["mbox"] = str(actor["mbox"])
    if not kept:
        raise CannotMap("The statement's actor has neither an account nor an mbox, so nobody can be credited with it.")
    return kept


def _result(result: dict[str, Any]) -> dict[str, Any]:
    kept = {name: result[name] for name in ("success", "completion") if isinstance(result.get(name), bool)}
    score = result.get("score")
    if isinstance(score, dict) and score.get("scaled") is not None:
        kept["score"] = {"scaled": score["scaled"]}
    return kept
