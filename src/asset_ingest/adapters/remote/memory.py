"""RemoteFiles of files in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from asset_ingest.core.errors import AddressRefused
from asset_ingest.core.ports.remote import RemoteFile, RemoteFiles

Serve = Callable[[], RemoteFile]


class MemoryRemoteFiles(RemoteFiles):
    """Serves each of `files` at its address, afresh each time; there is nothing at any other."""

    def __init__(self, files: Mapping[str, Serve]) -> None:
        self._files = files

    def check(self, url: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise AddressRefused("this is no web address")

    @asynccontextmanager
    async def open(self, url: str) -> AsyncIterator[RemoteFile]:
        self.check(url)
        if url not in self._files:
            raise AddressRefused("there is nothing at this address")
        yield self._files[url]()


def serving(content: bytes, filename: str | None = None) -> Serve:
    """Serve `content` in two pieces, telling its size and, if it has one, its name."""

    async def pieces() -> AsyncIterator[bytes]:
        half = len(content) // 2
        for piece in (content[:half], content[half:]):
            yield piece

    return lambda: RemoteFile(filename, len(content), "application/octet-stream", pieces())
