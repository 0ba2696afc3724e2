"""A gzip file of any number of members, pushed in and inflated in pieces, so that a bomb is seen while it grows."""

from __future__ import annotations

import struct
from collections.abc import Generator, Iterator
from typing import Final

from asset_ingest.core.errors import PackageBomb, PackageCorrupt, PackageTruncated
from asset_ingest.core.formats.deflate import FASTEST, Codec, Inflater
from asset_ingest.core.formats.gzip_header import MAGIC, read_gzip_header
from asset_ingest.core.formats.package_limits import PackageLimits

# What one inflate call may give: larger gains no speed, and the whole reader holds little more than one of these.
MAX_OUT: Final = 256 << 10
# Input goes in small pieces, for the inflater copies what it leaves over; the first of a member are smaller still, so
# that a file of a million tiny members costs no more than its length.
_FIRST_PIECE: Final = 4 << 10
_SIP: Final = 512  # and so with headers
_PIECE: Final = 64 << 10


class GzipMembers:
    """Inflates what `feed` is given and checks every length and CRC-32 on the way."""

    def __init__(self, limits: PackageLimits, codec: Codec = FASTEST) -> None:
        self.extra: bytes | None = None  # of the first member: where the Asset Store writes its record
        self.members = 0
        self.consumed = 0
        self.inflated = 0
        self.trailing = 0  # bytes after the last member that are neither padding nor gzip
        self._limits = limits
        self._codec = codec
        self._inflater: Inflater | None = None
        self._crc = self._length = 0
        self._held = bytearray()  # of a header or trailer that is not complete yet
        self._in_trailer = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the inflated bytes, in pieces of at most `MAX_OUT`; run it to its end before the next call."""
        view = memoryview(data)
        while view:
            if self.trailing:
                self.trailing += len(view)
                return
            if self._inflater is None:
                view = self._frame(view)
            else:
                view = yield from self._body(self._inflater, view)

    def close(self) -> None:
        """Say that all bytes have come; raises PackageTruncated when they end inside a member."""
        if self._inflater is None and not self._in_trailer and self.members:
            if self._held[:3] == MAGIC:
                raise PackageTruncated("the file ends inside a gzip header")
            self.trailing += len(self._held)
            return
        raise PackageTruncated("the file ends before its compressed data does")

    def _body(self, inflater: Inflater, view: memoryview) -> Generator[bytes, None, memoryview]:
        size, start = _FIRST_PIECE, 0
        while start < len(view):
            piece = view[start : start + size]
            self.consumed += len(piece)
            start, size = start + len(piece), min(2 * size, _PIECE)
            yield from self._inflate(inflater, piece)
            if inflater.eof:
                self._inflater, self._in_trailer = None, True
                unused = len(inflater.unused_data)
                self.consumed -= unused
                return view[start - unused :]
        return view[start:]

    def _inflate(self, inflater: Inflater, piece: memoryview | bytes) -> Iterator[bytes]:
        full = True
        while full and not inflater.eof:
            try:
                out = inflater.decompress(piece, MAX_OUT)
            except self._codec.error as error:
                raise PackageCorrupt("the compressed data is damaged") from error
            piece, full = inflater.unconsumed_tail, len(out) == MAX_OUT
            if out:
                self._count(out)
                yield out

    def _count(self, out: bytes) -> None:
        self._crc = self._codec.crc32(out, self._crc)
        self._length += len(out)
        self.inflated += len(out)
        if self.inflated > self._limits.allowed(self.consumed):
            raise PackageBomb(f"{self.consumed} compressed bytes grew past {self._limits.allowed(self.consumed)} bytes")

    def _frame(self, view: memoryview) -> memoryview:
        return self._trailer(view) if self._in_trailer else self._header(view)

    def _trailer(self, view: memoryview) -> memoryview:
        take = 8 - len(self._held)
        self._held += view[:take]
        self.consumed += len(view[:take])
        if len(self._held) == 8:
            self._verify(*struct.unpack("<II", self._held))
            self._held.clear()
            self._in_trailer = False
        return view[take:]

    def _verify(self, crc: int, length: int) -> None:
        if crc != self._crc:
            raise PackageCorrupt("the content does not match its CRC-32")
        if length != self._length & 0xFFFFFFFF:
            raise PackageCorrupt("the content does not have the length that the file records")

    def _header(self, view: memoryview) -> memoryview:
        if self.members and not self._held and view[0] == 0:  # padding to a block of tape is not garbage
            return view[len(view[:_SIP]) - len(bytes(view[:_SIP]).lstrip(b"\0")) :]
        before = len(self._held)
        sip = view[: max(_SIP, before)]
        self._held += sip
        if self.members and self._held[:3] != MAGIC[: len(self._held)]:
            self.trailing = before + len(view)
            self._held.clear()
            return view[:0]
        header = read_gzip_header(self._held)
        if header is None:
            return view[len(sip) :]
        self._held.clear()
        self._open(header.extra, header.length)
        return view[header.length - before :]

    def _open(self, extra: bytes | None, length: int) -> None:
        self.extra = extra if self.members == 0 else self.extra
        self.members += 1
        self.consumed += length
        self._inflater = self._codec.decompressobj(-15)
        self._crc = self._length = 0
