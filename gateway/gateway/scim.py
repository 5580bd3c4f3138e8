"""/scim: provisioning by identity providers, passed on to where the accounts are kept. The gateway keeps nothing of it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx
import orjson
import structlog
from starlette.types import Receive, Scope, Send

from gateway import telemetry
from gateway.bodies import BodyRefused, read
from gateway.settings import GatewaySettings

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_KEEPER = "governance"
_PASSED_ON = (b"authorization", b"content-type", b"accept", b"if-match", b"if-none-match", b"traceparent", b"host")
_PASSED_BACK = (b"content-type", b"etag", b"location", b"www-authenticate", b"cache-control")
_LARGEST_BODY = 5_000_000
_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
_log = structlog.get_logger(__name__)


class Provisioning:
    """Passes requests on over kept connections, with the host that the client knows, so that links lead back here."""

    def __init__(self, url: str, *, within: float) -> None:
        self._url = url.rstrip("/")
        self._http = httpx.AsyncClient(timeout=within, trust_env=False, follow_redirects=False)

    @classmethod
    def beside(cls, settings: GatewaySettings, addresses: Mapping[str, str]) -> Provisioning | None:
        """The way to SCIM_URL, else to /scim at the host of governance's graph; None when there is neither."""
        url = str(settings.scim_url) if settings.scim_url else None
        if url is None and _KEEPER in addresses:
            parts = urlsplit(addresses[_KEEPER])
            url = f"{parts.scheme}://{parts.netloc}/scim"
        return cls(url, within=settings.subgraph_seconds) if url else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, and its answer back."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        try:
            body = await read(headers, receive, _LARGEST_BODY)
            answer = await self._http.request(
                scope["method"],
                f"{self._url}/{scope['path_params']['path']}",
                params=httpx.QueryParams(scope["query_string"]),
                content=body,
                headers=[(name, headers[name]) for name in _PASSED_ON if name in headers] + _about(scope, headers),
            )
        except BodyRefused as error:
            await _answer(
                send, error.status, [(b"content-type", b"application/scim+json")], _error(error.status, str(error))
            )
            return
        except httpx.HTTPError as error:
            _log.warning("provisioning is not answered", why=repr(error))
            lines = [(b"content-type", b"application/scim+json"), (b"retry-after", b"2")]
            await _answer(send, 503, lines, _error(503, "Provisioning is not available. Send the same again."))
            return
        lines = [(name.lower(), value) for name, value in answer.headers.raw if name.lower() in _PASSED_BACK]
        await _answer(send, answer.status_code, lines, answer.content)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def _about(scope: Scope, headers: Mapping[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    request_id = telemetry.request_id(headers.get(b"x-request-id", b"").decode("latin-1"))
    scheme = headers.get(b"x-forwarded-proto", scope["scheme"].encode())
    return [(b"x-request-id", request_id.encode()), (b"x-forwarded-proto", scheme)]


def _error(status: int, detail: str) -> bytes:
    return orjson.dumps({"schemas": [_ERROR], "status": str(status), "detail": detail})


async def _answer(send: Send, status: int, lines: list[tuple[bytes, bytes]], body: bytes) -> None:
    if status not in (204, 304):
        lines = [*lines, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": body})
