"""Where bytes live."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What the store says of one object; `size` in bytes, `content_type` where it keeps one and was asked for it.

    `crc64nvme` is the store's own sum of the whole object it has just made, as S3 writes it; most stores tell none.
    """

    key: str
    size: int
    stored_at: datetime
    content_type: str | None = field(default=None, compare=False)
    crc64nvme: str | None = field(default=None, compare=False)


class ObjectStore(Protocol):
    """Bytes by key. A reader never sees half a write, and what `put` acknowledged survives a power cut.

    Keys are ours: `/`-separated segments of letters, digits, `.`, `_` and `-`; any other raises InvalidRequest.
    Failing hardware or network raises StoreUnavailable, a full store StoreFull.
    """

    @abstractmethod
    async def put(self, key: str, chunks: AsyncIterable[bytes]) -> StoredObject:
        """Store `chunks`, replacing what was there; on any error, cancellation included, nothing changes."""

    @abstractmethod
    async def put_all(self, objects: Mapping[str, bytes]) -> None:
        """Store small objects together, which costs less than one by one; when it raises some may be stored."""

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


@dataclass(frozen=True, slots=True)
class Pile:
    """How many things were found, and how many bytes they take together."""

    count: int = 0
    bytes: int = 0

    def and_one_of(self, size: int) -> Pile:
        """Return the pile with one more on it."""
        return Pile(self.count + 1, self.bytes + size)


class KeepsLeftovers(Protocol):
    """A store in which a process that was killed can leave half-made files behind."""

    @abstractmethod
    async def leftovers(self, before: datetime) -> Pile:
        """Say what was last written before that moment; change nothing."""

    @abstractmethod
    async def remove_leftovers(self, before: datetime) -> Pile:
        """Remove what was last written before that moment; return what it was."""


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
    """A part that is to be sent. With a `content_md5`, base64 as HTTP writes it, no other bytes are taken."""

    number: int
    size: int
    content_md5: str | None = None


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part as the store holds it; `etag` in the store's own words.

    `crc64nvme` is what the adapter itself counted, as S3 writes it, while the bytes passed through it: never what it
    was told. So it is there for bytes that came by `append` and `put_part`, and says nothing of which part it is.
    """

    number: int
    size: int
    etag: str
    crc64nvme: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class UnfinishedUpload:
    """A multipart upload that was neither completed nor aborted."""

    key: str
    upload_id: str
    begun_at: datetime


class MultipartUploads(Protocol):
    """Makes one object of parts that arrive in any order, over many requests and processes.

    Nothing is seen of it before `complete`. `upload_id` is the store's name of the upload; one the store does not know
    (any more) raises ObjectMissing.
    """

    part_limits: PartLimits

    @abstractmethod
    async def begin(self, key: str) -> str:
        """Open an upload and return its `upload_id`."""

    @abstractmethod
    def parts(self, key: str, upload_id: str) -> AsyncIterator[StoredPart]:
        """Yield the parts that have arrived, by number."""

    async def bytes_held(self, key: str, upload_id: str) -> int:
        """Say how many bytes `abort` would free: those of the parts, and what else a store keeps with them."""
        held = 0
        async for part in self.parts(key, upload_id):
            held += part.size
        return held

    @abstractmethod
    async def complete(self, key: str, upload_id: str, parts: Sequence[StoredPart]) -> StoredObject:
        """Make these parts, in order of number, the object; repeating it after a lost answer says the same.

        A part that is missing, too small or not the one with that `etag` raises Conflict and changes nothing.
        """

    @abstractmethod
    async def abort(self, key: str, upload_id: str) -> None:
        """Forget the upload and free all that was stored for it; aborting what is not there is no error."""

    @abstractmethod
    def unfinished(self, prefix: str) -> AsyncIterator[UnfinishedUpload]:
        """Yield every upload under way whose key starts with `prefix`."""


@dataclass(frozen=True, slots=True)
class Tail:
    """Durable bytes behind the last whole part; `token` is all that the store needs to go on behind them."""

    size: int
    token: str


@dataclass(frozen=True, slots=True)
class Position:
    """Where an append goes on: all parts before `number` are stored, and `tail` lies behind them.

    Every part but the last has `part_size` bytes. `size` is that of the whole object, None while nobody knows it.
    `epoch` grows with every writer: what two of them store under way never meets.
    """

    number: int
    part_size: int
    tail: Tail | None
    size: int | None
    epoch: int


@dataclass(frozen=True, slots=True)
class Collected:
    """What survives a power cut now: parts that have become whole since the last one, and the tail behind them."""

    parts: tuple[StoredPart, ...]
    tail: Tail | None


class ResumableUploads(MultipartUploads, Protocol):
    """Collects bytes in order, from requests that may break off anywhere."""

    @abstractmethod
    def append(
        self, key: str, upload_id: str, at: Position, chunks: AsyncIterable[bytes]
    ) -> AsyncGenerator[Collected, None]:
        """Take in `chunks` behind `at`, and yield each time more of them has become durable.

        When `chunks` raise, what had arrived is made durable and yielded before the error flies on. Once `at.size`
        bytes are there, what is left becomes the last part and the tail is None; more bytes than that raise
        LengthMismatch after what fits has been yielded. What the caller is told of and never writes down is garbage,
        which `abort` or `complete` frees. Bytes told of before are never touched, whatever happens here.
        """

    @abstractmethod
    async def put_part(self, key: str, upload_id: str, part: PartToSign, chunks: AsyncIterable[bytes]) -> StoredPart:
        """Store one part of exactly that size, in place of an earlier one of the same number.

        Raises LengthMismatch, and keeps nothing, when `chunks` are fewer or more.
        """


class DirectUploads(MultipartUploads, Protocol):
    """Lets clients send bytes straight to the store. Sizes are signed, so nobody sends more than was planned."""

    through_us: bool = False
    """Whether such requests reach the store through our own server: then they gain nothing over a resumable upload."""

    origin: str | None = None
    """Whom such requests reach, as browsers say it: `https://host`. Our page may then speak to it. None: ourselves."""

    @abstractmethod
    async def sign_put(
        self,
        key: str,
        size: int,
        lifetime: timedelta,
        content_type: str | None = None,
        content_md5: str | None = None,
    ) -> SignedRequest:
        """Allow one PUT of exactly `size` bytes; with a `content_type`, under exactly that.

        With a `content_md5`, only of bytes that have it: who sends others is refused, and nothing of them is kept.
        """

    @abstractmethod
    async def sign_parts(
        self, key: str, upload_id: str, parts: Sequence[PartToSign], lifetime: timedelta
    ) -> list[SignedRequest]:
        """Allow one PUT per part, in the same order, each of exactly its size and its `content_md5`, if it has one."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a signed request may bring: exactly `size` bytes, which are the object, or part `number` of an upload.

    Bytes that were signed with a `content_type` come under that, or not at all. So it is with a `content_md5`, and the
    bytes must have it.
    """

    key: str
    size: int
    upload_id: str | None = None
    number: int | None = None
    content_type: str | None = None
    content_md5: str | None = None


class SignedDoor(Protocol):
    """Knows the requests again that a DirectUploads of ours has signed, where they reach our own server."""

    @abstractmethod
    def admit(self, method: str, query: Mapping[str, str]) -> Grant:
        """Return what was signed; raises SignatureRefused for what nobody signed, and for what is over."""
