"""Bodies as they were before they were packed, piece by piece: a bomb is noticed by its first piece too many."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Final

from asset_ingest.adapters.safe_fetch.refusals import Refused

_PIECE: Final = 64 << 10

Unpack = Callable[[bytes], Iterator[bytes]]
"""Takes what came in and yields what it unpacks to; no bytes say that no more will come."""


def unpacker(encoding: str) -> Unpack:
    """Return what undoes a Content-Encoding. Raises Refused for what we never said we would take."""
    match encoding.strip().lower():
        case "" | "identity":
            return _as_it_is
        case "gzip" | "x-gzip":
            return _Gunzip()
        case _:
            raise Refused("it is packed in a way that we do not read")


def _as_it_is(data: bytes) -> Iterator[bytes]:
    if data:
        yield data


class _Gunzip:
    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(31)
        self._begun = False

    def __call__(self, data: bytes) -> Iterator[bytes]:
        if not data and self._begun and not self._inflate.eof:
            raise Refused("its packed body is cut off")
        while data:
            self._begun = True
            if self._inflate.eof:  # gzip members may follow each other
                self._inflate = zlib.decompressobj(31)
            try:
                piece = self._inflate.decompress(data, _PIECE)
            except zlib.error:
                raise Refused("its packed body is broken") from None
            data = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
            if piece:
                yield piece
