"""Where in a version a comment points. Every anchor that exists makes sense: nonsense is refused when it is made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from asset_ingest.core.errors import InvalidRequest

LARGEST: Final = 2**31 - 1
_GUID: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)
_ROUNDING: Final = 1e-9
"""What `x + width` may be beyond 1: pixels divided by pixels need not add up to the last bit."""


@dataclass(frozen=True, slots=True)
class FrameRange:
    """Frames `start` to `end`, both included, counted from 0 at `rate_num / rate_den` frames a second.

    The rate is a fraction because 30000/1001 is no decimal: so a frame stays the frame it was. Where there are no
    frames, in sound for instance, 1000/1 counts milliseconds.
    """

    start: int
    end: int
    rate_num: int
    rate_den: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end <= LARGEST:
            raise InvalidRequest(f"start and end are frames from 0 to {LARGEST}, start not after end", "anchor.frames")
        if not (0 < self.rate_num <= LARGEST and 0 < self.rate_den <= LARGEST):
            raise InvalidRequest("the frame rate is a fraction of two whole numbers above 0", "anchor.frames")


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the picture: `x` and `y` of its upper left corner and its size, where the whole picture is 1 by 1."""

    x: float
    y: float
    width: float
    height: float

    def __post_init__(self) -> None:
        if not (_lies_inside(self.x, self.width) and _lies_inside(self.y, self.height)):
            raise InvalidRequest("a region lies inside the picture, which is 1 wide and 1 high", "anchor.region")


@dataclass(frozen=True, slots=True)
class EntryPlace:
    """One entry of a package."""

    guid: str

    def __post_init__(self) -> None:
        if not _GUID.fullmatch(self.guid):
            raise InvalidRequest("a GUID is 32 hexadecimal digits in lower case", "anchor.entry")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A part of the picture, frames, or that part of the picture in these frames; or else an entry of a package."""

    frames: FrameRange | None = None
    region: Region | None = None
    entry: EntryPlace | None = None

    def __post_init__(self) -> None:
        is_in_picture = self.frames is not None or self.region is not None
        if is_in_picture == (self.entry is not None):
            raise InvalidRequest("an anchor is frames, a region, or both together; or else an entry", "anchor")


def _lies_inside(start: float, length: float) -> bool:
    return 0 <= start <= 1 and 0 < length <= 1 and start + length <= 1 + _ROUNDING  # false for NaN too
