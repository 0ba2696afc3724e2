"""How a film's header is read while its bytes pass: a walk asks for ranges in order, whoever has them answers."""

from __future__ import annotations

from collections.abc import Generator, Hashable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NamedTuple, TypeAlias, TypeVar

LARGEST_PART: Final = 16 << 20
"""Bytes of one part of a header that are held; ten hours at 60 frames a second need less. A larger one says nothing."""
MOST_PARTS: Final = 10_000
"""Parts that are passed over before a header is found; clusters of two seconds before it are five hours."""
MOST_INSIDE: Final = 256
"""Parts within one part of a header: more is nobody's film, and would cost its reader minutes."""
FASTEST: Final = 1000  # frames a second that a page tells apart
LARGEST_TERM: Final = 999_999_999  # nine digits, as the page reads them

Kind = TypeVar("Kind", bound=Hashable)


class Unreadable(Exception):
    """The bytes are no film, or one that lies about itself. It never leaves this folder."""


@dataclass(frozen=True, slots=True)
class Film:
    """What a film's header says, None where it does not. Frames a second, seconds, and pixels as they are shown."""

    frame_rate: Fraction | None = None
    duration_seconds: float | None = None
    width: int | None = None
    height: int | None = None


class Wanted(NamedTuple):
    """Pass over `skip` bytes, then hand over the next `take`, which is at least one."""

    skip: int
    take: int


Walk: TypeAlias = Generator[Wanted, bytearray, Film]


def number(data: memoryview | bytearray, at: int, length: int) -> int:
    """Return the unsigned big-endian number of `length` bytes at `at`; raises Unreadable past the end."""
    if at + length > len(data):
        raise Unreadable
    return int.from_bytes(data[at : at + length], "big")


def first_of_each(parts: Iterable[tuple[Kind, memoryview]]) -> dict[Kind, memoryview]:
    """Return the first part of each kind; an honest header has no second where one is asked for."""
    found: dict[Kind, memoryview] = {}
    for kind, body in parts:
        found.setdefault(kind, body)
    return found


def sound_rate(rate: Fraction) -> Fraction | None:
    """Return the rate if a film can have it."""
    return rate if 0 < rate <= FASTEST and max(rate.numerator, rate.denominator) <= LARGEST_TERM else None
