"""RemoteFiles of files in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from asset_ingest.core.errors import AddressRefused
from asset_ingest.core.ports.remote import RemoteFile, RemoteFiles, Rest

Serve = Callable[[Rest | None], RemoteFile]
"""Answers as a server would: it may bring the whole where the rest is wanted."""


class MemoryRemoteFiles(RemoteFiles):
    """Serves each of `files` at its address, afresh each time; there is nothing at any other."""

    def __init__(self, files: Mapping[str, Serve]) -> None:
        self._files = files

    def check(self, url: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise AddressRefused("this is no web address")

    @asynccontextmanager
    async def open(self, url: str, rest: Rest | None = None) -> AsyncIterator[RemoteFile]:
        self.check(url)
        if url not in self._files:
            raise AddressRefused("there is nothing at this address")
        yield self._files[url](rest)


def serving(content: bytes, filename: str | None = None, version: str | None = '"1"') -> Serve:
    """Serve `content` in two pieces, telling its size and, if it has one, its name; with a version also its rest."""

    async def pieces(start: int) -> AsyncIterator[bytes]:
        half = (start + len(content)) // 2
        for piece in (content[start:half], content[half:]):
            yield piece

    def answer(rest: Rest | None) -> RemoteFile:
        start = rest.start if rest is not None and rest.version == version else 0
        return RemoteFile(filename, len(content), "application/octet-stream", pieces(start), start, version)

    return answer
