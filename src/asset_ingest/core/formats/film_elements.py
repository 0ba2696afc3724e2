"""The header of WebM and Matroska films: EBML elements (RFC 8794, RFC 9559), of which `Tracks` tells the frame rate."""

from __future__ import annotations

import math
import struct
from collections.abc import Generator, Iterator
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

_EBML, _SEGMENT, _INFO, _TRACKS, _CLUSTER = 0x1A45DFA3, 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675
_TIMESTAMP_SCALE, _DURATION = 0x2AD7B1, 0x4489
_TRACK, _TRACK_TYPE, _DEFAULT_DURATION, _VIDEO, _WIDTH, _HEIGHT = 0xAE, 0x83, 0x23E383, 0xE0, 0xB0, 0xBA
_PICTURES: Final = 1  # the track type
_SECOND: Final = 10**9  # in nanoseconds, which all times are counted in
_BROADCAST: Final = [Fraction(base * 1000, 1001) for base in (24, 30, 48, 60, 120)]


def element_walk() -> Walk:
    """Read `Info` and `Tracks` of the first segment; what lies behind both is passed over unread."""
    skip, parts = 0, {}
    for _ in range(MOST_PARTS):
        kind, size = yield from _head(skip)
        skip = 0
        if kind == _SEGMENT:
            continue
        if size is None:  # only a live recording's cluster has none, and the header stands before it
            break
        if kind in {_INFO, _TRACKS}:
            if not 0 < size <= LARGEST_PART:
                raise Unreadable
            parts[kind] = memoryview((yield Wanted(0, size)))
        else:
            skip = size
        if parts.keys() >= {_INFO, _TRACKS} or (kind == _CLUSTER and _TRACKS in parts):
            break
    return _film(parts.get(_INFO), parts.get(_TRACKS))


def _head(skip: int) -> Generator[Wanted, bytearray, tuple[int, int | None]]:
    """Return the id of the next element and its size, None where that is unknown."""
    first = yield Wanted(skip, 1)
    rest = yield Wanted(0, _length(first[0]))  # the rest of the id, and the first byte of the size
    kind = number(first + rest[:-1], 0, len(rest))
    size = rest[-1:]
    if (more := _length(size[0]) - 1) > 0:
        size += yield Wanted(0, more)
    return kind, _plain(memoryview(size))


def _length(first: int) -> int:
    """Return how many bytes the number has that begins with this one."""
    if first == 0:
        raise Unreadable
    return 9 - first.bit_length()


def _plain(size: memoryview) -> int | None:
    """Return the number without the mark of its length; all ones mean unknown."""
    ones = (1 << 7 * len(size)) - 1
    value = number(size, 0, len(size)) & ones
    return None if value == ones else value


def _elements(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    at = 0
    for _ in range(MOST_INSIDE):
        if at == len(data):
            return
        kind_length = _length(data[at])
        kind = number(data, at, kind_length)
        at += kind_length
        size_length = _length(number(data, at, 1))
        number(data, at, size_length)
        size = _plain(data[at : at + size_length])
        at += size_length
        if size is None or size > len(data) - at:
            raise Unreadable
        yield kind, data[at : at + size]
        at += size
    raise Unreadable


def _film(info: memoryview | None, tracks: memoryview | None) -> Film:
    seconds = _seconds(first_of_each(_elements(info))) if info is not None else None
    for kind, body in _elements(tracks if tracks is not None else memoryview(b"")):
        track = first_of_each(_elements(body)) if kind == _TRACK else {}
        if _unsigned(track, _TRACK_TYPE) == _PICTURES:
            picture = first_of_each(_elements(track.get(_VIDEO, memoryview(b""))))
            sides = _unsigned(picture, _WIDTH) or None, _unsigned(picture, _HEIGHT) or None
            return Film(_rate(_unsigned(track, _DEFAULT_DURATION)), seconds, *sides)
    return Film(duration_seconds=seconds)


def _unsigned(found: dict[int, memoryview], kind: int, otherwise: int = 0) -> int:
    body = found.get(kind)
    if body is None:
        return otherwise
    if len(body) > 8:
        raise Unreadable
    return number(body, 0, len(body))


def _seconds(info: dict[int, memoryview]) -> float | None:
    body = info.get(_DURATION, memoryview(b""))
    if len(body) not in {4, 8}:
        return None
    [ticks] = struct.unpack(">f" if len(body) == 4 else ">d", body)
    seconds = ticks * _unsigned(info, _TIMESTAMP_SCALE, 1_000_000) / _SECOND
    return round(seconds, 3) if math.isfinite(seconds) and seconds > 0 else None


def _rate(nanoseconds: int) -> Fraction | None:
    """Return the well-known rate whose frames last so long, but for what rounding to whole nanoseconds takes.

    Well-known are whole and half frames a second, and those of broadcast over 1001. Anything else is an average that
    a program wrote over a film without a constant rate, as FFmpeg does.
    """
    if nanoseconds == 0:
        return None
    half = Fraction(round(Fraction(2 * _SECOND, nanoseconds)), 2)
    for rate in (half, *_BROADCAST):
        if rate and abs(_SECOND / rate - nanoseconds) <= 1:
            return sound_rate(rate)
    return None
