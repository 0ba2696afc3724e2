"""One file of the parts of an upload. Everything here blocks."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asset_ingest.adapters.object_store.durable_files import FileCalls, Folders, made
from asset_ingest.adapters.object_store.upload_log import HeldPart, UploadLog, locked
from asset_ingest.core.errors import Conflict
from asset_ingest.core.formats.crc64nvme import crc64nvme
from asset_ingest.core.ports.object_store import StoredPart

_STEP: Final = 16 << 20
_PIECE: Final = 1 << 20
_CANNOT_COPY: Final = (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes that lie together in a file from `start` on, and belong at `place` in the object."""

    file: str
    start: int
    place: int
    size: int


@dataclass(slots=True)
class Joining:
    """Makes the parts the object `final`.

    Where one file has bytes at the place that they have in the object, the others are copied to it: none if it has all
    of them. It can break off anywhere and be done again.
    """

    folder: Path
    log: UploadLog
    final: Path
    parts: Sequence[HeldPart]
    folders: Folders
    calls: FileCalls

    def steps(self) -> Generator[int, None, None]:
        """Do it bit by bit; raises Conflict, and FileNotFoundError once the files are not there any more."""
        pieces = _pieces(self.parts)
        with self._base(pieces) as (name, base):
            for piece in pieces:
                if piece.file != name:
                    yield from self._copied(piece, base)
            os.truncate(base, sum(piece.size for piece in pieces))
            os.utime(base)  # the object is born now, however long ago its last byte came
            self.calls.fdatasync(base)
            self.folders.adopt(self.folder / name, self.final)

    @contextmanager
    def _base(self, pieces: Sequence[Piece]) -> Iterator[tuple[str, int]]:
        """Open the file that becomes the object, and keep all others from writing to it."""
        with self.log.held() as log:
            held = log.parts()
            self._check(held)
            name, base = self._chosen(pieces)
            try:
                wanted = {part.etag for part in self.parts}
                log.note(dropped=[p for p in held.values() if p.file == name and p.etag not in wanted])
            except BaseException:
                os.close(base)
                raise
        try:
            yield name, base
        finally:
            os.close(base)

    def _check(self, held: dict[str, HeldPart]) -> None:
        for part in self.parts:
            if part.etag not in held:
                raise Conflict(f"part {part.number} is not the one that is stored")
        reach: dict[str, int] = {}
        for part in self.parts:
            reach[part.file] = max(part.end, reach.get(part.file, 0))
        for file, end in reach.items():
            if (self.folder / file).stat().st_size < end:
                raise FileNotFoundError(file)

    def _chosen(self, pieces: Sequence[Piece]) -> tuple[str, int]:
        """Return the file with the most bytes in place that nobody writes to, or a new one."""
        in_place: dict[str, int] = {}
        for piece in pieces:
            in_place[piece.file] = in_place.get(piece.file, 0) + piece.size
        for piece in pieces:
            if piece.start != piece.place:
                in_place.pop(piece.file, None)
        for name in sorted(in_place, key=in_place.__getitem__, reverse=True):
            path = self.folder / name
            base = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
            if locked(base, path):
                return name, base
            os.close(base)
        name = f"run-0-{secrets.token_hex(8)}"
        return name, made(self.folder / name)

    def _copied(self, piece: Piece, target: int) -> Generator[int, None, None]:
        source = os.open(self.folder / piece.file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            done = 0
            while done < piece.size:
                size = min(_STEP, piece.size - done)
                done += _copy(source, target, size, piece.start + done, piece.place + done)
                yield done
        finally:
            os.close(source)


def in_order(parts: Sequence[StoredPart]) -> list[HeldPart]:
    """Return them by number as we named them; raises Conflict if one is missing or not ours."""
    found = []
    for number, part in enumerate(sorted(parts, key=lambda part: part.number), 1):
        held = HeldPart.named(part.etag)
        if held is None or (held.number, held.size) != (part.number, part.size) or part.number != number:
            raise Conflict(f"part {number} is missing or not the one that is stored")
        found.append(held)
    if not found:
        raise Conflict("an upload cannot be completed without parts")
    return found


def made_of(final: Path, parts: Sequence[HeldPart]) -> Generator[int, None, bool]:
    """Say, having read it bit by bit, whether the object is made of these parts."""
    try:
        descriptor = os.open(final, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        if os.fstat(descriptor).st_size != sum(part.size for part in parts):
            return False
        start = 0
        for part in parts:
            if (yield from _checksum(descriptor, start, start + part.size)) != part.crc:
                return False
            start += part.size
        return True
    finally:
        os.close(descriptor)


def _checksum(descriptor: int, start: int, end: int) -> Generator[int, None, int]:
    crc = 0
    for place in range(start, end, _PIECE):
        crc = crc64nvme(os.pread(descriptor, min(_PIECE, end - place), place), crc)
        if (place - start) % _STEP == 0:
            yield place
    return crc


def _pieces(parts: Sequence[HeldPart]) -> list[Piece]:
    """Return where the bytes lie, neighbours as one."""
    pieces: list[Piece] = []
    place = 0
    for part in parts:
        last = pieces[-1] if pieces else None
        if last and last.file == part.file and last.start + last.size == part.start:
            pieces[-1] = Piece(last.file, last.start, last.place, last.size + part.size)
        else:
            pieces.append(Piece(part.file, part.start, place, part.size))
        place += part.size
    return pieces


def _copy(source: int, target: int, size: int, start: int, place: int) -> int:
    """Copy some bytes, inside the kernel where that can; return how many."""
    try:
        done = os.copy_file_range(source, target, size, start, place)
    except OSError as error:
        if error.errno not in _CANNOT_COPY:
            raise
        done = os.pwrite(target, os.pread(source, min(size, _PIECE), start), place)
    if not done:
        raise FileNotFoundError("a part became shorter while it was copied")
    return done
