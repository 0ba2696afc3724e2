"""Bytes in a dictionary: for tests and for programs that keep nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Mapping
from typing import Final

from asset_ingest.adapters.object_store.keys import checked_key, checked_prefix, checked_range
from asset_ingest.core.errors import ObjectMissing
from asset_ingest.core.ports.clock import Clock
from asset_ingest.core.ports.object_store import ObjectStore, StoredObject

_CHUNK: Final = 1 << 20


class MemoryObjects(ObjectStore):
    """An ObjectStore that lives as long as the process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._objects: dict[str, tuple[bytes, StoredObject]] = {}

    async def put(self, key: str, chunks: AsyncIterable[bytes]) -> StoredObject:
        checked_key(key)
        content = bytearray()
        async for chunk in chunks:
            content += chunk
        stored = StoredObject(key, len(content), self._clock.now())
        self._objects[key] = (bytes(content), stored)
        return stored

    async def put_all(self, objects: Mapping[str, bytes]) -> None:
        for key, content in objects.items():
            self._objects[checked_key(key)] = (content, StoredObject(key, len(content), self._clock.now()))

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        content, stored = self._held(key)
        first, last = checked_range(start, end, stored.size)
        for offset in range(first, last, _CHUNK):
            yield content[offset : min(offset + _CHUNK, last)]

    async def stat(self, key: str) -> StoredObject:
        return self._held(key)[1]

    async def copy(self, source: str, target: str) -> StoredObject:
        content, stored = self._held(source)
        copied = StoredObject(checked_key(target), stored.size, self._clock.now())
        self._objects[target] = (content, copied)
        return copied

    async def delete(self, key: str) -> None:
        self._objects.pop(checked_key(key), None)

    async def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        checked_prefix(prefix)
        for key, (_, stored) in tuple(self._objects.items()):
            if key.startswith(prefix):
                yield stored

    def _held(self, key: str) -> tuple[bytes, StoredObject]:
        try:
            return self._objects[checked_key(key)]
        except KeyError:
            raise ObjectMissing(key) from None
