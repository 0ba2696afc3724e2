"""What has arrived of a download, in a file beside its place to be."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from anyio import to_thread

from asset_ingest.client.errors import FileUnusable

MIB = 1 << 20


@dataclass(slots=True)
class PartFile:
    """Bytes from the first one on, `held` of them; blocking calls run in threads."""

    file: BinaryIO
    held: int

    async def add(self, chunk: bytes) -> None:
        await to_thread.run_sync(self.file.write, chunk)
        self.held += len(chunk)

    async def empty(self) -> None:
        await to_thread.run_sync(self.file.seek, 0)
        await to_thread.run_sync(self.file.truncate)
        self.held = 0

    async def sha256(self) -> str:
        """Read it all, a thread call per piece so that a cancellation is heard; ready to add to afterwards."""
        digest = hashlib.sha256()
        await to_thread.run_sync(self.file.seek, 0)
        while chunk := await to_thread.run_sync(self.file.read, 4 * MIB):
            await to_thread.run_sync(digest.update, chunk)
        return digest.hexdigest()

    async def sync(self) -> None:
        """Return once the bytes outlive a power cut."""
        await to_thread.run_sync(self.file.flush)
        await to_thread.run_sync(os.fsync, self.file.fileno())


def part_of(to: Path) -> Path:
    """Name the file that holds what has arrived so far for `to`."""
    return to.with_name(f"{to.name}.part")


@asynccontextmanager
async def part_file(to: Path) -> AsyncIterator[PartFile]:
    """Open the part of `to` where an earlier run left it; it becomes `to` when the block ends well, else it stays."""
    part = part_of(to)
    try:
        file = await to_thread.run_sync(_open, part)
        try:
            yield PartFile(file, file.tell())
        finally:
            file.close()  # here, not in a thread: a cancelled task starts none
        await to_thread.run_sync(part.replace, to)
    except OSError as error:
        raise FileUnusable(f"{part} cannot be written: {error.strerror or error}") from error


def _open(part: Path) -> BinaryIO:
    file = part.open("a+b")
    file.seek(0, os.SEEK_END)
    return file
