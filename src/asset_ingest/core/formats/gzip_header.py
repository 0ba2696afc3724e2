"""The header of a gzip member (RFC 1952), read from as many bytes as there are so far."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final

from asset_ingest.core.errors import PackageCorrupt, PackageOverLimit

MAGIC: Final = b"\x1f\x8b\x08"  # with the only method there is
MAX_HEADER: Final = 256 << 10  # an extra field has at most 64 KiB; nobody honest needs that for name and comment
_FHCRC, _FEXTRA, _FNAME, _FCOMMENT, _RESERVED = 2, 4, 8, 16, 0xE0


@dataclass(frozen=True, slots=True)
class GzipHeader:
    length: int
    extra: bytes | None


def read_gzip_header(data: bytes | bytearray) -> GzipHeader | None:
    """Return the header at the start of `data`, or None when more bytes are needed to say."""
    if len(data) > MAX_HEADER:
        raise PackageOverLimit(f"the gzip header is longer than {MAX_HEADER} bytes")
    if len(data) < 10:
        return None
    flags = data[3]
    if data[2] != 8 or flags & _RESERVED:
        raise PackageCorrupt("the gzip header asks for a compression that does not exist")
    extra = extra_field(data)
    if flags & _FEXTRA and extra is None:
        return None
    end: int | None = 10 if extra is None else 12 + len(extra)
    for flag in (_FNAME, _FCOMMENT):
        end = _past_text(data, end) if flags & flag else end
    if flags & _FHCRC:
        end = _past_crc(data, end)
    return None if end is None else GzipHeader(end, extra)


def extra_field(data: bytes | bytearray) -> bytes | None:
    """Return the extra field, if the member has one and all of it is here."""
    if len(data) < 12 or data[:3] != MAGIC or not data[3] & _FEXTRA:
        return None
    end = 12 + int.from_bytes(data[10:12], "little")
    return bytes(data[12:end]) if len(data) >= end else None


def _past_text(data: bytes | bytearray, start: int | None) -> int | None:
    if start is None or (nul := data.find(0, start)) < 0:
        return None
    return nul + 1


def _past_crc(data: bytes | bytearray, start: int | None) -> int | None:
    if start is None or len(data) < start + 2:
        return None
    if zlib.crc32(data[:start]) & 0xFFFF != int.from_bytes(data[start : start + 2], "little"):
        raise PackageCorrupt("the checksum of the gzip header does not match")
    return start + 2
