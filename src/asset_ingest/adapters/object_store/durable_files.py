"""Files that are there, whole, after a power cut. Everything here blocks and belongs into a thread."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from asset_ingest.core.errors import InvalidRequest

_KNOWN_FOLDERS: Final = 10_000
_ATTEMPTS: Final = 8
_EARLY: Final = 8 << 20


def _fsync_dir(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class FileCalls:
    """The calls whose order makes a file durable. A test brings its own, to watch them or to make them fail."""

    mkdir: Callable[[Path, int], None] = os.mkdir
    writev: Callable[[int, Sequence[bytes]], int] = os.writev
    fdatasync: Callable[[int], None] = os.fdatasync
    rename: Callable[[Path, Path], None] = os.rename
    fsync_dir: Callable[[Path], None] = _fsync_dir


class Folders:
    """The directories under `root`, each made so that it survives what is put into it."""

    def __init__(self, root: Path, calls: FileCalls) -> None:
        self._root = root
        self._calls = calls
        self._lasting: set[Path] = set()

    def make(self, *folders: Path) -> None:
        """Make `folders` with their parents.

        One that exists already is synced too unless we did so before: whoever made it may not have come to that yet.
        """
        new = {folder for folder in folders if folder not in self._lasting}
        if not new:
            return
        self.make(*(folder.parent for folder in new if folder != self._root))
        for folder in new:
            if folder == self._root:
                folder.mkdir(0o700, parents=True, exist_ok=True)
            else:
                with suppress(FileExistsError):
                    self._calls.mkdir(folder, 0o700)
        for parent in {folder.parent for folder in new}:
            self._calls.fsync_dir(parent)
        if len(self._lasting) >= _KNOWN_FOLDERS:
            self.forget()
        self._lasting |= new

    def forget(self) -> None:
        """Trust no directory any more to be there."""
        self._lasting.clear()

    def made(self, path: Path) -> int:
        """Make a file that is not there, with its folders, and return its descriptor."""
        try:
            self.make(path.parent)
            return made(path)
        except FileNotFoundError:  # an operator has emptied the folder, or mounted another disk there
            self.forget()
            self.make(path.parent)
            return made(path)

    def adopt(self, path: Path, final: Path) -> None:
        """Move a synced file to `final` so that its name lasts; raises InvalidRequest where no object can lie."""
        self._move(path, final)
        self._calls.fsync_dir(final.parent)

    def adopt_all(self, finals: Mapping[Path, Path]) -> None:
        """Move synced files, each to its final place, so that their names last; each folder is synced once."""
        folders = {final.parent for final in finals.values()}
        with suppress(FileNotFoundError):  # then each is made by itself
            self.make(*folders)
        for path, final in finals.items():
            self._move(path, final)
        for folder in folders:
            self._calls.fsync_dir(folder)

    def _move(self, path: Path, final: Path) -> None:
        """Move the file; a concurrent delete may find the directory empty, and remove it, at any moment."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                self.make(final.parent)
                self._calls.rename(path, final)
            except FileNotFoundError:
                if attempt == _ATTEMPTS:
                    raise
                self.forget()
            except (NotADirectoryError, IsADirectoryError) as error:
                raise InvalidRequest("the key runs on below another object's key") from error
            else:
                break

    def prune(self, folder: Path) -> None:
        """Remove `folder` and those above it as far as they are empty."""
        while folder != self._root:
            try:
                folder.rmdir()
            except OSError:  # not empty, or somebody was faster: either way it is not ours to remove
                return
            self.forget()
            folder = folder.parent


class WrittenFile:
    """An open file that bytes are put into one behind the other. Its calls never overlap, `sync` aside."""

    def __init__(self, descriptor: int, calls: FileCalls, start: int = 0) -> None:
        self.descriptor = descriptor
        self._calls = calls
        self._end = start
        self._sent = start

    def write(self, batch: list[bytes]) -> None:
        size = sum(map(len, batch))
        self._end += size
        while (done := self._calls.writev(self.descriptor, batch)) < size:
            batch = [b"".join(batch)[done:]]
            size -= done
        if self._end - self._sent >= _EARLY:
            self.send()

    def sync(self) -> None:
        self._calls.fdatasync(self.descriptor)

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def send(self) -> None:
        """Start the disk on what we hold while more arrives; the kernel would wait for the sync, and so would we.

        DONTNEED starts the write-back and drops only pages that are clean already, so readers still find the rest.
        """
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(self.descriptor, self._sent, self._end - self._sent, os.POSIX_FADV_DONTNEED)
            self._sent = self._end


class IncomingFile:
    """A file written aside and put under its name once its bytes are on the disk. Its calls never overlap."""

    def __init__(self, path: Path, folders: Folders, calls: FileCalls) -> None:
        self._path = path
        self._folders = folders
        self._calls = calls
        self._file = WrittenFile(-1, calls)

    def write(self, batch: list[bytes]) -> None:
        if self._file.descriptor < 0:
            self._file = WrittenFile(self._folders.made(self._path), self._calls)
        if batch:
            self._file.write(batch)

    def end(self, batch: list[bytes]) -> None:
        """Write the last batch, and bring all to the disk."""
        self.write(batch)
        self.sync()

    def send(self) -> None:
        """Start the disk on what was written."""
        self._file.send()

    def sync(self) -> None:
        self._file.sync()

    def adopt(self, final: Path) -> tuple[int, datetime]:
        """Move the synced file to `final` and return its size and age; when this returns it survives a power cut.

        A disk that fails after the rename leaves the file there, whole but not acknowledged: what it replaced is gone.
        """
        facts = os.fstat(self._file.descriptor)
        self._folders.adopt(self._path, final)
        self.close()
        return facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC)

    def close(self) -> None:
        self._file.close()

    def discard(self) -> None:
        """Leave nothing behind."""
        self.close()
        with suppress(FileNotFoundError):
            self._path.unlink()


def made(path: Path) -> int:
    """Make a file that is not there, for us alone, and return its descriptor."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
