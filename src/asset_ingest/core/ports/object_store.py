"""Where bytes live."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from dataclasses import dataclass
from datetime import datetime
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
