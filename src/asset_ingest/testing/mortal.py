"""A process that dies at a chosen call: wraps ports so that nothing reaches the outside after its death.

Code that cleans up after an error runs here as it would not after a real kill -9, so every call of a dead process fails
before it does anything: what remains outside is what a kill would have left.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from asset_ingest.core.model.ids import StudioId
from asset_ingest.core.ports.cms import CMS, AssetEntry
from asset_ingest.core.ports.object_store import ObjectStore, StoredObject
from asset_ingest.core.ports.repos import Records, Transaction


class Killed(BaseException):
    """The process is no more."""


@dataclass(slots=True)
class Mortal:
    """Counts calls outside and dies at number `dies_at`; never, if it is None."""

    dies_at: int | None = None
    calls: int = 0

    def call(self) -> None:
        """Stand before or after a call outside."""
        self.calls += 1
        if self.dead:
            raise Killed

    @property
    def dead(self) -> bool:
        return self.dies_at is not None and self.calls >= self.dies_at


@dataclass(frozen=True, slots=True)
class MortalObjects(ObjectStore):
    """A store whose caller may die before and after each call, and between two chunks."""

    life: Mortal
    inner: ObjectStore

    async def put(self, key: str, chunks: AsyncIterable[bytes]) -> StoredObject:
        self.life.call()
        stored = await self.inner.put(key, self._mortal(chunks))
        self.life.call()
        return stored

    async def put_all(self, objects: Mapping[str, bytes]) -> None:
        self.life.call()
        await self.inner.put_all(objects)
        self.life.call()

    async def _mortal(self, chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        async for chunk in chunks:
            self.life.call()
            yield chunk

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        self.life.call()
        async for chunk in self.inner.read(key, start, end):
            yield chunk
            self.life.call()

    async def stat(self, key: str) -> StoredObject:
        self.life.call()
        return await self.inner.stat(key)

    async def copy(self, source: str, target: str) -> StoredObject:
        self.life.call()
        stored = await self.inner.copy(source, target)
        self.life.call()
        return stored

    async def delete(self, key: str) -> None:
        self.life.call()
        await self.inner.delete(key)
        self.life.call()

    async def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        self.life.call()
        async for stored in self.inner.list(prefix):
            yield stored


@dataclass(frozen=True, slots=True)
class MortalRecords(Records):
    """Records whose caller may die before a transaction, before its commit, and after it."""

    life: Mortal
    inner: Records

    def transaction(self, studio_id: StudioId) -> AbstractAsyncContextManager[Transaction]:
        return self._transaction(studio_id)

    @asynccontextmanager
    async def _transaction(self, studio_id: StudioId) -> AsyncIterator[Transaction]:
        self.life.call()
        async with self.inner.transaction(studio_id) as tx:
            yield tx
            self.life.call()
        self.life.call()


@dataclass(frozen=True, slots=True)
class MortalCMS(CMS):
    """A CMS whose caller may die before the call and before it hears the answer."""

    life: Mortal
    inner: CMS

    @property
    def target(self) -> str:  # type: ignore[override]  # read only, as it is meant
        return self.inner.target

    async def publish(self, entry: AssetEntry) -> str:
        self.life.call()
        external_id = await self.inner.publish(entry)
        self.life.call()
        return external_id
