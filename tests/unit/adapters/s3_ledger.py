"""What a caller of S3Resumable keeps: it writes down each step before it asks for the next."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field

from asset_ingest.core.ports.object_store import Position, ResumableUploads, StoredObject, StoredPart, Tail


class Killed(Exception):
    """Stands for a process that is no more."""


@dataclass
class Ledger:
    """One upload, as far as it is written down."""

    store: ResumableUploads
    key: str
    upload_id: str
    part_size: int
    size: int | None = None
    epoch: int = 0
    parts: list[StoredPart] = field(default_factory=list)
    tail: Tail | None = None

    @classmethod
    async def begun(cls, store: ResumableUploads, key: str, part_size: int, size: int | None = None) -> Ledger:
        return cls(store, key, await store.begin(key), part_size, size)

    @property
    def offset(self) -> int:
        return sum(part.size for part in self.parts) + (self.tail.size if self.tail else 0)

    def next_position(self) -> Position:
        self.epoch += 1
        return Position(len(self.parts) + 1, self.part_size, self.tail, self.size, self.epoch)

    async def append(self, chunks: AsyncIterable[bytes], *, killed_at: int | None = None) -> None:
        """Append; die when so many steps have been told and all but the last are written down."""
        at = self.next_position()
        told = 0
        async with aclosing(self.store.append(self.key, self.upload_id, at, chunks)) as steps:
            async for collected in steps:
                told += 1
                if told == killed_at:
                    raise Killed
                assert [part.number for part in collected.parts] == list(
                    range(len(self.parts) + 1, len(self.parts) + 1 + len(collected.parts))
                ), "a gap"
                self.parts += collected.parts
                self.tail = collected.tail

    async def complete(self) -> StoredObject:
        return await self.store.complete(self.key, self.upload_id, self.parts)


async def pieces(content: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def then_breaking_off(content: bytes, size: int, error: Exception) -> AsyncIterator[bytes]:
    async for piece in pieces(content, size):
        yield piece
    raise error
