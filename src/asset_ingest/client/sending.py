"""A file of this machine as the body of a request."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from anyio import to_thread

from asset_ingest.client.errors import FileUnusable

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A regular file, open for reading, with the size it had when it was opened."""

    path: Path
    file: BinaryIO
    opened: os.stat_result

    @property
    def size(self) -> int:
        return self.opened.st_size

    async def chunks(self, on_progress: Callable[[int], None]) -> AsyncIterator[bytes]:
        """Yield the content as it was when opened, and tell how many bytes the connection has taken.

        The last chunk is withheld from a file that changed meanwhile: the server must not keep a mixture.
        """
        sent = 0
        while sent < self.size:
            chunk = await to_thread.run_sync(self._read, min(MIB, self.size - sent))
            if not chunk or (sent + len(chunk) == self.size and await to_thread.run_sync(self._changed)):
                raise FileUnusable(
                    f"{self.path} changed while it was sent", remedy="Send it again once it is complete."
                )
            yield chunk
            sent += len(chunk)
            on_progress(sent)

    def _read(self, most: int) -> bytes:
        try:
            return self.file.read(most)
        except OSError as error:
            raise _unreadable(self.path, error) from error

    def _changed(self) -> bool:
        now = os.fstat(self.file.fileno())
        return (now.st_size, now.st_mtime_ns) != (self.opened.st_size, self.opened.st_mtime_ns)


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[OpenFile]:
    """Open `path` for sending; raises FileUnusable for what is no readable file."""
    file = await to_thread.run_sync(_open, path)
    try:
        yield OpenFile(path, file, os.fstat(file.fileno()))
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


def disposition(name: str) -> str:
    """Name the file in a Content-Disposition header: exactly in UTF-8, and roughly for old readers (RFC 6266)."""
    rough = "".join(char if " " <= char <= "~" and char not in '"\\%' else "_" for char in name)
    return f"attachment; filename=\"{rough}\"; filename*=UTF-8''{quote(name, safe='', errors='replace')}"
