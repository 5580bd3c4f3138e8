"""What is published, as a page to read."""

from __future__ import annotations

import json
from html.parser import HTMLParser

from gateway.settings import shipped
from gateway.testing.serving import Start

DOCUMENT = json.loads((shipped("contract") / "asyncapi.json").read_text())


class _Page(HTMLParser):
    """The ids of a page, and what it loads from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids.add(given.get("id") or "")
        if tag in {"script", "link", "img", "iframe"} or "src" in given:
            self.loaded.append(tag)


async def test_every_event_is_on_the_page_and_nothing_is_loaded_from_elsewhere(start: Start) -> None:
    gateway = await start()
    answer = await gateway.http.get("/asyncapi")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src")
    page = _Page()
    page.feed(answer.text)
    assert page.ids >= DOCUMENT["components"]["messages"].keys()
    assert page.loaded == []
    assert "The employee&#x27;s id in the HR system." in answer.text
    assert (await gateway.http.get("/asyncapi.json")).json() == DOCUMENT


async def test_only_in_development(start: Start) -> None:
    gateway = await start(environment="production")
    assert (await gateway.http.get("/asyncapi")).status_code == 404
