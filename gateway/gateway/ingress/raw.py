"""Raw deliveries: what a vendor sent, byte for byte, kept on the bus before anything is made of it.

`ingress.raw` has every delivery, `ingress.dead-letters` those of which something could not be mapped, with the reason. A
record is the body, compressed; its headers say what it is, so that it can be mapped again at any time.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from gateway.ingress.adapters.mapping import Received, Unmapped
from gateway.ingress.bus import Record

RAW = "ingress.raw"
DEAD_LETTERS = "ingress.dead-letters"
_TOLD_AT_MOST = 20
_GZIP = 31  # zlib's name for the gzip container


@dataclass(frozen=True, slots=True)
class Kept:
    """A delivery as it was kept."""

    adapter: str
    source: str
    content_type: str
    received: Received

    def record(self) -> Record:
        """The delivery as a record of `ingress.raw`."""
        return self._record(RAW, ())

    def dead_letter(self, unmapped: Sequence[Unmapped]) -> Record:
        """The delivery as a record of `ingress.dead-letters`, with what could not be mapped and why."""
        reasons = [{"index": one.index, "why": one.why} for one in unmapped[:_TOLD_AT_MOST]]
        return self._record(DEAD_LETTERS, [("reason", orjson.dumps(reasons))])

    def _record(self, topic: str, more: Iterable[tuple[str, bytes]]) -> Record:
        packer = zlib.compressobj(6, wbits=_GZIP)
        body = packer.compress(self.received.body) + packer.flush()
        headers = [
            ("delivery", self.received.delivery.encode()),
            ("adapter", self.adapter.encode()),
            ("source", self.source.encode()),
            ("received", self.received.at.isoformat().encode()),
            ("content-type", self.content_type.encode()),
            ("content-encoding", b"gzip"),
            *more,
        ]
        return Record(topic, self.received.delivery.encode(), body, headers)


def kept(headers: Iterable[tuple[str, bytes]], value: bytes) -> Kept:
    """The delivery that a record keeps. Raises ValueError for a record that is none."""
    named = {name: content.decode() for name, content in headers}
    try:
        received = Received(
            named["delivery"], zlib.decompress(value, wbits=_GZIP), datetime.fromisoformat(named["received"])
        )
        return Kept(named["adapter"], named["source"], named["content-type"], received)
    except (KeyError, zlib.error) as error:
        raise ValueError(f"This record keeps no delivery: {error!r}.") from None
