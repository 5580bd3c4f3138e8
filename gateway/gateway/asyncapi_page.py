"""/asyncapi: what is published, where and by whom, as a page to read; and the AsyncAPI document it is made of."""

from __future__ import annotations

from html import escape
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.settings import shipped

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1f}
code,pre{font:13px/1.5 ui-monospace,monospace}pre{background:#f4f4f6;padding:.8rem;overflow:auto;border-radius:6px}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.25rem .6rem;border-top:1px solid #ddd}
details{border:1px solid #ddd;border-radius:6px;padding:.4rem .8rem;margin:.4rem 0}summary{cursor:pointer}small{color:#666}
@media(prefers-color-scheme:dark){body{background:#1b1b1f;color:#e6e6ea}pre{background:#2a2a30}td,th,details{border-color:#444}}
"""
_DEEPEST = 6


def routes() -> list[BaseRoute]:
    """The page and the document."""
    content = (shipped("contract") / "asyncapi.json").read_bytes()
    html = page(orjson.loads(content))

    async def shown(_: Request) -> Response:
        return HTMLResponse(html, headers={"content-security-policy": _POLICY})

    async def raw(_: Request) -> Response:
        return Response(content, media_type="application/vnd.aai.asyncapi+json")

    return [Route("/asyncapi", shown), Route("/asyncapi.json", raw)]


def page(document: dict[str, Any]) -> str:
    """The document as HTML, without scripts."""
    heard = _heard(document)
    parts = [
        f"<h1>{escape(document['info']['title'])}: events</h1><p>{escape(document['info']['description'])} "
        '<a href="/asyncapi.json">AsyncAPI document</a></p><p>'
        + " · ".join(f'<a href="#{escape(name)}">{escape(name)}</a>' for name in document["channels"])
        + "</p>"
    ]
    for owner, channel in document["channels"].items():
        parts.append(
            f'<h2 id="{escape(owner)}"><code>{escape(channel["address"])}</code></h2><p>{escape(channel["description"])}</p>'
        )
        parts += [_event(document, name, heard.get(name, [])) for name in channel["messages"]]
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>opmodel: events</title><style>{_STYLE}</style><body>{''.join(parts)}</body></html>"
    )


def _heard(document: dict[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, operation in document["operations"].items():
        if operation["action"] == "receive":
            for message in operation["messages"]:
                found.setdefault(message["$ref"].rpartition("/")[2], []).append(name.partition(".")[0])
    return found


def _event(document: dict[str, Any], name: str, listeners: list[str]) -> str:
    message = document["components"]["messages"][name]
    schema = document["components"]["schemas"][name]
    rows = "".join(_rows(document, schema, "", 0))
    examples = "".join(
        f"<pre>{escape(orjson.dumps(one['payload'], option=orjson.OPT_INDENT_2).decode())}</pre>"
        for one in message["examples"]
    )
    read = f"<p><small>Read by {escape(', '.join(sorted(set(listeners))))}</small></p>" if listeners else ""
    return (
        f'<details id="{escape(name)}"><summary><code>{escape(name)}</code> {escape(message["summary"])}</summary>{read}'
        f"<table><tr><th>field<th>type<th>meaning</tr>{rows}</table>{examples}</details>"
    )


def _rows(document: dict[str, Any], schema: dict[str, Any], prefix: str, depth: int) -> list[str]:
    schema = _resolved(document, schema)
    found: list[str] = []
    required = schema.get("required", [])
    for name, field in schema.get("properties", {}).items():
        inner = _resolved(document, field)
        mark = "" if name in required else " <small>optional</small>"
        found.append(
            f"<tr><td><code>{escape(prefix + name)}</code>{mark}<td>{escape(_type(document, inner))}"
            f"<td>{escape(str(inner.get('description', '')))}</tr>"
        )
        if depth < _DEEPEST:
            found += _rows(document, inner, f"{prefix}{name}.", depth + 1)
            if isinstance(inner.get("items"), dict):
                found += _rows(document, inner["items"], f"{prefix}{name}[].", depth + 1)
    return found


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return found
    for one in schema.get("anyOf", ()):
        if one.get("type") != "null" and len(schema["anyOf"]) == 2:
            return {**_resolved(document, one), "_null": True}
    return schema


def _type(document: dict[str, Any], schema: dict[str, Any]) -> str:
    given = schema.get("type", "any")
    told = " or ".join(given) if isinstance(given, list) else str(given)
    if "enum" in schema:
        told = " | ".join(map(str, schema["enum"]))
    elif "format" in schema:
        told += f" ({schema['format']})"
    elif isinstance(schema.get("items"), dict):
        told = f"list of {_type(document, _resolved(document, schema['items']))}"
    return f"{told} or null" if schema.get("_null") else told
