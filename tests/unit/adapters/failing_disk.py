"""A disk that fails where a test wants it to."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from asset_ingest.adapters.object_store.durable_files import FileCalls
from asset_ingest.testing.resumable_uploads import Ledger

REAL = FileCalls()


@dataclass
class Disk:
    """Fails where a test wants it to, and knows what would still be there if the power went now."""

    broken: dict[str, int] = field(default_factory=dict)
    story: list[str] = field(default_factory=list)
    written: dict[int, int] = field(default_factory=dict)
    synced: dict[int, int] = field(default_factory=dict)
    unnamed: set[Path] = field(default_factory=set)

    def calls(self) -> FileCalls:
        return FileCalls(self.mkdir, self.writev, self.fdatasync, self.rename, self.fsync_dir)

    def mkdir(self, folder: Path, mode: int) -> None:
        self._maybe_fail("mkdir")
        REAL.mkdir(folder, mode)
        self.unnamed.add(folder)

    def writev(self, descriptor: int, batch: Sequence[bytes]) -> int:
        self._maybe_fail("writev")
        done = REAL.writev(descriptor, batch)
        inode = os.fstat(descriptor).st_ino
        self.written[inode] = self.written.get(inode, 0) + done
        return done

    def fdatasync(self, descriptor: int) -> None:
        self._maybe_fail("fdatasync")
        inode = os.fstat(descriptor).st_ino
        before = self.written.get(inode, 0)
        REAL.fdatasync(descriptor)
        self.synced[inode] = before
        self.story.append("sync file")

    def rename(self, old: Path, new: Path) -> None:
        self._maybe_fail("rename")
        REAL.rename(old, new)
        self.unnamed.add(new)
        self.story.append(f"rename to {new.parent.name}")

    def fsync_dir(self, folder: Path) -> None:
        self._maybe_fail("fsync_dir")
        names = set(folder.iterdir())
        REAL.fsync_dir(folder)
        self.unnamed -= names
        self.story.append(f"sync {folder.name}")

    def _maybe_fail(self, call: str) -> None:
        if number := self.broken.get(call):
            raise OSError(number, os.strerror(number))


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def aside(root: Path) -> list[str]:
    return [path.name for path in (root / ".incoming").iterdir()]


def files_of(root: Path, ledger: Ledger) -> dict[str, int]:
    """Return name and inode of what holds the bytes of an upload."""
    folder = root / ".incoming" / ledger.upload_id
    return {path.name: path.stat().st_ino for path in folder.iterdir() if path.name != "log"}
