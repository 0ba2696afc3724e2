"""Films that are nothing but a header, put together box by box and element by element."""

from __future__ import annotations

import struct

from asset_ingest.core.formats.film import Film, FilmReader

MP4, WEBM = "video/mp4", "video/webm"
FTYP = struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 0)
UPRIGHT = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
STRAIGHT = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)


def read(data: bytes, content_type: str, step: int = 1 << 20) -> Film:
    """Feed the film in chunks of `step` bytes."""
    reader = FilmReader(content_type)
    for at in range(0, len(data), step):
        reader.feed(data[at : at + step])
    return reader.close()


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def long_box(kind: bytes, *parts: bytes) -> bytes:
    """Return a box whose size has eight bytes."""
    body = b"".join(parts)
    return struct.pack(">I4sQ", 1, kind, len(body) + 16) + body


def clock(kind: bytes, ticks: int, length: int = 0, *, long: bool = False) -> bytes:
    """Return `mvhd` or `mdhd` up to the length."""
    return box(kind, struct.pack(">I16xIQ", 1 << 24, ticks, length) if long else struct.pack(">12xII", ticks, length))


def runs(*pairs: tuple[int, int]) -> bytes:
    return box(b"stts", struct.pack(">4xI", len(pairs)), *(struct.pack(">II", *pair) for pair in pairs))


def track(
    *tables: bytes, ticks: int = 24000, handler: bytes = b"vide", matrix: bytes = STRAIGHT, long: bool = False
) -> bytes:
    described = box(b"stsd", struct.pack(">4xI", 1), box(b"avc1", bytes(24), struct.pack(">HH", 1920, 1080), bytes(50)))
    return box(
        b"trak",
        box(b"tkhd", struct.pack(">I", 1 << 24), bytes(48), matrix, bytes(8))
        if long
        else box(b"tkhd", bytes(40), matrix, bytes(8)),
        box(
            b"mdia",
            clock(b"mdhd", ticks, long=long),
            box(b"hdlr", bytes(8), handler, bytes(12)),
            box(b"minf", box(b"vmhd", bytes(12)), box(b"stbl", described, *tables)),
        ),
    )


def film(*tracks: bytes, before: bytes = b"", length: int = 5000) -> bytes:
    return FTYP + before + box(b"moov", clock(b"mvhd", 1000, length), *tracks)


def element(kind: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return kind.to_bytes((kind.bit_length() + 7) // 8, "big") + (1 << 56 | len(body)).to_bytes(8, "big") + body


def endless(kind: int, *parts: bytes) -> bytes:
    """Return an element that does not know its size."""
    return kind.to_bytes(4, "big") + b"\x01" + b"\xff" * 7 + b"".join(parts)


def unsigned(kind: int, value: int) -> bytes:
    return element(kind, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))


EBML = element(0x1A45DFA3, element(0x4282, b"webm"))
INFO = element(0x1549A966, unsigned(0x2AD7B1, 1_000_000), element(0x4489, struct.pack(">d", 5000.0)))
SOUND = element(0xAE, unsigned(0x83, 2), unsigned(0x23E383, 20_000_000))
CLUSTER = element(0x1F43B675, bytes(300))


def pictures(nanoseconds: int | None) -> bytes:
    lasts = b"" if nanoseconds is None else unsigned(0x23E383, nanoseconds)
    sides = element(0xE0, unsigned(0xB0, 1920), unsigned(0xBA, 1080))
    return element(0xAE, unsigned(0x83, 1), lasts, sides)


def tracks(*entries: bytes) -> bytes:
    return element(0x1654AE6B, *entries)


def web_film(*parts: bytes) -> bytes:
    return EBML + endless(0x18538067, *parts)
