"""Bytes that come by requests we signed, where the store leaves it to our own server to take them in."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Protocol

from asset_ingest.core.errors import ChecksumMismatch, LengthMismatch, ObjectMissing, UploadGone
from asset_ingest.core.ports.object_store import Grant, ObjectStore, PartToSign, ResumableUploads, SignedDoor
from asset_ingest.core.services.hashing import hashed


class Wanting(Protocol):
    """Raises why these bytes are not wanted, if they are not; while the context is open, they stay wanted."""

    def __call__(self, grant: Grant) -> AbstractAsyncContextManager[None]: ...


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Takes in what was signed, and nothing else. What has become an upload's content is never replaced."""

    door: SignedDoor
    objects: ObjectStore
    store: ResumableUploads
    wanting: Wanting

    def admit(self, method: str, query: Mapping[str, str]) -> Grant:
        """Return what the request may bring; raises SignatureRefused. The signature is all the leave it needs."""
        return self.door.admit(method, query)

    async def receive(self, grant: Grant, chunks: AsyncIterable[bytes]) -> str:
        """Store exactly what was granted, durably, and return its entity tag.

        They can be sent again until the upload has ended. Raises LengthMismatch, or ChecksumMismatch where an MD5 was
        granted and the bytes have another, and then keeps nothing; UploadGone, Cancelled.
        """
        async with self.wanting(grant):
            pass  # not held on to: bytes can take hours
        if grant.content_md5 is not None:
            chunks = _with_md5(grant.content_md5, chunks)
        if grant.upload_id is not None and grant.number is not None:
            return await self._part(grant, grant.upload_id, grant.number, chunks)
        return await self._whole(grant, chunks)

    async def _part(self, grant: Grant, upload_id: str, number: int, chunks: AsyncIterable[bytes]) -> str:
        try:
            stored = await self.store.put_part(grant.key, upload_id, PartToSign(number, grant.size), chunks)
        except ObjectMissing:
            raise UploadGone("its parts are gone") from None
        return stored.etag

    async def _whole(self, grant: Grant, chunks: AsyncIterable[bytes]) -> str:
        """Store the object, and keep all others from ending the upload between its last byte and its name."""
        async with AsyncExitStack() as until_stored:

            async def wanted() -> AsyncIterator[bytes]:
                received = 0
                async for chunk in chunks:
                    received += len(chunk)
                    if received > grant.size:
                        break
                    yield chunk
                if received != grant.size:
                    raise LengthMismatch(grant.size, received)
                await until_stored.enter_async_context(self.wanting(grant))

            stored = await self.objects.put(grant.key, wanted())
        return f"{int(stored.stored_at.timestamp() * 1e6):x}-{stored.size:x}"


async def _with_md5(promised: str, chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Pass the chunks on; raise ChecksumMismatch behind the last one, before any store takes them for all there is."""
    digest = hashlib.md5(usedforsecurity=False)
    async for chunk in chunks:
        await hashed(digest, chunk)
        yield chunk
    if base64.b64encode(digest.digest()).decode() != promised:
        raise ChecksumMismatch
