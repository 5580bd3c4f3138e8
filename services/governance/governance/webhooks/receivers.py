"""Posting to addresses that others chose: only to public ones, only where it was checked, never where a redirect leads."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

_SECONDS = 10
_ACCEPTED = range(200, 300)
_GONE = 410
_SHOWN = 200
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a receiver answered; no error means that it took the event. `is_gone`: it wants no more."""

    answered: int | None
    error: str | None
    is_gone: bool = False


class Refused(Exception):
    """The address leads to where nothing may be delivered. The message says where."""


async def post(url: str, headers: Mapping[str, str], body: bytes, *, private: bool) -> Attempt:
    """Post a body. Every address of the host is checked, and the connection is made to a checked one. `private` allows all."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with asyncio.timeout(_SECONDS):
            address = await _address(host, port, private=private)
            shown = f"[{address}]" if ":" in address else address
            direct = parts._replace(netloc=f"{shown}:{port}").geturl()
            async with (
                httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=_SECONDS) as client,
                client.stream(
                    "POST",
                    direct,
                    content=body,
                    headers={**headers, "host": parts.netloc},
                    extensions={"sni_hostname": host},
                ) as answer,
            ):
                return await _attempt(answer)
    except Refused as error:
        return Attempt(None, str(error))
    except TimeoutError:
        return Attempt(None, f"no answer within {_SECONDS} s")
    except (httpx.HTTPError, OSError) as error:
        return Attempt(None, f"{type(error).__name__}: {error}"[:_SHOWN])


async def _attempt(answer: httpx.Response) -> Attempt:
    if answer.status_code in _ACCEPTED:
        return Attempt(answer.status_code, None)
    beginning = b""
    async for chunk in answer.aiter_raw(_SHOWN):
        beginning += chunk
        if len(beginning) >= _SHOWN:
            break
    said = beginning[:_SHOWN].decode("utf-8", "replace")
    error = f"it answered {answer.status_code}: {said}" if said else f"it answered {answer.status_code}"
    return Attempt(answer.status_code, error, is_gone=answer.status_code == _GONE)


async def _address(host: str, port: int, *, private: bool) -> str:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    if not addresses:
        raise Refused(f"{host} has no address")
    for address in addresses:
        if not private and not is_public(address):
            raise Refused(f"{host} is not on the public internet ({address}), and only there is delivered")
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether an address is on the public internet, also when it stands inside an IPv6 one."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if ip.sixtofour is not None or ip.teredo is not None or ip in _NAT64:
            return False
    return ip.is_global and not ip.is_multicast
