"""Bytes that are durable and not yet in their upload: objects beside it, none of which is ever written twice."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Final

from asset_ingest.adapters.object_store.keys import checked_key
from asset_ingest.adapters.object_store.s3.bucket import Bucket
from asset_ingest.adapters.object_store.s3.objects import S3Objects
from asset_ingest.adapters.object_store.s3.part_bytes import PartBytes
from asset_ingest.adapters.object_store.s3.writing import Sending, put_bytes
from asset_ingest.core.errors import InvalidRequest
from asset_ingest.core.formats.crc64nvme import as_text
from asset_ingest.core.ports.object_store import StoredPart

_TAIL: Final = re.compile(r"tail-(\d+)-(\d+)-(\d+)-([0-9a-f]{16})-[0-9a-f]{16}", re.ASCII)
_PART: Final = re.compile(r"part-(\d+)-(\d+)-[0-9a-f]{16}", re.ASCII)
_DELETED_AT_ONCE: Final = 16


@dataclass(frozen=True, slots=True)
class TailName:
    """What the name of a tail tells the next writer: whose it is, the offset at its end, and `unsent`.

    No writer up to this one has ever sent a part of the number `unsent` or a higher one. `crc` is that of its bytes as
    they came: what is read back of them later must have the same.
    """

    epoch: int
    offset: int
    unsent: int
    crc: int = 0

    def new(self) -> str:
        """Return a name that nobody else will ever take, not even this writer again."""
        return f"tail-{self.epoch}-{self.offset}-{self.unsent}-{self.crc:016x}-{secrets.token_hex(8)}"

    @classmethod
    def read(cls, name: str) -> TailName:
        """Read one back, or raise InvalidRequest."""
        if (found := _TAIL.fullmatch(name)) is None:
            raise InvalidRequest("the tail of the upload is not one of this store")
        return cls(int(found[1]), int(found[2]), int(found[3]), int(found[4], 16))


@dataclass(frozen=True, slots=True)
class PartAside:
    """A part that waits beside its upload; `name` is its object's, `etag` that object's."""

    number: int
    size: int
    etag: str
    name: str
    crc64nvme: str | None = None

    @property
    def stored(self) -> StoredPart:
        """Say it in the words that others keep."""
        return StoredPart(self.number, self.size, f"{self.etag}@{self.name}", self.crc64nvme)

    @property
    def copy(self) -> StoredPart:
        """Return what the store says of its copy in the upload."""
        return StoredPart(self.number, self.size, self.etag)

    @classmethod
    def of(cls, part: StoredPart) -> PartAside | None:
        """Return what `stored` said; None for a part that is in the upload itself."""
        etag, at, name = part.etag.rpartition("@")
        return cls(part.number, part.size, etag, name) if at and _PART.fullmatch(name) else None


@dataclass(frozen=True, slots=True)
class Aside:
    """The folder of objects beside one upload of `key`."""

    bucket: Bucket
    objects: S3Objects
    folder: str

    @classmethod
    def of(cls, bucket: Bucket, objects: S3Objects, key: str, upload_id: str) -> Aside:
        """Return the folder; two uploads of one key have two."""
        digest = hashlib.sha256(upload_id.encode()).hexdigest()
        return cls(bucket, objects, f"{checked_key(key)}.tail/{digest[:32]}/")

    async def put_tail(self, tail: TailName, body: PartBytes, sending: Sending) -> str:
        """Store a tail and return its name."""
        await body.seal()
        name = replace(tail, crc=body.crc).new()
        await put_bytes(self.bucket, self.key(name), body, sending)
        return name

    async def put_part(self, number: int, epoch: int, body: PartBytes, sending: Sending) -> PartAside:
        """Store a part that may not go into the upload yet."""
        name = f"part-{number}-{epoch}-{secrets.token_hex(8)}"
        said = await put_bytes(self.bucket, self.key(name), body, sending)
        return PartAside(number, body.size, str(said["ETag"]), name, as_text(body.crc))

    def read(self, name: str, size: int) -> AsyncGenerator[bytes, None]:
        """Yield the first `size` bytes of an object here."""
        return self.objects.read(self.key(name), 0, size)

    async def parts(self) -> AsyncGenerator[PartAside, None]:
        """Yield the parts here, the latest writer's where there are several of one number."""
        latest: dict[int, tuple[int, str]] = {}
        async with aclosing(self._names()) as names:
            async for name in names:
                if found := _PART.fullmatch(name):
                    number, epoch = map(int, found.groups())
                    latest[number] = max(latest.get(number, (-1, "")), (epoch, name))
        for number, (_, name) in latest.items():
            head = await self.bucket.head(self.key(name))
            yield PartAside(number, head.stored.size, head.etag, name)

    async def clear(self) -> None:
        """Remove everything."""
        batch: list[str] = []
        async with aclosing(self._names()) as names:
            async for name in names:
                batch.append(name)
                if len(batch) == _DELETED_AT_ONCE:
                    await self._remove(batch)
                    batch = []
        await self._remove(batch)

    def key(self, name: str) -> str:
        """Return the key of an object here."""
        return checked_key(self.folder + name)

    async def _names(self) -> AsyncGenerator[str, None]:
        async with aclosing(self.objects.list(self.folder)) as found:
            async for stored in found:
                yield stored.key.removeprefix(self.folder)

    async def _remove(self, names: list[str]) -> None:
        deleting = (self.objects.delete(self.key(name)) for name in names)
        for outcome in await asyncio.gather(*deleting, return_exceptions=True):
            if outcome is not None:
                raise outcome
