"""Storing a stream of unknown length: one PUT if it fits one part, else parts in parallel, in bounded memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

from asset_ingest.adapters.object_store.s3.bucket import Bucket, answered_at, crc_said
from asset_ingest.adapters.object_store.s3.errors import our_errors, told
from asset_ingest.adapters.object_store.s3.multipart import Multipart
from asset_ingest.adapters.object_store.s3.part_bytes import PartBytes, PartMemory
from asset_ingest.adapters.object_store.s3.part_plan import PartPlan
from asset_ingest.adapters.object_store.threads import finished
from asset_ingest.core.errors import TooLarge
from asset_ingest.core.formats.crc64nvme import as_text
from asset_ingest.core.ports.object_store import StoredObject, StoredPart


@dataclass(frozen=True, slots=True)
class Sending:
    """How much one process sends at once, shared by all its uploads."""

    memory: PartMemory = field(default_factory=PartMemory)
    per_upload: int = 4
    # Each has a piece of its part in memory and another in the socket's buffer.
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(16))


async def put_bytes(bucket: Bucket, key: str, part: PartBytes, sending: Sending) -> dict[str, Any]:
    """Store these bytes as one object and return what the server says, an ETag among it."""
    await part.seal()
    async with sending.slots:
        with our_errors(key):
            said = await bucket.client.put_object(
                **bucket.at(key),
                Body=part if part.size else b"",
                ContentLength=part.size,
                ContentType="application/octet-stream",
            )
    return {**said, "ETag": told(said, "ETag")}


async def send_part(multipart: Multipart, number: int, part: PartBytes, sending: Sending) -> StoredPart:
    """Store these bytes as one part."""
    await part.seal()
    async with sending.slots:
        stored = await multipart.send(number, part if part.size else b"", part.size)
    return replace(stored, crc64nvme=as_text(part.crc))


class Upload:
    """One stream on its way to one key. Nothing is seen of it before its last byte; on any error nothing changes."""

    def __init__(self, bucket: Bucket, key: str, plan: PartPlan, sending: Sending) -> None:
        self._bucket = bucket
        self._key = key
        self._plan = plan
        self._sending = sending
        self._tasks: list[asyncio.Task[StoredPart]] = []
        self._parts: list[PartBytes] = []

    async def store(self, chunks: AsyncIterable[bytes]) -> StoredObject:
        """Send it all and make it the object."""
        try:
            async with aclosing(self._collected(chunks)) as parts:
                first, is_last = await anext(parts)
                return await (self._put(first) if is_last else self._multipart(first, parts))
        finally:
            await finished(asyncio.create_task(self._free()))

    async def _multipart(self, first: PartBytes, others: AsyncIterable[tuple[PartBytes, bool]]) -> StoredObject:
        multipart = await Multipart.begin(self._bucket, self._key)
        async with multipart.abandoned_on_error(self._tasks):
            self._tasks.append(asyncio.create_task(self._sent(multipart, 1, first)))
            async for part, _ in others:
                await self._room()
                self._tasks.append(asyncio.create_task(self._sent(multipart, len(self._tasks) + 1, part)))
            return await multipart.settle(await asyncio.gather(*self._tasks))

    async def _collected(self, chunks: AsyncIterable[bytes]) -> AsyncGenerator[tuple[PartBytes, bool], None]:
        """Cut the stream into parts. A full one is given away once more bytes follow, so that the last is known."""
        number, part = 1, self._new_part()
        async for chunk in chunks:
            rest = memoryview(chunk)
            while rest:
                room = self._plan.size(number) - part.size
                if not room:
                    yield part, False
                    number, part = self._next(number), self._new_part()
                    continue
                await part.add(chunk if len(chunk) <= room and len(rest) == len(chunk) else rest[:room])
                rest = rest[room:]
        yield part, True

    def _next(self, number: int) -> int:
        if number >= self._plan.limits.most:
            raise TooLarge(self._plan.capacity)
        return number + 1

    def _new_part(self) -> PartBytes:
        part = PartBytes(self._sending.memory)
        self._parts.append(part)
        return part

    async def _put(self, part: PartBytes) -> StoredObject:
        said = await put_bytes(self._bucket, self._key, part, self._sending)
        return StoredObject(self._key, part.size, answered_at(said), crc64nvme=crc_said(said))

    async def _room(self) -> None:
        """Wait until fewer parts than allowed are under way; the first that failed ends it all."""
        running = [task for task in self._tasks if not task.done()]
        if len(running) >= self._sending.per_upload:
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in self._tasks:
            if task.done():
                task.result()

    async def _sent(self, multipart: Multipart, number: int, part: PartBytes) -> StoredPart:
        stored = await send_part(multipart, number, part, self._sending)
        await part.close()
        self._parts.remove(part)
        return stored

    async def _free(self) -> None:
        for part in self._parts:
            await part.close()
