"""What is made of pictures. Decoders are native code: adapters run them where a crash or a bomb harms nobody."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Picture:
    """An encoded picture; width and height in pixels."""

    content: bytes
    content_type: str
    width: int
    height: int


class Images(Protocol):
    """Makes pictures of pictures. What cannot be decoded raises DecoderFailed; too slow raises TimedOut."""

    @abstractmethod
    async def thumbnail(self, picture: bytes, side: int) -> Picture:
        """Return `picture` scaled to fit a square of `side` pixels, never enlarged more than to that square."""

    @abstractmethod
    async def contact_sheet(self, pictures: Sequence[bytes], columns: int, side: int) -> Picture:
        """Return `pictures` in rows of `columns` tiles of `side` pixels.

        One that cannot be decoded leaves its tile empty; raises DecoderFailed only when none can.
        """
