"""Pictures without a decoder: for tests and for programs that only need some picture."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from math import ceil
from typing import Final

from asset_ingest.core.errors import DecoderFailed
from asset_ingest.core.ports.media import Images, Picture

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_GREY: Final = b"\x80\x80\x80"


class MemoryImages(Images):
    """Knows of a PNG only how large it is, and draws flat grey of the size asked for."""

    async def thumbnail(self, picture: bytes, side: int) -> Picture:
        width, height = _size(picture)
        scale = min(1.0, side / max(width, height))
        return _flat(max(1, round(width * scale)), max(1, round(height * scale)))

    async def contact_sheet(self, pictures: Sequence[bytes], columns: int, side: int) -> Picture:
        if not any(map(_is_png, pictures)):
            raise DecoderFailed("there is no picture that can be decoded")
        return _flat(min(columns, len(pictures)) * side, ceil(len(pictures) / columns) * side)


def _is_png(picture: bytes) -> bool:
    return picture.startswith(_SIGNATURE) and picture[12:16] == b"IHDR" and picture[-8:-4] == b"IEND"


def _size(picture: bytes) -> tuple[int, int]:
    if not _is_png(picture):
        raise DecoderFailed("the bytes are no complete PNG")
    width, height = struct.unpack_from(">II", picture, 16)
    return width, height


def _flat(width: int, height: int) -> Picture:
    rows = (b"\0" + _GREY * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")
    return Picture(_SIGNATURE + chunks, "image/png", width, height)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
