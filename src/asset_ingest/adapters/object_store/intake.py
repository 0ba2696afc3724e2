"""Chunks on their way in, taken by a task of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from contextlib import suppress
from typing import Final, TypeVar

from asset_ingest.adapters.object_store.threads import ended
from asset_ingest.core.errors import LengthMismatch

# As large as the disk's other batches, and cut by time where a sender is slow.
_BATCH: Final = 4 << 20
_BATCH_SECONDS: Final = 0.25
_MOST_PIECES: Final = 1024  # what one writev takes on Linux

Made = TypeVar("Made")


class Intake:
    """Gathers chunks while earlier ones are written and told of, and also while none come.

    However they end, what came before is handed out first: an error, theirs or a cancellation of whoever takes the
    batches, is raised by `check`.
    """

    def __init__(self, chunks: AsyncIterable[bytes], offset: int, size: int | None) -> None:
        self._offset = offset
        self._size = size
        self._pieces: list[bytes] = []
        self._held = 0
        self._full = asyncio.Event()
        self._room = asyncio.Event()
        self._cancelled: asyncio.CancelledError | None = None
        self._gathering = asyncio.create_task(self._gather(chunks))
        self._gathering.add_done_callback(lambda _: self._full.set())

    async def batch(self) -> list[bytes] | None:
        """Return what has come once that is much or a moment has passed; None once there is nothing more."""
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(_BATCH_SECONDS):
                    await self._full.wait()
        except asyncio.CancelledError as error:
            await self.stop(error)
        return self._taken()

    async def over(self, work: asyncio.Future[Made]) -> Made:
        """Return what a thread made; a cancellation that arrives meanwhile ends the chunks, not the work."""
        if cancelled := await ended(work):
            await self.stop(cancelled)
        return work.result()

    async def stop(self, error: asyncio.CancelledError | None = None) -> None:
        """Take no more chunks."""
        self._cancelled = self._cancelled or error
        self._gathering.cancel()
        await ended(self._gathering)

    def check(self) -> None:
        """Raise what ended the chunks, if it was not their own end."""
        if self._cancelled:
            raise self._cancelled
        if self._gathering.done():
            self._gathering.result()

    async def _gather(self, chunks: AsyncIterable[bytes]) -> None:
        async for chunk in chunks:
            while self._is_full:
                self._room.clear()
                await self._room.wait()
            self._take(chunk)

    def _take(self, chunk: bytes) -> None:
        start, self._offset = self._offset, self._offset + len(chunk)
        if self._size is not None and self._offset > self._size:
            chunk = chunk[: self._size - start]
        if chunk:
            self._pieces.append(chunk)
            self._held += len(chunk)
        if self._is_full:
            self._full.set()
        if self._size is not None and self._offset > self._size:
            raise LengthMismatch(self._size, self._offset)

    @property
    def _is_full(self) -> bool:
        return self._held >= _BATCH or len(self._pieces) >= _MOST_PIECES

    def _taken(self) -> list[bytes] | None:
        pieces, self._pieces, self._held = self._pieces, [], 0
        self._room.set()
        if self._gathering.done():
            return pieces or None
        self._full.clear()
        return pieces
