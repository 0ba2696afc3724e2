"""What a caller of ResumableUploads writes down, and how it calls them."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from asset_ingest.core.ports.object_store import (
    Collected,
    Position,
    ResumableUploads,
    StoredPart,
    Tail,
    UnfinishedUpload,
)

Reopen = Callable[[], ResumableUploads]


@dataclass
class Ledger:
    """What the caller writes down of one upload, and so all that the next writer knows."""

    key: str
    upload_id: str
    part_size: int
    size: int | None = None
    epoch: int = 0
    parts: list[StoredPart] = field(default_factory=list)
    tail: Tail | None = None

    @property
    def offset(self) -> int:
        return sum(part.size for part in self.parts) + (self.tail.size if self.tail else 0)

    def take_over(self) -> Position:
        """Become the writer and go on where the ledger stands."""
        self.epoch += 1
        return Position(len(self.parts) + 1, self.part_size, self.tail, self.size, self.epoch)

    def write(self, collected: Collected) -> None:
        """Write down what is told; every part is whole and the next one, and nothing is ever taken back."""
        before = self.offset
        for part in collected.parts:
            assert part.number == len(self.parts) + 1
            self.parts.append(part)
        self.tail = collected.tail
        assert all(part.size == self.part_size for part in self.parts[:-1])
        assert self.tail is None or 0 < self.tail.size < self.part_size
        assert self.offset >= before
        if self.parts and self.parts[-1].size < self.part_size:
            assert self.offset == self.size
        if self.offset == self.size:
            assert self.tail is None

    def copy(self) -> Ledger:
        return replace(self, parts=list(self.parts))


async def begun(resumable: ResumableUploads, part_size: int, size: int | None = None, key: str = "a/b") -> Ledger:
    return Ledger(key, await resumable.begin(key), part_size, size)


async def append(resumable: ResumableUploads, ledger: Ledger, chunks: AsyncIterable[bytes]) -> None:
    """Append where the ledger stands, writing down whatever is told, also before an error."""
    await append_at(resumable, ledger, ledger.take_over(), chunks)


async def append_at(resumable: ResumableUploads, ledger: Ledger, at: Position, chunks: AsyncIterable[bytes]) -> None:
    async with aclosing(resumable.append(ledger.key, ledger.upload_id, at, chunks)) as told:
        async for collected in told:
            ledger.write(collected)


async def complete(resumable: ResumableUploads, ledger: Ledger) -> None:
    stored = await resumable.complete(ledger.key, ledger.upload_id, ledger.parts)
    assert (stored.key, stored.size) == (ledger.key, ledger.offset)


async def parts_of(resumable: ResumableUploads, ledger: Ledger) -> list[StoredPart]:
    return [part async for part in resumable.parts(ledger.key, ledger.upload_id)]


async def unfinished(resumable: ResumableUploads, prefix: str) -> list[UnfinishedUpload]:
    return [upload async for upload in resumable.unfinished(prefix)]


def cut(sent: bytes, *places: int) -> list[bytes]:
    """Return `sent` in pieces that end at these places."""
    ends = [*sorted(places), len(sent)]
    return [sent[start:end] for start, end in zip([0, *ends], ends, strict=False)]
