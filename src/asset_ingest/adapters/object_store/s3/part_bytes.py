"""The bytes of parts on their way: in memory while there is room for them, else in a file without a name."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from io import BufferedRandom, UnsupportedOperation
from pathlib import Path
from typing import IO, Final

from asset_ingest.adapters.object_store.s3.http_session import nothing
from asset_ingest.adapters.object_store.threads import begun, ended, finished
from asset_ingest.core.errors import StoreUnavailable
from asset_ingest.core.formats.crc64nvme import crc64nvme

_SMALL: Final = 16 << 10
_GATHERED: Final = 128 << 10
_PIECE: Final = 256 << 10


class PartMemory:
    """The memory that the uploads of one process may together collect parts in.

    Nobody waits for it: fifty slow uploads would hold it all and stop every other. What does not fit goes to `folder`.
    """

    def __init__(self, budget: int = 40 << 20, folder: Path | None = None) -> None:
        self.folder = folder
        self._free = budget

    def take(self, size: int) -> bool:
        """Reserve `size` bytes if they are free."""
        if size > self._free:
            return False
        self._free -= size
        return True

    def give(self, size: int) -> None:
        """Return what was taken."""
        self._free += size


class PartBytes:
    """One part: first collected, then sealed, then read as often as it has to be sent; closed at the end.

    Chunks are kept as they came, not copied together; only small ones are, since each costs an object.
    """

    def __init__(self, memory: PartMemory) -> None:
        self.size = 0
        self.sha256 = ""
        self.crc = 0
        self.moved = nothing
        self._memory = memory
        self._taken = 0
        self._pieces: list[bytes | memoryview] = []
        self._small = bytearray()
        self._waiting = 0
        self._hash = hashlib.sha256()
        self._file: IO[bytes] | None = None
        self._reads: set[asyncio.Future[bytes]] = set()

    async def add(self, chunk: bytes | memoryview) -> None:
        """Take in the next bytes."""
        self.size += len(chunk)
        self._keep(chunk)
        if self._file is None:
            if self._memory.take(len(chunk)):
                self._taken += len(chunk)
            else:
                await self._spill()
        elif self._waiting >= _GATHERED:
            await self._flush()

    async def seal(self) -> None:
        """Say that the part is complete: its digests are known from now on. To say so twice changes nothing."""
        if self.sha256:
            return
        self._join_small()
        if self._file is None:
            await finished(begun(self._digest, tuple(self._pieces)))
        else:
            await self._flush()
        self.sha256 = self._hash.hexdigest()

    async def close(self) -> None:
        """Free memory and file; a thread that reads is waited for."""
        self._memory.give(self._taken)
        self._taken = 0
        self._pieces.clear()
        file, self._file = self._file, None
        for read in tuple(self._reads):
            await ended(read)
        if file is not None:
            await finished(begun(file.close))

    def __len__(self) -> int:
        return self.size

    def __aiter__(self) -> AsyncIterator[bytes | memoryview]:
        return self._from_memory() if self._file is None else self._from_file()

    # botocore asks every body for these: to see that it is one, and to rewind it before it sends it again. Each sending
    # iterates from the start.
    def read(self, _size: int = -1) -> bytes:
        """Refuse: a part is sent by iteration alone."""
        raise UnsupportedOperation("read")

    def seek(self, position: int, _whence: int = 0) -> int:
        """Do nothing."""
        return position

    async def _from_memory(self) -> AsyncIterator[bytes | memoryview]:
        for piece in tuple(self._pieces):
            yield piece
            self.moved()

    async def _from_file(self) -> AsyncIterator[bytes]:
        for offset in range(0, self.size, _PIECE):
            if self._file is None:
                raise ConnectionAbortedError  # the request has ended while its body was still being sent
            read = begun(os.pread, self._file.fileno(), min(_PIECE, self.size - offset), offset)
            self._reads.add(read)
            read.add_done_callback(self._reads.discard)
            yield await finished(read)
            self.moved()

    def _keep(self, chunk: bytes | memoryview) -> None:
        self._waiting += len(chunk)
        if len(chunk) < _SMALL:
            self._small += chunk
            if len(self._small) >= 4 * _SMALL:
                self._join_small()
        else:
            self._join_small()
            self._pieces.append(chunk)

    def _join_small(self) -> None:
        if self._small:
            self._pieces.append(bytes(self._small))
            self._small.clear()

    async def _spill(self) -> None:
        """Go on in a file, so that others have the memory."""
        self._file = await finished(begun(_nameless, self._memory.folder))
        await self._flush()
        self._memory.give(self._taken)
        self._taken = 0

    async def _flush(self) -> None:
        self._join_small()
        pieces, self._pieces, self._waiting = self._pieces, [], 0
        await finished(begun(self._write, pieces))

    def _write(self, pieces: Sequence[bytes | memoryview]) -> None:
        assert self._file is not None  # noqa: S101  told to mypy
        self._digest(pieces)
        try:
            for piece in pieces:
                self._file.write(piece)
            self._file.flush()
        except OSError as error:
            raise _no_room(error) from error

    def _digest(self, pieces: Sequence[bytes | memoryview]) -> None:
        for piece in pieces:
            self._hash.update(piece)
            self.crc = crc64nvme(piece, self.crc)


def _nameless(folder: Path | None) -> BufferedRandom:
    try:
        return tempfile.TemporaryFile(dir=folder)
    except OSError as error:
        raise _no_room(error) from error


def _no_room(error: OSError) -> StoreUnavailable:
    return StoreUnavailable(f"parts cannot be collected on this machine's disk: {error.strerror}")
