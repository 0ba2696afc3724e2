"""How much of a file is sent at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MIB: Final = 1 << 20
SMALLEST: Final = MIB // 4
FIRST: Final = 16 * MIB

QUICK: Final = 4.0
SLOW: Final = 15.0
"""Seconds: a slice that takes less than the one might as well be larger, more than the other is too much to lose."""


@dataclass(slots=True)
class Slices:
    """Slices of `length` bytes that begin and end at multiples of it, as servers like to store them.

    The server takes all of a slice or nothing, so a slice has to pass between two breaks of the connection, and
    progress is seen no more often than slices end.
    """

    largest: int
    length: int = FIRST

    def __post_init__(self) -> None:
        self.length = min(self.length, self.largest)

    def end(self, start: int, size: int) -> int:
        """Return where the slice ends that begins at `start` in a file of `size` bytes."""
        return min((start // self.length + 1) * self.length, size)

    def passed(self, seconds: float) -> None:
        """Hear how long a slice took."""
        if seconds < QUICK:
            self.length = min(self.length * 2, self.largest)
        elif seconds > SLOW:
            self.broke()

    def broke(self) -> None:
        """Hear that a slice did not get through."""
        self.length = max(self.length // 2, SMALLEST)
