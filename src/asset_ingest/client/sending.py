"""A file of this machine as the body of a request, or of several."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from anyio import to_thread

from asset_ingest.client.errors import FileChanged, FileUnusable

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A regular file, open for reading, with the size it had when it was opened."""

    path: Path
    file: BinaryIO
    opened: os.stat_result
    name: str

    @property
    def size(self) -> int:
        return self.opened.st_size

    @property
    def largest_slice(self) -> int:
        return 64 * MIB

    async def chunks(self, on_progress: Callable[[int], None]) -> AsyncIterator[bytes]:
        """Yield the content as it was when opened, and tell how many bytes the connection has taken.

        The last chunk is withheld from a file that changed meanwhile: the server must not keep a mixture.
        """
        sent = 0
        while sent < self.size:
            chunk = await self.read(sent, MIB)
            if sent + len(chunk) == self.size:
                await self.check()
            yield chunk
            sent += len(chunk)
            on_progress(sent)

    async def read(self, start: int, most: int) -> bytes:
        """Return bytes from `start` on, one to `most` of them; raises FileChanged where there are none."""
        chunk = await to_thread.run_sync(self._read, start, min(most, self.size - start))
        if not chunk:
            raise self._changed()
        return chunk

    async def sha256(self) -> str:
        """Return the SHA-256 of all of it."""
        return await to_thread.run_sync(self._sha256)

    async def check(self) -> None:
        """Raise FileChanged if the file is no longer as it was when it was opened."""
        now = await to_thread.run_sync(os.fstat, self.file.fileno())
        if (now.st_size, now.st_mtime_ns) != (self.opened.st_size, self.opened.st_mtime_ns):
            raise self._changed()

    def release(self, offset: int) -> None:
        """Keep nothing: a file can be read again from anywhere."""

    def ends(self, length: int) -> tuple[str, str]:
        """Return the SHA-256 of the first and of the last bytes, `length` at most. Blocks."""
        first, last = self._read(0, length), self._read(max(self.size - length, 0), length)
        return hashlib.sha256(first).hexdigest(), hashlib.sha256(last).hexdigest()

    def _sha256(self) -> str:
        digest = hashlib.sha256()
        for start in range(0, self.size, MIB):
            digest.update(self._read(start, min(MIB, self.size - start)))
        return digest.hexdigest()

    def _read(self, start: int, most: int) -> bytes:
        try:
            return os.pread(self.file.fileno(), most, start)
        except OSError as error:
            raise _unreadable(self.path, error) from error

    def _changed(self) -> FileChanged:
        return FileChanged(f"{self.path} changed while it was sent")


@asynccontextmanager
async def opened(path: Path, name: str | None = None) -> AsyncIterator[OpenFile]:
    """Open `path` for sending under `name` or its own; raises FileUnusable for what is no readable file."""
    file = await to_thread.run_sync(_open, path)
    try:
        yield OpenFile(path, file, os.fstat(file.fileno()), name or path.name)
    finally:
        file.close()


def _open(path: Path) -> BinaryIO:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # asked first: opening a pipe waits for its writer
            raise FileUnusable(f"{path} is no file", remedy="Name a file; folders are walked by the command line.")
        return path.open("rb")
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError | ValueError) -> FileUnusable:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return FileUnusable(f"{path} cannot be read: {why}")
