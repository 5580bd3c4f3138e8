"""One request of the hot route and its answer: uvicorn's, with one write for an answer that is complete."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

Message = Any  # a dictionary of ASGI

_STATUS = {
    status: b"HTTP/1.1 %d %b\r\n" % (status, phrase)
    for status, phrase in (
        (200, b"OK"),
        (400, b"Bad Request"),
        (401, b"Unauthorized"),
        (403, b"Forbidden"),
        (429, b"Too Many Requests"),
        (503, b"Service Unavailable"),
    )
}


class Exchange(RequestResponseCycle):
    """Holds the head of an answer of known length back until its body comes. What else there is takes uvicorn's way."""

    _held: Message | None = None
    _is_read = False

    async def receive(self) -> Message:
        """The body at once, when it is there already."""
        if self._is_read or self.more_body or self.disconnected:
            self._is_read = True
            return await super().receive()
        self._is_read = True
        self.message_event.clear()
        return {"type": "http.request", "body": bytes(self.body), "more_body": False}

    async def send(self, message: Message) -> None:
        """Send head and body together when the body is complete."""
        held = self._held
        if held is None:
            if self._can_hold(message):
                self._held = message
                self.response_started = True
            else:
                await super().send(message)
            return
        self._held = None
        if message["type"] != "http.response.body" or message.get("more_body") or self.flow.write_paused:
            self.response_started = False
            await super().send(held)
            await super().send(message)
        elif not self.disconnected:
            self._answer(held, message["body"])

    def _can_hold(self, message: Message) -> bool:
        if self.response_started or message["type"] != "http.response.start" or message["status"] not in _STATUS:
            return False
        return any(name == b"content-length" for name, _ in message["headers"])

    def _answer(self, held: Message, body: bytes) -> None:
        lines = [b"%b: %b\r\n" % line for line in held["headers"]]
        if not self.keep_alive:
            lines.append(b"connection: close\r\n")
        head = b"".join(lines)
        if head.count(b"\n") != len(lines) or head.count(b"\r") != len(lines):
            raise RuntimeError("A header of the answer holds a line break.")
        self.transport.write(b"%b%b\r\n%b" % (_STATUS[held["status"]], head, body))
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()
