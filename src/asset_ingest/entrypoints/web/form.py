"""Reading multipart/form-data as it arrives (RFC 7578), holding one chunk at a time.

Our own because transfers are what this program is for: twice as fast as the framework's reader, and it tells a form
that was cut short from one that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

from asset_ingest.core.errors import InvalidRequest, UploadInterrupted
from asset_ingest.entrypoints.web.disposition import parameters

LONGEST_HEAD = 16 * 1024
LONGEST_PREAMBLE = 64 * 1024

_BOUNDARY = re.compile(r"[!-~](?:[ -~]{0,198}[!-~])?", re.ASCII)
_PADDING = b" \t"


def boundary_in(content_type: str) -> bytes:
    """Return the boundary that a multipart Content-Type names."""
    _, found = parameters(content_type, "Content-Type")
    boundary = found.get("boundary", "")
    if not _BOUNDARY.fullmatch(boundary):
        raise InvalidRequest("multipart/form-data needs a boundary", "Content-Type")
    return boundary.encode("ascii")


class FormReader:
    """The parts of a form, one after the other: `next_part`, then its `body`, until `next_part` says None.

    What is not read of a body is skipped. Raises InvalidRequest for what is no form, and UploadInterrupted when it
    ends before its last boundary.
    """

    def __init__(self, chunks: AsyncIterator[bytes], boundary: bytes) -> None:
        self._chunks = chunks
        self._delimiter = b"\r\n--" + boundary
        self._held = b"\r\n"  # so that a boundary on the very first line is one like all others
        self._at = 0  # where what is not yet read begins
        self._inside = True  # a preamble reads like a body
        self._begun = self._ended = False

    async def next_part(self) -> dict[str, str] | None:
        """Return the next part's headers by lower-case name; None after the last part."""
        await self._skip()
        if self._ended:
            return None
        await self._have(2)
        if self._held.startswith(b"--", self._at):
            self._ended = True
            return None
        head = await self._head()
        self._inside = True
        return _headers(head)

    async def body(self) -> AsyncIterator[bytes]:
        """Yield the bytes of the part whose head was read last; who stops in the middle may go on with another call."""
        while self._inside:
            found = self._held.find(self._delimiter, self._at)
            cut = self._undecided() if found < 0 else found
            piece, self._at = self._held[self._at : cut], cut
            if found >= 0:
                self._at += len(self._delimiter)
                self._inside = False
            if piece:
                yield piece
            if self._inside:
                await self._more()

    async def small_body(self, most: int) -> bytes | None:
        """Return the whole body of the part whose head was read last, or None, and leave it, if it has more bytes."""
        searched = self._at
        while (end := self._held.find(self._delimiter, searched)) < 0:
            if len(self._held) - self._at > most + len(self._delimiter):
                return None
            searched = max(self._at, len(self._held) - len(self._delimiter)) - self._at
            try:
                await self._more()
            except UploadInterrupted:  # who reads the body comes upon it
                return None
            searched += self._at
        if end - self._at > most:
            return None
        content, self._at, self._inside = self._held[self._at : end], end + len(self._delimiter), False
        return content

    def parts_here(self, most: int) -> Iterator[tuple[dict[str, str], bytes]]:
        """Yield the next parts, headers and whole body of at most so many bytes, while they are here to their end.

        It waits for nothing. The first part that is not like that is left to `next_part`, and so is the last one
        yielded to whoever asks for no more.
        """
        while not self._inside and self._held.startswith(b"\r\n", self._at):
            head = self._held.find(b"\r\n\r\n", self._at, self._at + LONGEST_HEAD)
            start = head + 4
            end = self._held.find(self._delimiter, start, start + most + len(self._delimiter))
            if head < 0 or end < 0:
                return
            headers = _headers(self._held[self._at : head])
            yield headers, self._held[start:end]
            self._at = end + len(self._delimiter)

    async def _skip(self) -> None:
        """Leave out what is left of a part, or the preamble before the first."""
        skipped = 0
        async for chunk in self.body():
            skipped += len(chunk)
            if skipped > LONGEST_PREAMBLE and not self._begun:
                raise InvalidRequest("the body does not begin with the boundary that Content-Type names")
        self._begun = True

    def _undecided(self) -> int:
        """Return where the held bytes may turn out to be a delimiter, or their end."""
        start = self._held.rfind(b"\r", max(self._at, len(self._held) - len(self._delimiter) + 1))
        return start if start >= 0 and self._delimiter.startswith(self._held[start:]) else len(self._held)

    async def _head(self) -> bytes:
        """Take the bytes from behind a delimiter to the empty line."""
        seen = self._at
        while (end := self._held.find(b"\r\n\r\n", seen)) < 0:
            if len(self._held) - self._at > LONGEST_HEAD:
                raise InvalidRequest("the head of a part is too long")
            seen = max(self._at, len(self._held) - 3) - self._at
            await self._more()
            seen += self._at
        head = self._held[self._at : end]
        self._at = end + 4
        return head

    async def _have(self, count: int) -> None:
        while len(self._held) - self._at < count:
            await self._more()

    async def _more(self) -> None:
        chunk = await anext(self._chunks, b"")
        if not chunk:
            raise UploadInterrupted
        self._held = self._held[self._at :] + chunk if self._at < len(self._held) else chunk
        self._at = 0


def _headers(head: bytes) -> dict[str, str]:
    padding, *lines = head.split(b"\r\n")
    if padding.strip(_PADDING):
        raise InvalidRequest("a boundary is followed by something else on its line")
    found: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.decode("utf-8", "surrogateescape").partition(":")
        if not colon or not name or name != name.strip():
            raise InvalidRequest("a header of a part cannot be read")
        found.setdefault(name.lower(), value.strip())
    return found
