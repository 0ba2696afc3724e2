"""One append: what is known of it while its bytes pass."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass, field
from typing import Final

import anyio

from asset_ingest.core.errors import Overlong, TooLarge, WriterReplaced
from asset_ingest.core.model.uploads import Held, UploadSession
from asset_ingest.core.ports.object_store import Collected, Position, Tail
from asset_ingest.core.services.hashing import hashed
from asset_ingest.core.services.transfers.checksums import Digest
from asset_ingest.core.services.transfers.grid import WANTED_PART

LAST_WORDS_SECONDS: Final = 0.1
"""What a writer that is replaced may take to keep what it has; its successor waits for that."""
TAKE_OVER_SECONDS: Final = 5.0
NEWS_SECONDS: Final = 0.25
"""A fast sender waits for each telling; many times a second nobody can follow."""


async def no_bytes() -> AsyncIterator[bytes]:
    """Yield nothing: an append of nothing goes on with an upload where it stands."""
    empty: tuple[bytes, ...] = ()
    for chunk in empty:
        yield chunk


@dataclass(slots=True)
class Writing:
    """An append under way in this process, for the next one to stop."""

    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    ended: anyio.Event = field(default_factory=anyio.Event)
    append: Append | None = None  # once it was let in
    _waiting: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    _is_replaced: bool = False

    async def until_replaced(self, chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        """Pass the chunks on; raises WriterReplaced, however long the next one takes, once the append is stopped."""
        incoming = aiter(chunks)
        while not self._is_replaced:
            with anyio.CancelScope() as self._waiting:
                try:
                    chunk = await anext(incoming)
                except StopAsyncIteration:
                    return
            if not self._waiting.cancelled_caught:
                yield chunk
        raise WriterReplaced

    async def stop(self) -> None:
        """Let what has arrived become durable if that is quick, and end the append."""
        self._is_replaced = True
        self._waiting.cancel()
        with anyio.move_on_after(LAST_WORDS_SECONDS):
            await self.ended.wait()
            return
        self.scope.cancel()
        with anyio.move_on_after(TAKE_OVER_SECONDS):
            await self.ended.wait()


@dataclass(slots=True)
class Append:
    """One append that was let in: who it is, where it stands, and what it has seen pass."""

    session: UploadSession
    held: Held
    digest: Digest | None
    offset: int
    received: int = 0
    unwritten: list[Collected] = field(default_factory=list)
    _told_at: float = -NEWS_SECONDS

    def is_news(self) -> bool:
        """Say whether people should hear how far it is: at first, and from then on now and then."""
        now = anyio.current_time()
        if now - self._told_at < NEWS_SECONDS:
            return False
        self._told_at = now
        return True

    @property
    def position(self) -> Position:
        session = self.session
        tail = Tail(session.tail_size, session.tail_token) if session.tail_token is not None else None
        part_size = session.part_size or WANTED_PART
        return Position(self.held.prefix_parts + 1, part_size, tail, session.size, session.writer_epoch)

    async def metered(self, chunks: AsyncIterable[bytes], largest: int) -> AsyncIterator[bytes]:
        """Pass the chunks on; raises Overlong, or TooLarge where no length is known, for more than there may be."""
        async for chunk in chunks:
            self.received += len(chunk)
            if self.offset + self.received > largest:
                raise Overlong(largest, self.offset + self.received) if self.session.size else TooLarge(largest)
            if self.digest is not None:
                await hashed(self.digest, chunk)
            yield chunk
