"""What an upload may be made of: bytes of known size, readable again from what the server has not acknowledged yet."""

from __future__ import annotations

import io
import os
from abc import abstractmethod
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from anyio import to_thread

from asset_ingest.client.errors import FileChanged, FileUnusable, Misused
from asset_ingest.client.sending import MIB, opened

AGAIN = "Send it anew from its beginning."


class Source(Protocol):
    """Bytes with a name; their number is known and does not change."""

    @property
    @abstractmethod
    def name(self) -> str: ...

    @property
    @abstractmethod
    def size(self) -> int: ...

    @property
    @abstractmethod
    def largest_slice(self) -> int:
        """How many bytes may be sent at once, and once more if they got lost."""

    @abstractmethod
    async def read(self, start: int, most: int) -> bytes:
        """Return one to `most` bytes from `start` on, `start` lying before the end; raises FileUnusable."""

    @abstractmethod
    async def check(self) -> None:
        """Raise FileChanged if the bytes are no longer what they were."""

    @abstractmethod
    def release(self, offset: int) -> None:
        """Hear that nothing before `offset` is asked for again."""


class FileObject(Source):
    """What lies between the position of an open file and its end; the file stays its owner's to close."""

    def __init__(self, file: BinaryIO, name: str, start: int, size: int) -> None:
        self._file = file
        self._name = name
        self._start = start
        self._size = size

    @property
    def name(self) -> str:
        return self._name

    @property
    def size(self) -> int:
        return self._size

    @property
    def largest_slice(self) -> int:
        return 64 * MIB

    async def read(self, start: int, most: int) -> bytes:
        chunk = await to_thread.run_sync(self._read, start, min(most, self._size - start))
        if not chunk:
            raise self._changed()
        return chunk

    async def check(self) -> None:
        """Notice another length; that is all there is to see in a file of which we know neither place nor time."""
        if await to_thread.run_sync(self._file.seek, 0, os.SEEK_END) != self._start + self._size:
            raise self._changed()

    def release(self, offset: int) -> None:
        """Keep nothing: it can be read again from anywhere."""

    def _read(self, start: int, most: int) -> bytes:
        try:
            self._file.seek(self._start + start)
            return self._file.read(most)
        except (OSError, ValueError) as error:
            raise FileUnusable(f"{self._name} cannot be read: {error}") from error

    def _changed(self) -> FileChanged:
        return FileChanged(f"{self._name} changed while it was sent", remedy=AGAIN)


class Stream(Source):
    """Chunks that come once, in whatever pieces. What is not acknowledged is kept, so slices are small."""

    def __init__(self, chunks: AsyncIterable[bytes], name: str, size: int) -> None:
        self._chunks = aiter(chunks)
        self._name = name
        self._size = size
        self._held = bytearray()
        self._from = 0  # where what is held begins
        self._released = 0

    @property
    def name(self) -> str:
        return self._name

    @property
    def size(self) -> int:
        return self._size

    @property
    def largest_slice(self) -> int:
        return 8 * MIB

    @property
    def _end(self) -> int:
        return self._from + len(self._held)

    async def read(self, start: int, most: int) -> bytes:
        if start < self._from:
            raise FileUnusable(f"{self._name} cannot be read a second time from byte {start} on", remedy=AGAIN)
        while self._end < min(start + most, self._size):  # small chunks are gathered: each read has its price
            if not await self._pull():
                raise FileUnusable(f"{self._name} ends at byte {self._end} instead of {self._size}", remedy=AGAIN)
        at = start - self._from
        return bytes(self._held[at : at + most])

    async def check(self) -> None:
        """Notice at the end that there is more than was promised."""
        while self._end == self._size and await self._pull():
            continue

    def release(self, offset: int) -> None:
        """Drop what lies before `offset`, now or when it comes: another run may have sent it."""
        self._released = max(self._released, offset)
        gone = min(self._released - self._from, len(self._held))
        if gone > 0:
            del self._held[:gone]
            self._from += gone

    async def _pull(self) -> bool:
        """Hold the next chunk; return False where there is none."""
        try:
            self._held += await anext(self._chunks)
        except StopAsyncIteration:
            return False
        if self._end > self._size:
            raise FileChanged(f"{self._name} holds more than the {self._size} bytes it should", remedy=AGAIN)
        self.release(self._released)
        return True


@asynccontextmanager
async def source_of(
    content: Path | BinaryIO | AsyncIterable[bytes], filename: str | None, size: int | None
) -> AsyncIterator[Source]:
    """Make a source of what a program has; raises Misused where its name or size are missing."""
    if isinstance(content, Path):
        async with opened(content, filename) as file:
            yield file
    elif isinstance(content, AsyncIterable):
        if filename is None or size is None:
            raise Misused("chunks need a filename and a size")
        yield Stream(content, filename, size)
    else:
        yield await to_thread.run_sync(_file_object, content, filename)


def _file_object(file: BinaryIO, filename: str | None) -> FileObject:
    named = getattr(file, "name", None)  # open files have one; of those in memory and of descriptors it says nothing
    name = filename or (Path(named).name if isinstance(named, str) else None)
    if not name:
        raise Misused("a file object without a name needs a filename")
    try:
        start = file.tell()
        return FileObject(file, name, start, file.seek(0, os.SEEK_END) - start)
    except (OSError, ValueError, io.UnsupportedOperation) as error:
        raise Misused(
            f"{name} cannot be read from a place of our choice: {error}", remedy="Give its chunks."
        ) from error
