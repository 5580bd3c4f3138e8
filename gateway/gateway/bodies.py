"""Request bodies: read whole, but never more than allowed. How long one may take is the connection's matter."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import Receive


class BodyRefused(Exception):
    """The body is not read to its end. `status` and `code` are for the client, as is the message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status = status
        self.code = code
        super().__init__(message)


async def read(headers: Mapping[bytes, bytes], receive: Receive, most: int) -> bytes:
    """The body of a request. Raises BodyRefused."""
    encoding = headers.get(b"content-encoding", b"identity").strip().lower()
    if encoding != b"identity":
        raise BodyRefused(415, "UNSUPPORTED_ENCODING", "Send the body as it is, without a content encoding.")
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and int(announced) > most:
        raise BodyRefused(413, "TOO_LARGE", f"The body is larger than {most} bytes.")
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BodyRefused(400, "BAD_REQUEST", "The connection was closed before the body was complete.")
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > most:
            raise BodyRefused(413, "TOO_LARGE", f"The body is larger than {most} bytes.")
        if not message.get("more_body", False):
            return b"".join((*chunks, chunk)) if chunks else chunk
        chunks.append(chunk)
