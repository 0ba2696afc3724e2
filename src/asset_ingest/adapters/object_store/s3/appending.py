"""One append on its way into an upload: its parts are sent some at a time, and told of in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import dataclass
from typing import Final

from asset_ingest.adapters.object_store.s3.aside import Aside, TailName
from asset_ingest.adapters.object_store.s3.multipart import Multipart
from asset_ingest.adapters.object_store.s3.part_bytes import PartBytes
from asset_ingest.adapters.object_store.s3.part_grid import PartGrid
from asset_ingest.adapters.object_store.s3.writing import Sending, send_part
from asset_ingest.adapters.object_store.threads import finished
from asset_ingest.core.ports.object_store import Collected, Position, Tail

# How many parts a writer may have sent and not yet seen written down. The writer after it counts on that, who may run
# in another process, with other settings and of another release: lowering it here would make that one too trustful.
RUN_AHEAD: Final = 4


def first_unsent(at: Position) -> int:
    """Return the first part number that no earlier writer can have under way.

    Whoever wrote a tail says so in its name, for the writers up to itself. Each one since began where we begin and ran
    ahead by so much at most.
    """
    if at.tail is None:
        return 1 if at.number == 1 and at.epoch <= 1 else at.number + RUN_AHEAD
    tail = TailName.read(at.tail.token)
    return tail.unsent if at.epoch <= tail.epoch + 1 else max(tail.unsent, at.number + RUN_AHEAD)


@dataclass(frozen=True, slots=True)
class Target:
    """The upload that an append goes into, and how."""

    multipart: Multipart
    aside: Aside
    sending: Sending


class Append:
    """Collects in one task and sends in others; whatever it yields is stored, and everything before it."""

    def __init__(self, target: Target, at: Position) -> None:
        self._to = target
        self._epoch = at.epoch
        self._unsent = first_unsent(at)
        self._grid = PartGrid(at, target.multipart.bucket.profile.parts.most, target.aside, self._new_part)
        self._open: set[PartBytes] = set()
        self._room = asyncio.Semaphore(min(target.sending.per_upload, RUN_AHEAD))
        self._storing: asyncio.Queue[asyncio.Task[Collected] | None] = asyncio.Queue()
        self._known = False
        self._stopped = False

    async def collected(self, chunks: AsyncIterable[bytes]) -> AsyncGenerator[Collected, None]:
        """Do it all, and yield what has become durable."""
        collecting = asyncio.create_task(self._collect(chunks))
        try:
            while (oldest := await self._storing.get()) is not None:
                yield await oldest
                self._room.release()  # not before: who asks for more has written down what he was told
            await collecting
        finally:
            await finished(asyncio.create_task(self._stop(collecting)))

    async def _collect(self, chunks: AsyncIterable[bytes]) -> None:
        try:
            error = await self._take_all(chunks)
            await self._keep_rest()
        finally:
            self._storing.put_nowait(None)
        if error is not None:
            raise error

    async def _take_all(self, chunks: AsyncIterable[bytes]) -> BaseException | None:
        """Take chunks until there are no more; return the error that ended them too early.

        A cancellation that is not ours is one of the chunks: somebody has stopped their sender.
        """
        await self._take(b"")  # the tail alone may be all there is
        incoming = aiter(chunks)
        while True:
            try:
                chunk = await anext(incoming)
            except StopAsyncIteration:
                return None
            except (Exception, asyncio.CancelledError) as error:  # it flies on once what came before it is safe
                if self._stopped:
                    raise
                return error
            await self._take(chunk)

    async def _take(self, chunk: bytes) -> None:
        async for number, part in self._grid.take(chunk):
            await self._room.acquire()
            if number < self._unsent:
                await self._look()
            store = self._put_aside if number < self._unsent else self._put_part
            self._storing.put_nowait(asyncio.create_task(store(number, part)))

    async def _keep_rest(self) -> None:
        if (part := self._grid.rest) is not None:
            await self._look()
            name = TailName(self._epoch, self._grid.offset, max(self._unsent, self._grid.number))
            self._storing.put_nowait(asyncio.create_task(self._put_tail(name, part)))

    async def _look(self) -> None:
        """Make sure that there is an upload for what is put beside it."""
        if not self._known:
            await self._to.multipart.look()
            self._known = True

    async def _put_part(self, number: int, part: PartBytes) -> Collected:
        stored = await send_part(self._to.multipart, number, part, self._to.sending)
        await self._close(part)
        return Collected((stored,), None)

    async def _put_aside(self, number: int, part: PartBytes) -> Collected:
        waiting = await self._to.aside.put_part(number, self._epoch, part, self._to.sending)
        await self._close(part)
        return Collected((waiting.stored,), None)

    async def _put_tail(self, name: TailName, part: PartBytes) -> Collected:
        token = await self._to.aside.put_tail(name, part, self._to.sending)
        await self._close(part)
        return Collected((), Tail(part.size, token))

    def _new_part(self) -> PartBytes:
        part = PartBytes(self._to.sending.memory)
        self._open.add(part)
        return part

    async def _close(self, part: PartBytes) -> None:
        self._open.discard(part)
        await part.close()

    async def _stop(self, collecting: asyncio.Task[None]) -> None:
        """End every task and free every part. Their errors are of no interest any more: the first has flown."""
        self._stopped = True
        collecting.cancel()
        await asyncio.wait([collecting])
        left = [self._storing.get_nowait() for _ in range(self._storing.qsize())]
        tasks = [collecting, *(storing for storing in left if storing is not None)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for part in tuple(self._open):
            await self._close(part)
