"""Bytes in one folder of a local disk."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Generator, Iterator, Mapping
from contextlib import aclosing, contextmanager, suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from stat import S_ISREG
from time import monotonic
from typing import Final

from anyio.lowlevel import checkpoint_if_cancelled

from asset_ingest.adapters.object_store.disk_errors import disk_errors, found, translated
from asset_ingest.adapters.object_store.durable_files import FileCalls, Folders, IncomingFile
from asset_ingest.adapters.object_store.keys import checked_key, checked_prefix, checked_range, is_segment
from asset_ingest.adapters.object_store.threads import begun, ended, finished, pulled
from asset_ingest.adapters.object_store.upload_folders import bytes_in, is_leftover, remove_leftover
from asset_ingest.core.errors import ObjectMissing, StoreUnavailable
from asset_ingest.core.ports.object_store import KeepsLeftovers, ObjectStore, Pile, StoredObject

# A hop into a thread takes 0.1 ms of processor, so a fast sender fills large batches: those of 1 MiB took 1.6 s of
# processor for 2 GiB, those of 4 MiB 1.1. A slow one's are cut by time: many slow uploads must not hold 4 MiB each.
_BATCH: Final = 4 << 20
_BATCH_SECONDS: Final = 0.25
_PIECE: Final = 1 << 20
_MOST_PIECES: Final = 1024  # what one writev takes on Linux
_PAGE: Final = 256


class DiskObjects(ObjectStore, KeepsLeftovers):
    """An ObjectStore under `root`; the path of an object is its key.

    So no key may run on below another object's key; ours never do. Bytes arrive in `.incoming`, which no key can name.
    """

    def __init__(self, root: Path, calls: FileCalls | None = None) -> None:
        self._root = root
        self._calls = calls or FileCalls()
        self._folders = Folders(root, self._calls)
        self._aside = root / ".incoming"

    async def put(self, key: str, chunks: AsyncIterable[bytes]) -> StoredObject:
        final = self._root / checked_key(key)
        file = IncomingFile(self._aside / secrets.token_hex(16), self._folders, self._calls)
        under_way: asyncio.Future[None] | None = None
        try:
            async with aclosing(_batches(chunks)) as batches:
                async for batch, is_last in batches:
                    if under_way:
                        await finished(under_way)
                    under_way = begun(translated, file.end if is_last else file.write, batch)
            if under_way:
                await finished(under_way)
            await checkpoint_if_cancelled()
            return StoredObject(key, *await finished(begun(translated, file.adopt, final)))
        except BaseException:
            if under_way:
                await ended(under_way)
            await ended(begun(file.discard))  # what even this cannot remove is a leftover
            raise

    async def put_all(self, objects: Mapping[str, bytes]) -> None:
        finals = {self._root / checked_key(key): content for key, content in objects.items()}
        await finished(begun(translated, self._put_all, finals))

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        checked_key(key)
        async with aclosing(pulled(self._pieces(key, start, end))) as pieces:
            async for piece in pieces:
                yield piece

    async def stat(self, key: str) -> StoredObject:
        return await finished(begun(self._stat, checked_key(key)))

    async def copy(self, source: str, target: str) -> StoredObject:
        # A link would be faster, but as old as its source: the sweeper goes by age.
        async with aclosing(self.read(source)) as chunks:
            return await self.put(target, chunks)

    async def delete(self, key: str) -> None:
        await finished(begun(self._delete, self._root / checked_key(key)))

    async def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        async with aclosing(pulled(_pages(self._root, *checked_prefix(prefix)))) as pages:
            async for page in pages:
                for stored in page:
                    yield stored

    async def leftovers(self, before: datetime) -> Pile:
        return await finished(begun(self._leftovers, before, lambda _path: None))

    async def remove_leftovers(self, before: datetime) -> Pile:
        return await finished(begun(self._leftovers, before, remove_leftover))

    def _put_all(self, finals: Mapping[Path, bytes]) -> None:
        """Write all, then sync all, then name all: the first sync brings most of what the others wait for."""
        name = secrets.token_hex(16)
        files = {self._aside / f"{name}-{number}": final for number, final in enumerate(finals)}
        incoming = [IncomingFile(path, self._folders, self._calls) for path in files]
        try:
            for file, content in zip(incoming, finals.values(), strict=True):
                file.write([content])
                file.send()
            for file in incoming:
                file.sync()
            self._folders.adopt_all(files)
        except BaseException:
            for file in incoming:
                file.discard()
            raise
        for file in incoming:
            file.close()

    def _pieces(self, key: str, start: int, end: int | None) -> Generator[bytes, None, None]:
        with disk_errors(), found(key), _opened(self._root / key) as file:
            first, last = checked_range(start, end, os.fstat(file).st_size)
            for offset in range(first, last, _PIECE):
                piece = os.pread(file, min(_PIECE, last - offset), offset)
                if not piece:
                    raise StoreUnavailable("the object became shorter while it was read")
                yield piece

    def _stat(self, key: str) -> StoredObject:
        with disk_errors(), found(key):
            facts = (self._root / key).lstat()
        if not S_ISREG(facts.st_mode):
            raise ObjectMissing(key)
        return _stored(key, facts)

    def _delete(self, path: Path) -> None:
        with disk_errors(), suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
            path.unlink()
            self._folders.prune(path.parent)

    def _leftovers(self, before: datetime, handle: Callable[[Path], None]) -> Pile:
        """Handle what uploads cut off by a killed process left behind, untouched since `before`."""
        pile = Pile()
        with disk_errors():
            for path in self._aside.glob("*"):
                with suppress(FileNotFoundError):  # its upload ended meanwhile
                    if path.lstat().st_mtime < before.timestamp() and is_leftover(path):
                        size = bytes_in(path)
                        handle(path)
                        pile = pile.and_one_of(size)
        return pile


async def _batches(chunks: AsyncIterable[bytes]) -> AsyncGenerator[tuple[list[bytes], bool], None]:
    """Gather chunks until they are worth a thread's time, and say which are the last; nothing is copied."""
    batch: list[bytes] = []
    size, began = 0, monotonic()
    async for chunk in chunks:
        batch.append(chunk)
        size += len(chunk)
        if size >= _BATCH or len(batch) == _MOST_PIECES or monotonic() - began > _BATCH_SECONDS:
            yield batch, False
            batch, size, began = [], 0, monotonic()
    yield batch, True


def _pages(root: Path, folder: str, stub: str) -> Generator[list[StoredObject], None, None]:
    """Yield what lies in `folder` in pages, so that a thread hop serves many."""
    with disk_errors():
        objects = _walk(root / folder, f"{folder}/" if folder else "", stub)
        while page := list(islice(objects, _PAGE)):
            yield page


def _walk(folder: Path, key: str, stub: str) -> Iterator[StoredObject]:
    """Yield the objects below `folder` whose name there starts with `stub`; what vanishes meanwhile is left out."""
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        for entry in entries:
            if not entry.name.startswith(stub) or not is_segment(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(folder / entry.name, f"{key}{entry.name}/", "")
            elif entry.is_file(follow_symlinks=False):
                with suppress(FileNotFoundError):
                    yield _stored(key + entry.name, entry.stat(follow_symlinks=False))


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """Open a file of ours, which is never a link or a folder."""
    if not S_ISREG(path.lstat().st_mode):
        raise FileNotFoundError(path)
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield file
    finally:
        os.close(file)


def _stored(key: str, facts: os.stat_result) -> StoredObject:
    return StoredObject(key, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))
