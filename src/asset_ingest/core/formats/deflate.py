"""Which inflater to use: isal is twice as fast as zlib, and zlib is always there."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any, Final, NamedTuple, Protocol


class Inflater(Protocol):
    """One raw deflate stream on its way in."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    def decompress(self, data: Any, max_length: int, /) -> bytes: ...


class Codec(NamedTuple):
    """What a gzip reader needs of a compression library."""

    decompressobj: Callable[[int], Inflater]
    crc32: Callable[[bytes, int], int]
    error: type[Exception]


def _fastest() -> Codec:
    try:
        from isal import isal_zlib  # noqa: PLC0415  there may be no wheel for this platform
    except ImportError:
        return ZLIB
    # isal's stubs describe its error as an instance
    return Codec(isal_zlib.decompressobj, isal_zlib.crc32, isal_zlib.error)  # type: ignore[arg-type]


ZLIB: Final = Codec(zlib.decompressobj, zlib.crc32, zlib.error)
FASTEST: Final = _fastest()
