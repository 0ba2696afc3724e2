"""One 512-byte tar header in any of its dialects (v7, ustar, GNU, PAX), and the records of a PAX header."""

from __future__ import annotations

import zlib
from typing import Final, NamedTuple

from asset_ingest.core.errors import PackageCorrupt

BLOCK: Final = 512
REGULAR: Final = ord("0")
FOLDER: Final = ord("5")
_OLD_REGULAR: Final = (0, ord("7"))  # v7, and the "contiguous" that everybody reads as a file
_BODILESS: Final = frozenset(b"123456")  # links, devices and folders: whatever size they claim, no body follows
_ADLER: Final = 65521


class TarHeader(NamedTuple):
    name: bytes
    size: int
    kind: int  # the type flag; both spellings of a regular file are REGULAR


def read_tar_header(block: bytes) -> TarHeader:
    """Read a header in any dialect; raises PackageCorrupt when its size is no number."""
    name, kind = _name(block), block[156]
    if kind == 0 and name.endswith(b"/"):
        kind = FOLDER
    if kind in _OLD_REGULAR:
        kind = REGULAR
    return TarHeader(name, 0 if kind in _BODILESS else read_number(block[124:136]), kind)


def _name(block: bytes) -> bytes:
    name = block[:100].split(b"\0", 1)[0]
    posix = block[257:263] == b"ustar\0"  # GNU keeps times where POSIX keeps the front of long names
    prefix = block[345:500].split(b"\0", 1)[0] if posix else b""
    return prefix + b"/" + name if prefix else name


def read_number(field: bytes) -> int:
    """Read octal between spaces and NULs, or base-256. Raises PackageCorrupt."""
    if field[0] & 0x80:
        return _base256(field)
    digits = field.strip(b" \0")
    if digits and not digits.translate(None, b"01234567"):
        return int(digits, 8)
    if digits:
        raise PackageCorrupt("a header inside the archive has no readable size")
    return 0


def _base256(field: bytes) -> int:
    if field[0] != 0x80:
        raise PackageCorrupt("a header inside the archive has a negative or absurd size")
    return int.from_bytes(field[1:], "big")


def read_decimal(digits: bytes) -> int:
    """Read a size in a PAX header; raises PackageCorrupt."""
    if digits.isdigit() and len(digits) < 20:
        return int(digits)
    raise PackageCorrupt("a header inside the archive has no readable size")


def checksum_holds(block: bytes) -> bool:
    """Tell whether the header's sum of bytes is right.

    The low half of Adler-32 is that sum (plus one, modulo 65,521), and ten times as fast as `sum`.
    """
    field = block[148:156]
    digits = field.strip(b" \0")
    if not digits or digits.translate(None, b"01234567"):
        return False
    stored = int(digits, 8)
    found = (zlib.adler32(block) & 0xFFFF) - (zlib.adler32(field) & 0xFFFF) + 8 * 32
    return (found - stored) % _ADLER == 0 or _signed_sum(block) == stored


def _signed_sum(block: bytes) -> int:
    """Sum as some old tars did, which took bytes for signed."""
    return sum(byte - 256 if byte > 127 else byte for byte in block[:148] + b" " * 8 + block[156:])


def read_pax_records(body: bytes) -> dict[bytes, bytes]:
    """Return the fields of a PAX header; a record that makes no sense ends the reading."""
    fields: dict[bytes, bytes] = {}
    pos = 0
    while (space := body.find(b" ", pos, pos + 20)) > 0 and body[pos:space].isdigit():
        end = pos + int(body[pos:space])
        key, equals, value = body[space + 1 : end].partition(b"=")
        if end > len(body) or not equals or not value.endswith(b"\n"):
            break
        fields[key] = value[:-1]
        pos = end
    return fields
