"""What the folder of an upload under way says of itself, in one small file. Everything here blocks."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Final

from asset_ingest.adapters.object_store.durable_files import FileCalls, made
from asset_ingest.core.errors import StoreUnavailable
from asset_ingest.core.formats.crc64nvme import as_text
from asset_ingest.core.ports.object_store import StoredPart

_FIRST: Final = re.compile(rb"([0-9]{1,20}) ([A-Za-z0-9._/-]{1,512})\n")
_WRITER: Final = re.compile(rb"([0-9]{20}) (\S*) *\n")
_HEAD: Final = 1 << 10
_FILE: Final = r"(?:run|part)-[0-9a-z-]{1,60}"
_ETAG: Final = re.compile(rf"([0-9a-f]{{16}})\.([0-9]+)\.([0-9]+)\.([0-9]+)\.({_FILE})")
_TOKEN: Final = re.compile(rf"([0-9a-f]{{16}})\.({_FILE})")
_ATTEMPTS: Final = 2000
_PAUSE: Final = 0.005


@dataclass(frozen=True, slots=True)
class HeldPart:
    """Where the bytes of a part lie. The checksum comes first in its `etag`: equal parts can be known by it."""

    number: int
    size: int
    crc: int
    file: str
    start: int

    @property
    def etag(self) -> str:
        return f"{self.crc:016x}.{self.number}.{self.start}.{self.size}.{self.file}"

    @property
    def end(self) -> int:
        return self.start + self.size

    @property
    def stored(self) -> StoredPart:
        return StoredPart(self.number, self.size, self.etag, as_text(self.crc))

    @classmethod
    def named(cls, etag: str) -> HeldPart | None:
        """Return the part with this `etag`, or None for one that is not ours."""
        if match := _ETAG.fullmatch(etag):
            crc, number, start, size, file = match.groups()
            return cls(int(number), int(size), int(crc, 16), file, int(start))
        return None


@dataclass(frozen=True, slots=True)
class HeldTail:
    """The file in which the bytes behind the last whole part lie, and their checksum."""

    crc: int
    file: str

    @property
    def token(self) -> str:
        return f"{self.crc:016x}.{self.file}"

    @classmethod
    def named(cls, token: str) -> HeldTail:
        if match := _TOKEN.fullmatch(token):
            return cls(int(match[1], 16), match[2])
        raise FileNotFoundError(token)


@dataclass(frozen=True, slots=True)
class Writer:
    """The writer with the highest epoch so far, and the file it put its bytes into."""

    epoch: int = 0
    file: str = ""


class HeldLog:
    """The log while nobody else can write to it."""

    def __init__(self, descriptor: int, calls: FileCalls) -> None:
        self._descriptor = descriptor
        self._calls = calls
        head = os.pread(descriptor, _HEAD, 0)
        self._writer_at = head.index(b"\n") + 1
        found = _WRITER.match(head, self._writer_at)
        self.writer = Writer(int(found[1]), found[2].decode()) if found else Writer()

    def parts(self) -> dict[str, HeldPart]:
        """Return the parts that are whole by `etag`, the latest last."""
        return _parts(_content(self._descriptor))

    def say_writer(self, writer: Writer) -> None:
        """Note who writes now. It need not outlive a power cut: that ends all writers."""
        os.pwrite(self._descriptor, _writer_line(writer), self._writer_at)

    def note(self, added: Iterable[HeldPart] = (), dropped: Iterable[HeldPart] = ()) -> None:
        """Note durably which parts became whole and which are no more."""
        lines = [*(f"-{part.etag}\n" for part in dropped), *(f"+{part.etag}\n" for part in added)]
        if lines:
            # The empty line ends whatever a power cut left half-written.
            os.lseek(self._descriptor, 0, os.SEEK_END)
            _write(self._descriptor, "".join(["\n", *lines]).encode(), self._calls)
            self._calls.fdatasync(self._descriptor)


class UploadLog:
    """Key and beginning of an upload, who writes, and the parts that are whole."""

    def __init__(self, path: Path, key: str, calls: FileCalls) -> None:
        self._path = path
        self._key = key
        self._calls = calls

    def create(self, begun: int) -> None:
        """Make the log, durable but for its name."""
        descriptor = made(self._path)
        try:
            _write(descriptor, f"{begun} {self._key}\n".encode() + _writer_line(Writer()), self._calls)
            self._calls.fdatasync(descriptor)
        finally:
            os.close(descriptor)

    def check(self) -> None:
        """Raise FileNotFoundError unless the upload is there and for this key."""
        with self._opened():
            pass

    def parts(self) -> dict[str, HeldPart]:
        """Return the parts that are whole by `etag`, the latest last."""
        with self._opened() as descriptor:
            return _parts(_content(descriptor))

    @contextmanager
    def held(self) -> Iterator[HeldLog]:
        """Keep all others from writing; raises FileNotFoundError once the upload is gone."""
        with self._opened() as descriptor:
            for _ in range(_ATTEMPTS):
                if locked(descriptor, self._path):
                    yield HeldLog(descriptor, self._calls)
                    return
                self._path.stat()  # says that it is gone
                sleep(_PAUSE)
        raise StoreUnavailable("another process keeps the upload locked")

    @contextmanager
    def _opened(self) -> Iterator[int]:
        descriptor = os.open(self._path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            if _key_and_beginning(os.pread(descriptor, _HEAD, 0))[0] != self._key:
                raise FileNotFoundError(self._path)
            yield descriptor
        finally:
            os.close(descriptor)


def key_and_beginning(path: Path) -> tuple[str, int]:
    """Return what a log says of its upload; raises FileNotFoundError where there is none."""
    with path.open("rb") as file:
        return _key_and_beginning(file.read(_HEAD))


def locked(descriptor: int, path: Path) -> bool:
    """Lock the file for as long as it is open; False if somebody else has, or if `path` names it no more.

    The kernel lets go of the lock when its holder dies.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except (BlockingIOError, FileNotFoundError):
        return False


def _key_and_beginning(head: bytes) -> tuple[str, int]:
    if found := _FIRST.match(head):
        return found[2].decode(), int(found[1])
    raise FileNotFoundError


def _writer_line(writer: Writer) -> bytes:
    return f"{writer.epoch:020} {writer.file:<64}\n".encode()


def _content(descriptor: int) -> bytes:
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0)


def _parts(content: bytes) -> dict[str, HeldPart]:
    """Return what the lines add up to; a line that a power cut left half-written counts for nothing."""
    parts: dict[str, HeldPart] = {}
    for line in content.decode("ascii", "replace").split("\n"):
        if part := HeldPart.named(line[1:]):
            parts.pop(part.etag, None)
            if line[0] == "+":
                parts[part.etag] = part
    return parts


def _write(descriptor: int, content: bytes, calls: FileCalls) -> None:
    while content:
        content = content[calls.writev(descriptor, [content]) :]
