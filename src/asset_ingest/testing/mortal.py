"""A process that dies at a chosen call: wraps ports so that nothing reaches the outside after its death.

Code that cleans up after an error runs here as it would not after a real kill -9, so every call of a dead process fails
before it does anything: what remains outside is what a kill would have left. A `Troubled` life lets calls fail that
the process survives.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from asset_ingest.core.errors import IngestError
from asset_ingest.core.model.ids import StudioId
from asset_ingest.core.ports.cms import CMS, AssetEntry
from asset_ingest.core.ports.object_store import (
    Collected,
    DirectUploads,
    MultipartUploads,
    ObjectStore,
    PartLimits,
    PartToSign,
    Position,
    ResumableUploads,
    SignedRequest,
    StoredObject,
    StoredPart,
    UnfinishedUpload,
)
from asset_ingest.core.ports.repos import Records, Transaction


class Killed(BaseException):
    """The process is no more."""


class Life(Protocol):
    """What every call outside asks before and after it."""

    def call(self) -> None:
        """Return, or raise what this call meets."""


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
class Troubled:
    """A life in which calls outside fail as well, each time `trouble` returns an error."""

    life: Life
    trouble: Callable[[], IngestError | None]

    def call(self) -> None:
        self.life.call()
        if error := self.trouble():
            raise error


async def _mortal(life: Life, chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    async for chunk in chunks:
        life.call()
        yield chunk


@dataclass(frozen=True, slots=True)
class MortalObjects(ObjectStore):
    """A store whose caller may die before and after each call, and between two chunks."""

    life: Life
    inner: ObjectStore

    async def put(self, key: str, chunks: AsyncIterable[bytes]) -> StoredObject:
        self.life.call()
        stored = await self.inner.put(key, _mortal(self.life, chunks))
        self.life.call()
        return stored

    async def put_all(self, objects: Mapping[str, bytes]) -> None:
        self.life.call()
        await self.inner.put_all(objects)
        self.life.call()

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
class MortalMultipart(MultipartUploads):
    """Uploads in parts whose caller may die before and after each call."""

    life: Life
    inner: MultipartUploads

    @property
    def part_limits(self) -> PartLimits:  # type: ignore[override]  # read only, as it is meant
        return self.inner.part_limits

    async def begin(self, key: str) -> str:
        self.life.call()
        upload_id = await self.inner.begin(key)
        self.life.call()
        return upload_id

    async def parts(self, key: str, upload_id: str) -> AsyncIterator[StoredPart]:
        self.life.call()
        async for part in self.inner.parts(key, upload_id):
            yield part

    async def bytes_held(self, key: str, upload_id: str) -> int:
        self.life.call()
        return await self.inner.bytes_held(key, upload_id)

    async def complete(self, key: str, upload_id: str, parts: Sequence[StoredPart]) -> StoredObject:
        self.life.call()
        stored = await self.inner.complete(key, upload_id, parts)
        self.life.call()
        return stored

    async def abort(self, key: str, upload_id: str) -> None:
        self.life.call()
        await self.inner.abort(key, upload_id)
        self.life.call()

    async def unfinished(self, prefix: str) -> AsyncIterator[UnfinishedUpload]:
        self.life.call()
        async for upload in self.inner.unfinished(prefix):
            yield upload


@dataclass(frozen=True, slots=True)
class MortalResumable(MortalMultipart, ResumableUploads):
    """The same bit by bit: the caller may also die at each chunk, and before it hears what has become durable."""

    inner: ResumableUploads

    async def append(
        self, key: str, upload_id: str, at: Position, chunks: AsyncIterable[bytes]
    ) -> AsyncGenerator[Collected, None]:
        self.life.call()
        async with aclosing(self.inner.append(key, upload_id, at, _mortal(self.life, chunks))) as steps:
            async for collected in steps:
                self.life.call()
                yield collected

    async def put_part(self, key: str, upload_id: str, part: PartToSign, chunks: AsyncIterable[bytes]) -> StoredPart:
        self.life.call()
        stored = await self.inner.put_part(key, upload_id, part, _mortal(self.life, chunks))
        self.life.call()
        return stored


@dataclass(frozen=True, slots=True)
class MortalDirect(MortalMultipart, DirectUploads):
    """The same where clients send by themselves: what they send, this process does not see."""

    inner: DirectUploads

    @property
    def through_us(self) -> bool:  # type: ignore[override]  # read only, as it is meant
        return self.inner.through_us

    async def sign_put(
        self,
        key: str,
        size: int,
        lifetime: timedelta,
        content_type: str | None = None,
        content_md5: str | None = None,
    ) -> SignedRequest:
        self.life.call()
        return await self.inner.sign_put(key, size, lifetime, content_type, content_md5)

    async def sign_parts(
        self, key: str, upload_id: str, parts: Sequence[PartToSign], lifetime: timedelta
    ) -> list[SignedRequest]:
        self.life.call()
        return await self.inner.sign_parts(key, upload_id, parts, lifetime)


@dataclass(frozen=True, slots=True)
class MortalRecords(Records):
    """Records whose caller may die before a transaction, before its commit, and after it."""

    life: Life
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

    life: Life
    inner: CMS

    @property
    def target(self) -> str:  # type: ignore[override]  # read only, as it is meant
        return self.inner.target

    async def publish(self, entry: AssetEntry) -> str:
        self.life.call()
        external_id = await self.inner.publish(entry)
        self.life.call()
        return external_id
