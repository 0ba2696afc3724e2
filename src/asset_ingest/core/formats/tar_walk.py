"""A tar, pushed in piece by piece; its member names and the few leading bytes somebody asked for come out."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final, Protocol

from asset_ingest.core.errors import (
    PackageBomb,
    PackageCorrupt,
    PackageOverLimit,
    PackageTruncated,
    PackageUnreadable,
)
from asset_ingest.core.formats.package_limits import PackageLimits
from asset_ingest.core.formats.tar_header import (
    BLOCK,
    FOLDER,
    REGULAR,
    TarHeader,
    checksum_holds,
    read_decimal,
    read_pax_records,
    read_tar_header,
)

# name, cut after a GUID · size · type · magic · first byte of the prefix
_FIELDS: Final = struct.Struct("<32s68s24x12s20xB100x5s83xB").unpack_from
_USTAR: Final = b"ustar"
_NOTHING: Final = b"-"  # no magic, for it has one character only
_OCTAL: Final = b"01234567"
_ZEROS: Final = bytes(BLOCK)
_PAX, _PAX_FOR_ALL, _GNU_NAME, _GNU_LINK_NAME = b"xgLK"
_EXTENSIONS: Final = (_PAX, _PAX_FOR_ALL, _GNU_NAME)

Take = Callable[[bytes, int, int], None]
Want = tuple[int, Take] | None


class Members(Protocol):
    """Whoever wants to know what is in the tar."""

    def member(self, guid: bytes, part: bytes, size: int, kind: int) -> Want:
        """Hear that a member begins; folders are not told.

        Its name comes as it stands in a header, padded with NULs to 100 bytes and cut after 32, where the GUID ends in
        a Unity package. The answer says how many bytes of it to hand over and to whom: the taker gets
        `(data, start, stop)` once the bytes are all there. None skips the body.
        """


class _Sizes(dict[bytes, int]):
    """Sizes by their field, -1 for what is not plain octal: the small ones come again and again."""

    def __missing__(self, field: bytes) -> int:
        digits = field[:11]
        size = -1 if digits.strip(_OCTAL) or field[11] not in b"\0 " else int(digits, 8)
        if len(self) < 4096:
            self[field] = size
        return size


class TarWalk:
    """Reads headers and skips bodies without touching them.

    `covered` says that a CRC-32 guards the whole stream. Then headers that look as they should (ustar, a plain file or
    folder) are spared the check of their own, weaker checksum: it would double the cost of a package of small files.
    """

    def __init__(self, members: Members, limits: PackageLimits, *, covered: bool) -> None:
        self.trailing = False  # something other than zeros follows the end mark
        self.ended = False
        self._members = members
        self._limits = limits
        self._covered = covered
        self._headers = 0
        self._begun = False  # one header held good, so it is a tar
        self._sizes = _Sizes()
        self._trusted = _NOTHING  # the magic of headers that need no check; none does before the first one held good
        self._carry = b""  # of a header cut by the end of a chunk
        self._skip = 0  # of a body that goes on in the next chunk, padding included
        self._part = bytearray()
        self._missing = 0  # bytes that `_part` still waits for
        self._take: Take | None = None  # who waits for them
        self._always: dict[bytes, bytes] = {}  # PAX fields for all that follow
        self._once: dict[bytes, bytes] = {}  # PAX fields or a GNU name for the next member

    def feed(self, chunk: bytes) -> None:
        start = 0
        if self._carry:
            start = BLOCK - len(self._carry)
            self._carry += chunk[:start]
            if len(self._carry) < BLOCK:
                return
            header, self._carry = self._carry, b""
            self._read(header, 0)
        self._read(chunk, start)
        if self._headers > self._limits.headers:
            raise PackageBomb(f"the archive has more than {self._limits.headers} members")

    def _read(self, chunk: bytes, start: int) -> None:
        if self.ended:
            self.trailing = self.trailing or bool(chunk[start:].strip(b"\0"))
            return
        if self._missing:
            self._collect(chunk, start)
        pos = self._walk(chunk, start + self._skip)
        self._skip = max(0, pos - len(chunk))
        self._carry = chunk[pos:]

    def close(self) -> None:
        """Say that all bytes have come; raises PackageTruncated when they end inside a member."""
        if not self._begun and not self.ended:
            raise self._no_header()
        if self._skip or self._carry.strip(b"\0"):
            raise PackageTruncated("the file ends inside the archive")
        if not self.ended and not self._covered:
            raise PackageTruncated("the archive has no end mark")

    def _walk(self, chunk: bytes, pos: int) -> int:
        """Read headers from `pos` on; the answer is where the next one stands, perhaps beyond this chunk.

        This loop turns for every member of every package, so it reads the familiar header at one stroke and leaves all
        others to `_unfamiliar`.
        """
        member, most, end, trusted, sizes = (
            self._members.member,
            self._limits.member,
            len(chunk),
            self._trusted,
            self._sizes,
        )
        headers = 0
        while pos + BLOCK <= end:
            guid, part, field, kind, magic, prefix = _FIELDS(chunk, pos)
            headers += 1
            if magic == trusted and kind == REGULAR and not prefix and (size := sizes[field]) >= 0:
                want = member(guid, part, size, kind)
            elif magic == trusted and kind == FOLDER:
                size, want = 0, None
            else:
                size, want = self._unfamiliar(chunk[pos : pos + BLOCK])
                trusted = self._trusted
                if self.ended:
                    self._headers += headers
                    self._read(chunk, pos + BLOCK)
                    return end
            if size > most:
                raise PackageOverLimit(f"one file inside has {size} bytes, more than the {most} allowed")
            pos += BLOCK
            if want:
                wanted, take = want
                if pos + wanted <= end:
                    take(chunk, pos, pos + wanted)
                else:
                    self._part, self._missing, self._take = bytearray(chunk[pos:]), pos + wanted - end, take
            pos += (size + BLOCK - 1) & -BLOCK
        self._headers += headers
        return pos

    def _unfamiliar(self, block: bytes) -> tuple[int, Want]:
        """Return the size of a member whose header is checked and read in full, and who wants how much of it."""
        if block == _ZEROS:
            self.ended = True
            return 0, None
        if not checksum_holds(block):
            raise self._no_header()
        self._begun = True
        header = read_tar_header(block)
        if header.kind in _EXTENSIONS:
            return self._extension(header)
        if header.kind == _GNU_LINK_NAME:
            return header.size, None
        header = self._renamed(header)
        self._trusted = _USTAR if self._covered and not self._always else _NOTHING
        if header.kind == FOLDER:
            return 0, None
        name = header.name.ljust(100, b"\0")
        return header.size, self._members.member(name[:32], name[32:], header.size, header.kind)

    def _no_header(self) -> PackageCorrupt | PackageUnreadable:
        if self._begun:
            return PackageCorrupt("a header inside the archive does not match its checksum")
        return PackageUnreadable("this is not a Unity package: there is no tar archive inside")

    def _extension(self, header: TarHeader) -> tuple[int, Want]:
        """Want all of it ourselves, for it speaks of the next member."""
        if header.size > self._limits.longname:
            raise PackageOverLimit(f"a name inside the archive takes {header.size} bytes")
        self._trusted = _NOTHING  # until the next member has its name
        take = {_PAX: self._pax, _PAX_FOR_ALL: self._pax_for_all, _GNU_NAME: self._gnu_name}[header.kind]
        return header.size, (header.size, take)

    def _pax(self, data: bytes, start: int, stop: int) -> None:
        self._once |= _useful(data[start:stop])

    def _pax_for_all(self, data: bytes, start: int, stop: int) -> None:
        self._always |= _useful(data[start:stop])

    def _gnu_name(self, data: bytes, start: int, stop: int) -> None:
        self._once[b"path"] = data[start:stop].partition(b"\0")[0]

    def _renamed(self, header: TarHeader) -> TarHeader:
        fields, self._once = self._always | self._once, {}
        name = fields.get(b"path", header.name)
        size = read_decimal(fields[b"size"]) if b"size" in fields and header.kind == REGULAR else header.size
        return TarHeader(name, size, header.kind)

    def _collect(self, chunk: bytes, start: int) -> None:
        found = chunk[start : start + self._missing]
        self._part += found
        self._missing -= len(found)
        if not self._missing and self._take:
            whole, self._part = bytes(self._part), bytearray()
            self._take(whole, 0, len(whole))


def _useful(body: bytes) -> dict[bytes, bytes]:
    return {key: value for key, value in read_pax_records(body).items() if key in (b"path", b"size")}
