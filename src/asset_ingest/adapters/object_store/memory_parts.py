"""Objects that are put together bit by bit, in dictionaries: for tests and for programs that keep nothing."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from asset_ingest.adapters.object_store.keys import checked_key, checked_prefix
from asset_ingest.adapters.object_store.memory import MemoryObjects
from asset_ingest.adapters.object_store.positions import offset_of
from asset_ingest.core.errors import Conflict, LengthMismatch, ObjectMissing
from asset_ingest.core.formats.crc64nvme import as_text, crc64nvme
from asset_ingest.core.ports.clock import Clock
from asset_ingest.core.ports.object_store import (
    Collected,
    PartLimits,
    PartToSign,
    Position,
    ResumableUploads,
    StoredObject,
    StoredPart,
    Tail,
    UnfinishedUpload,
)


@dataclass(slots=True)
class MemoryUpload:
    """One upload under way: what was told of each part and each tail."""

    key: str
    begun_at: datetime
    parts: dict[StoredPart, bytes] = field(default_factory=dict)
    tails: dict[str, bytearray] = field(default_factory=dict)

    def store(self, number: int, content: bytes) -> StoredPart:
        """Keep a part; one with the same bytes is the same."""
        crc = crc64nvme(content)
        part = StoredPart(number, len(content), f"{crc:016x}.{number}.{len(content)}", as_text(crc))
        self.parts[part] = self.parts.pop(part, content)
        return part


@dataclass(slots=True)
class MemoryPlace:
    """What outlives an adapter: uploads under way by name, and what completed ones were made of."""

    uploads: dict[str, MemoryUpload] = field(default_factory=dict)
    completed: dict[str, tuple[list[StoredPart], StoredObject]] = field(default_factory=dict)


class _Growing:
    """The bytes of one append, behind those it goes on from; what earlier ones were told of stays as it is."""

    def __init__(self, upload: MemoryUpload, at: Position) -> None:
        held = upload.tails.get(at.tail.token, b"") if at.tail else b""
        if at.tail and len(held) < at.tail.size:
            raise ObjectMissing(upload.key)
        self._upload = upload
        self._at = at
        self._number = at.number
        self.end = offset_of(at)
        self._begin(held[: at.tail.size] if at.tail else b"")

    @property
    def tail(self) -> Tail | None:
        return Tail(len(self._bytes), self._token) if self._bytes else None

    def fitting(self, chunk: bytes) -> int:
        """Return how much of `chunk` the object has room for."""
        return len(chunk) if self._at.size is None else min(len(chunk), self._at.size - self.end)

    def add(self, piece: bytes) -> tuple[StoredPart, ...]:
        """Return the parts that become whole."""
        parts: list[StoredPart] = []
        while room := min(self._at.part_size - len(self._bytes), len(piece)):
            self._bytes += piece[:room]
            self.end += room
            piece = piece[room:]
            parts += self.whole()
        return tuple(parts)

    def whole(self) -> tuple[StoredPart, ...]:
        """Return the part at hand if nothing more belongs to it."""
        if not self._bytes or (len(self._bytes) < self._at.part_size and self.end != self._at.size):
            return ()
        part = self._upload.store(self._number, bytes(self._bytes))
        self._number += 1
        self._begin(b"")
        return (part,)

    def _begin(self, held: bytes | bytearray) -> None:
        self._bytes, self._token = bytearray(held), secrets.token_hex(8)
        self._upload.tails[self._token] = self._bytes


async def _contents(contents: Sequence[bytes]) -> AsyncIterator[bytes]:
    for content in contents:
        yield content


class MemoryResumable(ResumableUploads):
    """A ResumableUploads that lives as long as the process and completes into a MemoryObjects."""

    part_limits = PartLimits(smallest=1, largest=1 << 40, most=10_000)

    def __init__(self, objects: MemoryObjects, clock: Clock, place: MemoryPlace | None = None) -> None:
        self._objects = objects
        self._clock = clock
        self._place = place or MemoryPlace()

    async def begin(self, key: str) -> str:
        name = secrets.token_hex(16)
        self._place.uploads[name] = MemoryUpload(checked_key(key), self._clock.now())
        return name

    async def append(
        self, key: str, upload_id: str, at: Position, chunks: AsyncIterable[bytes]
    ) -> AsyncGenerator[Collected, None]:
        growing = _Growing(self._upload(key, upload_id), at)
        if parts := growing.whole():
            yield Collected(parts, None)
        async for chunk in chunks:
            fits = growing.fitting(chunk)
            if parts := growing.add(chunk[:fits]):
                yield Collected(parts, growing.tail)
            elif fits:
                yield Collected((), growing.tail)
            if fits < len(chunk):
                raise LengthMismatch(at.size or 0, growing.end + len(chunk) - fits)

    async def put_part(self, key: str, upload_id: str, part: PartToSign, chunks: AsyncIterable[bytes]) -> StoredPart:
        content = bytearray()
        self._upload(key, upload_id)
        async for chunk in chunks:
            content += chunk
            if len(content) > part.size:
                break
        if len(content) != part.size:
            raise LengthMismatch(part.size, len(content))
        return self._upload(key, upload_id).store(part.number, bytes(content))

    async def parts(self, key: str, upload_id: str) -> AsyncIterator[StoredPart]:
        latest = {part.number: part for part in self._upload(key, upload_id).parts}
        for number in sorted(latest):
            yield latest[number]

    async def complete(self, key: str, upload_id: str, parts: Sequence[StoredPart]) -> StoredObject:
        wanted = sorted(parts, key=lambda part: part.number)
        done = self._place.completed.get(upload_id)
        if done and done[0] == wanted and done[1].key == key:
            return done[1]
        held = self._upload(key, upload_id).parts
        if [part.number for part in wanted] != list(range(1, len(wanted) + 1)) or not wanted:
            raise Conflict("a part of the upload is missing")
        if any(part not in held for part in wanted):
            raise Conflict("a part is not the one that is stored")
        stored = await self._objects.put(key, _contents([held[part] for part in wanted]))
        self._place.completed[upload_id] = (wanted, stored)
        self._place.uploads.pop(upload_id, None)
        return stored

    async def abort(self, key: str, upload_id: str) -> None:
        with suppress(ObjectMissing):
            self._upload(key, upload_id)
            del self._place.uploads[upload_id]

    async def unfinished(self, prefix: str) -> AsyncIterator[UnfinishedUpload]:
        checked_prefix(prefix)
        for name, upload in tuple(self._place.uploads.items()):
            if upload.key.startswith(prefix):
                yield UnfinishedUpload(upload.key, name, upload.begun_at)

    def _upload(self, key: str, upload_id: str) -> MemoryUpload:
        upload = self._place.uploads.get(upload_id)
        if upload is None or upload.key != key:
            raise ObjectMissing(key)
        return upload
