"""What a later run has to know of uploads: a folder with a small file for each."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from anyio import to_thread

from asset_ingest.client.errors import FileUnusable, NotUnderstood
from asset_ingest.client.record import Record
from asset_ingest.client.resuming import Checkpoint
from asset_ingest.client.sending import OpenFile
from asset_ingest.client.tus import Mark, is_ident

EDGE: Final = 64 << 10
LARGEST_ENTRY: Final = 64 << 10
KEPT_SECONDS: Final = 30 * 24 * 3600
"""How long an upload is remembered after it was last heard of; servers forget unfinished ones sooner."""

Made = TypeVar("Made")


class Memory:
    """Remembers uploads beyond the end of the program, by server and by what the file is.

    An entry is written whole or not at all, also when the power fails, and its owner alone can read it. Uploads matter
    more than remembering them: the first failure is told to `complain`, and no more is remembered.
    """

    def __init__(self, folder: Path, complain: Callable[[FileUnusable], None]) -> None:
        self.folder = folder
        self._complain = complain
        self._failed = False

    async def checkpoint(self, origin: str, file: OpenFile, group_id: str | None = None) -> Checkpoint:
        """Return the place of this file's mark: the same for the same content at the same path, for one server."""
        return Entry(self, self.folder / f"{await to_thread.run_sync(_fingerprint, origin, file, group_id)}.json")

    async def tidy(self) -> None:
        """Drop what nobody has come back for."""
        await self.attempt(self._tidy, None)

    async def attempt(self, work: Callable[[], Made], otherwise: Made) -> Made:
        """Return what `work` makes in a thread, or what goes on without it."""
        if self._failed:
            return otherwise
        try:
            return await to_thread.run_sync(work)
        except OSError as error:
            self._complain_once(error.strerror or str(error))
            return otherwise

    def _complain_once(self, why: str) -> None:
        if not self._failed:
            self._failed = True
            remedy = "They go on; if they are interrupted, they begin anew."
            self._complain(FileUnusable(f"uploads cannot be remembered in {self.folder}: {why}", remedy=remedy))

    def _tidy(self) -> None:
        if not self.folder.exists():
            return
        oldest = time.time() - KEPT_SECONDS
        for entry in self.folder.iterdir():
            if entry.lstat().st_mtime < oldest:
                entry.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Entry(Checkpoint):
    """One file of the memory."""

    memory: Memory
    path: Path

    async def load(self) -> Mark | None:
        return await self.memory.attempt(self._load, None)

    async def save(self, mark: Mark) -> None:
        await self.memory.attempt(partial(_write, self.path, mark), None)

    async def forget(self) -> None:
        await self.memory.attempt(partial(self.path.unlink, missing_ok=True), None)

    def _load(self) -> Mark | None:
        """Read the mark; one that makes no sense is none."""
        try:
            with self.path.open("rb") as file:
                record = Record.of("mark", json.loads(file.read(LARGEST_ENTRY)))
            mark = Mark(record.need("job_id", str), record.get("upload_id", str))
        except (FileNotFoundError, NotUnderstood, ValueError, RecursionError):
            return None
        return mark if is_ident(mark.job_id) and (mark.upload_id is None or is_ident(mark.upload_id)) else None


def _write(path: Path, mark: Mark) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.stem)  # readable by its owner alone
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            json.dump({"job_id": mark.job_id, "upload_id": mark.upload_id}, file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _fingerprint(origin: str, file: OpenFile, group_id: str | None) -> str:
    """Name the file by server, path, size, time and both its ends: what could be another file is another one."""
    facts = (origin, group_id, str(file.path.resolve()), file.size, file.opened.st_mtime_ns, *file.ends(EDGE))
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()
