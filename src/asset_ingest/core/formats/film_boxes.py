"""The header of MP4 and QuickTime films: boxes in boxes (ISO/IEC 14496-12), of which `moov` tells of all frames."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from asset_ingest.core.formats.film_walk import (
    LARGEST_PART,
    MOST_INSIDE,
    MOST_PARTS,
    Film,
    Unreadable,
    Walk,
    Wanted,
    first_of_each,
    number,
    sound_rate,
)

_HEAD: Final = 8  # size and kind; a size of 1 says that eight bytes more have it


def box_walk() -> Walk:
    """Pass over all boxes before `moov`, wherever it lies, and read that."""
    skip = 0
    for _ in range(MOST_PARTS):
        head = yield Wanted(skip, _HEAD)
        size, body = number(head, 0, 4), number(head, 0, 4) - _HEAD
        if size == 1:
            body = number((yield Wanted(0, 8)), 0, 8) - _HEAD - 8
        if body < 0:  # a size of 0 too: the box is the rest of the file, and nothing comes behind it
            raise Unreadable
        if head[4:] == b"moov":
            if not 0 < body <= LARGEST_PART:
                raise Unreadable
            return _film(memoryview((yield Wanted(0, body))))
        skip = body
    raise Unreadable


def _film(moov: memoryview) -> Film:
    """Return what the first moving picture says; a picture of one frame is a cover."""
    movie = first_of_each(_boxes(moov))
    whole = b"mvex" not in movie  # or else fragments follow, which may say otherwise of time
    seconds = _seconds(movie[b"mvhd"]) if whole and b"mvhd" in movie else None
    for kind, trak in _boxes(moov):
        if kind == b"trak" and (table := _picture_table(trak)) is not None:
            runs = _runs(table.get(b"stts", memoryview(b"")))
            if whole and sum(count for count, _ in runs) == 1:
                continue
            width, height = _size(trak, table)
            rate = _rate(runs, _ticks(trak)) if whole else None
            return Film(rate, seconds, width, height)
    return Film(duration_seconds=seconds)


def _boxes(data: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    at = 0
    for _ in range(MOST_INSIDE):
        if len(data) - at < _HEAD:
            return  # QuickTime ends some lists with a zero of four bytes
        size, head = number(data, at, 4), _HEAD
        if size == 1:
            size, head = number(data, at + _HEAD, 8), _HEAD + 8
        elif size == 0:
            size = len(data) - at
        if not head <= size <= len(data) - at:
            raise Unreadable
        yield bytes(data[at + 4 : at + 8]), data[at + head : at + size]
        at += size
    raise Unreadable


def _inside(data: memoryview, *path: bytes) -> dict[bytes, memoryview]:
    """Return the first boxes of each kind under that path; none where there is no such path."""
    held = first_of_each(_boxes(data))
    for kind in path:
        held = first_of_each(_boxes(held[kind])) if kind in held else {}
    return held


def _picture_table(trak: memoryview) -> dict[bytes, memoryview] | None:
    """Return the boxes of the track's sample table, if its samples are pictures."""
    handler = _inside(trak, b"mdia").get(b"hdlr", memoryview(b""))
    return _inside(trak, b"mdia", b"minf", b"stbl") if bytes(handler[8:12]) == b"vide" else None


def _is_long(header: memoryview) -> bool:
    """Whether times have eight bytes in this box: its version says so."""
    return bytes(header[:1]) == b"\x01"


def _ticks(trak: memoryview) -> int:
    """Return the ticks a second of the track's own clock, 0 where it says none."""
    header = _inside(trak, b"mdia").get(b"mdhd")
    return number(header, 20 if _is_long(header) else 12, 4) if header is not None else 0


def _seconds(header: memoryview) -> float | None:
    """Return the length that `mvhd` says; zero and all ones mean that nobody knows."""
    long = _is_long(header)
    ticks = number(header, 20 if long else 12, 4)
    length = number(header, 24, 8) if long else number(header, 16, 4)
    unknown = length in {0, 2**64 - 1 if long else 2**32 - 1}
    return None if unknown or ticks == 0 else round(length / ticks, 3)


def _runs(stts: memoryview) -> list[tuple[int, int]]:
    """Return how many samples last how many ticks, as long as no more than two lengths are told.

    A third length is where a rate ends to be constant: what follows is not read.
    """
    if len(stts) < 8:
        return []
    count = number(stts, 4, 4)
    if count * 8 > len(stts) - 8:
        raise Unreadable
    runs: list[tuple[int, int]] = []
    for samples, ticks in struct.iter_unpack(">II", stts[8 : 8 + count * 8]):
        if runs and runs[-1][1] == ticks:
            runs[-1] = (runs[-1][0] + samples, ticks)
        elif samples:
            runs.append((samples, ticks))
        if len(runs) > 2:
            break
    return runs


def _rate(runs: list[tuple[int, int]], ticks: int) -> Fraction | None:
    """Return the one rate of all frames. The last frame may last as long as it likes: nothing comes behind it."""
    if len(runs) == 2 and runs[1][0] == 1:
        runs = runs[:1]
    if len(runs) != 1 or runs[0][1] == 0:
        return None
    return sound_rate(Fraction(ticks, runs[0][1]))


def _size(trak: memoryview, table: dict[bytes, memoryview]) -> tuple[int | None, int | None]:
    """Return width and height of the first sample description, turned as the track's matrix turns it."""
    described, header = table.get(b"stsd", memoryview(b"")), _inside(trak).get(b"tkhd", memoryview(b""))
    if len(described) < 44:
        return None, None
    sides = number(described, 40, 2) or None, number(described, 42, 2) or None
    matrix = header[52:] if _is_long(header) else header[40:]
    lies = len(matrix) >= 20 and number(matrix, 0, 4) == number(matrix, 16, 4) == 0  # a phone held upright
    return sides[::-1] if lies else sides
