"""The bytes of one append on a disk. Everything here blocks."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

from asset_ingest.adapters.object_store.durable_files import FileCalls, WrittenFile, made
from asset_ingest.adapters.object_store.upload_log import HeldLog, HeldPart, HeldTail, UploadLog, Writer, locked
from asset_ingest.core.errors import Conflict
from asset_ingest.core.formats.crc64nvme import crc64nvme
from asset_ingest.core.ports.object_store import Collected, Position, Tail

# Progress that a person sees moves each second; a fast sender is not held up by more syncs than the disk needs anyway.
_SYNC_BYTES: Final = 128 << 20
_SYNC_SECONDS: Final = 1.0
_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class _Reached:
    parts: int
    end: int
    tail: Tail | None


class Segment:
    """Bytes from a position on; each lies in the file at the place that it has in the object.

    So a file that has all bytes becomes the object by its name alone. The file of the writer before is gone on with,
    cut to what that one's caller wrote down, if its lock says that the writer is gone and the epoch that it may not
    come back. Otherwise the bytes go into a file of their own.
    """

    def __init__(self, folder: Path, log: UploadLog, at: Position, calls: FileCalls) -> None:
        self._folder = folder
        self._log = log
        self._at = at
        self._calls = calls
        self._tail: HeldTail | None = None
        self._start = (at.number - 1) * at.part_size
        self._end = self._start + (at.tail.size if at.tail else 0)
        self._crc = 0
        self._name = ""
        self._file = WrittenFile(-1, calls)
        self._name_lasts = True
        self._parts: list[HeldPart] = []
        self._told = self._reached = _Reached(0, self._end, at.tail)
        self._synced_at = monotonic()

    def open(self) -> None:
        """Find a file to write to and become its only writer; raises FileNotFoundError where the upload is gone."""
        if self._at.tail:
            self._tail = HeldTail.named(self._at.tail.token)
            self._crc = self._tail.crc
        with self._log.held() as log:
            writer = log.writer
            name = self._tail.file if self._tail else writer.file
            if self._at.epoch < writer.epoch or not name or not self._continue(name, log):
                self._begin()
            if self._at.epoch >= writer.epoch:
                log.say_writer(Writer(self._at.epoch, self._name))
        if self._tail and self._name != self._tail.file:
            self._copy_tail(self._tail)
        os.lseek(self._file.descriptor, self._end, os.SEEK_SET)
        self._end_part()
        self._reached = self._so_far()

    def write(self, batch: list[bytes]) -> None:
        self._file.write(batch)
        for piece in batch:
            self._count(memoryview(piece))
        self._reached = self._so_far()

    def has_news(self) -> bool:
        """Say whether there is more than the caller was told of."""
        return self._reached != self._told

    def wants_sync(self) -> bool:
        """Say whether so much has been written, or so long ago, that the caller should be told."""
        is_much = self._reached.end - self._told.end >= _SYNC_BYTES
        return self.has_news() and (is_much or monotonic() - self._synced_at >= _SYNC_SECONDS)

    def sync(self) -> Collected:
        """Make durable what is written and return what is new in that; writes may go on meanwhile."""
        reached, told = self._reached, self._told
        self._file.sync()
        if not self._name_lasts:
            self._calls.fsync_dir(self._folder)
            self._name_lasts = True
        whole = self._parts[told.parts : reached.parts]
        if whole:
            with self._log.held() as log:
                log.note(added=whole)
        self._told = reached
        self._synced_at = monotonic()
        return Collected(tuple(part.stored for part in whole), reached.tail)

    def close(self) -> None:
        self._file.close()

    def _continue(self, name: str, log: HeldLog) -> bool:
        """Go on in a file that is there, if nobody writes to it any more and nobody will want what we cut off."""
        path = self._folder / name
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        file = WrittenFile(descriptor, self._calls, self._end)
        if not (locked(descriptor, path) and self._cut(descriptor, name, log)):
            file.close()
            return False
        self._name, self._file = name, file
        self._name_lasts = self._tail is not None  # else nobody may have been told of a byte in it
        return True

    def _cut(self, descriptor: int, name: str, log: HeldLog) -> bool:
        size = os.fstat(descriptor).st_size
        if self._tail and size < self._end:
            raise FileNotFoundError(name)
        if size > self._end:
            if self._at.epoch == log.writer.epoch:
                return False
            log.note(dropped=[part for part in log.parts().values() if part.file == name and part.end > self._end])
            os.ftruncate(descriptor, self._end)
        return True

    def _begin(self) -> None:
        self._name = f"run-{self._at.epoch}-{secrets.token_hex(8)}"
        path = self._folder / self._name
        self._file = WrittenFile(made(path), self._calls, self._start)
        self._name_lasts = False
        locked(self._file.descriptor, path)

    def _copy_tail(self, tail: HeldTail) -> None:
        """Bring what lies behind the last part over into our file, so that no part lies in two."""
        source, crc = os.open(self._folder / tail.file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), 0
        os.lseek(self._file.descriptor, self._start, os.SEEK_SET)
        try:
            for place in range(self._start, self._end, _PIECE):
                piece = os.pread(source, min(_PIECE, self._end - place), place)
                crc = crc64nvme(piece, crc)
                self._file.write([piece])
        finally:
            os.close(source)
        if crc != tail.crc:
            raise Conflict("the bytes that this goes on from were given up by a newer writer")

    def _count(self, piece: memoryview) -> None:
        while piece:
            fits = piece[: self._start + self._at.part_size - self._end]
            self._crc = crc64nvme(fits, self._crc)
            self._end += len(fits)
            piece = piece[len(fits) :]
            self._end_part()

    def _end_part(self) -> None:
        size = self._end - self._start
        if size and (size == self._at.part_size or self._end == self._at.size):
            number = self._at.number + len(self._parts)
            self._parts.append(HeldPart(number, size, self._crc, self._name, self._start))
            self._start, self._crc = self._end, 0

    def _so_far(self) -> _Reached:
        size = self._end - self._start
        tail = Tail(size, HeldTail(self._crc, self._name).token) if size else None
        return _Reached(len(self._parts), self._end, tail)
