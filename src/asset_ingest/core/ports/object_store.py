"""Where bytes live."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What the store says of one object; `size` in bytes."""

    key: str
    size: int
    stored_at: datetime


class ObjectStore(Protocol):
    """Bytes by key. A reader never sees half a write, and what `put` acknowledged survives a power cut.

    Keys are ours: `/`-separated segments of letters, digits, `.`, `_` and `-`; any other raises InvalidRequest.
    Failing hardware or network raises StoreUnavailable, a full store StoreFull.
    """

    @abstractmethod
    async def put(self, key: str, chunks: AsyncIterable[bytes]) -> StoredObject:
        """Store `chunks`, replacing what was there; on any error, cancellation included, nothing changes."""

    @abstractmethod
    def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        """Yield the bytes `[start, end)` in chunks of at most 1 MiB; raise ObjectMissing, RangeNotSatisfiable.

        Close it (`contextlib.aclosing`) when you leave before its end, or a file stays open until it is collected.
        """

    @abstractmethod
    async def stat(self, key: str) -> StoredObject:
        """Tell size and age, or raise ObjectMissing."""

    @abstractmethod
    async def copy(self, source: str, target: str) -> StoredObject:
        """Store the bytes of `source` under `target` too, as `put` does; raises ObjectMissing."""

    @abstractmethod
    async def delete(self, key: str) -> None:
        """Remove the object; removing what is not there is no error."""

    @abstractmethod
    def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        """Yield every object whose key starts with `prefix`, in no promised order."""


class KeepsLeftovers(Protocol):
    """A store in which a process that was killed can leave half-made files behind."""

    @abstractmethod
    async def remove_leftovers(self, before: datetime) -> int:
        """Remove those last written before that moment; return how many."""


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request that whoever holds it may send until `expires_at`, with exactly these headers. The URL is a secret."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PartLimits:
    """What the store takes as parts of one upload, in bytes. `equal` wants all but the last of one size."""

    smallest: int
    largest: int
    most: int
    equal: bool = False


@dataclass(frozen=True, slots=True)
class PartToSign:
    number: int
    size: int


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part as the store holds it; `etag` in the store's own words."""

    number: int
    size: int
    etag: str


@dataclass(frozen=True, slots=True)
class UnfinishedUpload:
    """A multipart upload that was neither completed nor aborted."""

    key: str
    upload_id: str
    begun_at: datetime


class DirectUploads(Protocol):
    """Lets clients send bytes straight to the store. Sizes are signed, so nobody sends more than was planned.

    `upload_id` is the store's name of a multipart upload; one the store does not know (any more) raises ObjectMissing.
    """

    part_limits: PartLimits

    @abstractmethod
    async def sign_put(self, key: str, size: int, lifetime: timedelta) -> SignedRequest:
        """Allow one PUT of exactly `size` bytes."""

    @abstractmethod
    async def begin(self, key: str) -> str:
        """Open a multipart upload and return its `upload_id`."""

    @abstractmethod
    async def sign_parts(
        self, key: str, upload_id: str, parts: Sequence[PartToSign], lifetime: timedelta
    ) -> list[SignedRequest]:
        """Allow one PUT per part, each of exactly its size, in the same order."""

    @abstractmethod
    def parts(self, key: str, upload_id: str) -> AsyncIterator[StoredPart]:
        """Yield the parts that have arrived, by number."""

    @abstractmethod
    async def complete(self, key: str, upload_id: str, parts: Sequence[StoredPart]) -> StoredObject:
        """Make these parts, in order of number, the object; repeating it after a lost answer says the same.

        A part that is missing, too small or not the one with that `etag` raises Conflict and changes nothing.
        """

    @abstractmethod
    async def abort(self, key: str, upload_id: str) -> None:
        """Forget the upload and free its parts; aborting what is not there is no error."""

    @abstractmethod
    def unfinished(self, prefix: str) -> AsyncIterator[UnfinishedUpload]:
        """Yield every multipart upload under way whose key starts with `prefix`."""
