"""Bytes in order, cut into the parts of an upload: all of one size, the last one smaller."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

from asset_ingest.adapters.object_store.s3.aside import Aside, TailName
from asset_ingest.adapters.object_store.s3.part_bytes import PartBytes
from asset_ingest.core.errors import LengthMismatch, StoreUnavailable, TooLarge
from asset_ingest.core.formats.crc64nvme import crc64nvme
from asset_ingest.core.ports.object_store import Position, Tail


class PartGrid:
    """Stands at one part and collects it; the first one begins with the tail that lies there.

    `offset` counts the bytes of the whole object that have been taken in.
    """

    def __init__(self, at: Position, most: int, aside: Aside, new_part: Callable[[], PartBytes]) -> None:
        self.number = at.number
        self._at = at
        self._most = most
        self._aside = aside
        self._new_part = new_part
        self._tail = at.tail  # until it is read back
        self._part: PartBytes | None = None
        start = self._start() if at.size is None else min(self._start(), at.size)
        self.offset = start + self._filled()

    async def take(self, chunk: bytes) -> AsyncIterator[tuple[int, PartBytes]]:
        """Take in a chunk, and yield each part as soon as it is whole, with its number.

        Raises LengthMismatch or TooLarge for more than fits; what fits has been yielded by then.
        """
        rest = memoryview(chunk)
        while True:
            room = self._whole() - self._filled()
            if room == 0 and self._filled():
                yield await self._cut()
            elif rest and room > 0:
                part = await self._collecting()
                await part.add(chunk if len(chunk) <= room and len(rest) == len(chunk) else rest[:room])
                self.offset += min(room, len(rest))
                rest = rest[room:]
            elif rest or room < 0:
                raise self._too_much(len(rest))
            else:
                return

    @property
    def rest(self) -> PartBytes | None:
        """What is behind the last whole part, the tail included; None where nothing was added to that."""
        return self._part

    def _whole(self) -> int:
        """Return how many bytes the part at which we stand holds when it is whole; 0 behind the end."""
        if self.number > self._most:
            return 0
        left = self._at.part_size if self._at.size is None else self._at.size - self._start()
        return max(0, min(self._at.part_size, left))

    def _filled(self) -> int:
        if self._part is not None:
            return self._part.size
        return self._tail.size if self._tail else 0

    def _start(self) -> int:
        return (self.number - 1) * self._at.part_size

    async def _cut(self) -> tuple[int, PartBytes]:
        """Go on to the next part, and return the one that is whole."""
        whole = self.number, await self._collecting()
        self.number, self._part = self.number + 1, None
        return whole

    async def _collecting(self) -> PartBytes:
        if self._part is None:
            part = self._new_part()
            if self._tail is not None:
                await self._read_back(self._tail, part)
            self._tail, self._part = None, part
        return self._part

    async def _read_back(self, tail: Tail, part: PartBytes) -> None:
        crc = 0
        async with aclosing(self._aside.read(tail.token, tail.size)) as pieces:
            async for piece in pieces:
                crc = crc64nvme(piece, crc)
                await part.add(piece)
        if part.size != tail.size or crc != TailName.read(tail.token).crc:
            raise StoreUnavailable("the S3 server does not give back the tail that it was given")

    def _too_much(self, more: int) -> LengthMismatch | TooLarge:
        if self._at.size is None or self.number > self._most:
            return TooLarge(self._most * self._at.part_size)
        return LengthMismatch(self._at.size, self.offset + more)
