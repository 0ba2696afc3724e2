"""What a file is, by its bytes; its name is asked only where bytes cannot tell one text, or one mesh, from another."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from typing import Final

from asset_ingest.core.formats.gzip_header import MAGIC
from asset_ingest.core.formats.signatures import (
    EXTENSIONS,
    GZIP,
    OBJ,
    SIGNATURES,
    STL,
    TAR,
    TEXT,
    TEXTS,
    UNITY_PACKAGE,
    UNKNOWN,
    FileKind,
    Sniffed,
)
from asset_ingest.core.formats.tar_header import BLOCK, FOLDER, REGULAR, checksum_holds, read_tar_header

__all__ = ["SNIFFED_BYTES", "FileKind", "Sniffed", "claimed_kind", "sniff"]

SNIFFED_BYTES: Final = 64 << 10  # more than this is not looked at
_FEXTRA: Final = 4
_UNITY_NAME: Final = re.compile(
    rb"[0-9A-Fa-f]{32}(?:/.*)?|\.icon\.png|packagemanagermanifest(?:/.*)?|package/\.attestation\.p7m", re.DOTALL
)
_NEUTRAL_NAME: Final = re.compile(rb"\.?|package|(?:.*/)?\._[^/]*|PaxHeader.*", re.DOTALL)  # says nothing of the rest
_OBJ_LINE: Final = re.compile(rb"^(?:v|vn|vt) +-?[\d.]+(?:e-?\d+)? +-?[\d.]", re.MULTILINE)
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_KIND_BY_EXTENSION: Final = {extension: kind for kind, names in EXTENSIONS.items() for extension in names.split()}


def claimed_kind(filename: str) -> FileKind | None:
    """Return the kind that the name promises, if it promises one whose bytes can be checked."""
    return _KIND_BY_EXTENSION.get(_extension(filename))


def sniff(prefix: bytes, filename: str) -> Sniffed:
    """Tell kind and content type of the file that starts with `prefix`."""
    head = prefix[:SNIFFED_BYTES]
    if head.startswith(MAGIC):
        return _judged(_in_gzip(head), filename)
    if len(head) >= BLOCK and checksum_holds(head[:BLOCK]):
        return _judged(UNITY_PACKAGE if _is_unity_tar(head) else TAR, filename)
    for pattern, sniffed in SIGNATURES:
        if pattern.match(head):
            return sniffed
    return _unmarked(head, _extension(filename))


def _judged(sniffed: Sniffed, filename: str) -> Sniffed:
    """Leave a container that claims to be a Unity package to the reader, which says better what is wrong with it."""
    return UNITY_PACKAGE if claimed_kind(filename) is FileKind.UNITY_PACKAGE else sniffed


def _extension(filename: str) -> str:
    return filename.rpartition(".")[2].lower()


def _in_gzip(head: bytes) -> Sniffed:
    if head[3:4] and head[3] & _FEXTRA and head[12:14] == b"A$":  # the Asset Store's own mark
        return UNITY_PACKAGE
    try:
        inner = zlib.decompressobj(31).decompress(head, SNIFFED_BYTES)
    except zlib.error:
        return GZIP
    return UNITY_PACKAGE if _is_unity_tar(inner) else GZIP


def _is_unity_tar(data: bytes) -> bool:
    """Whether the first name that says anything is one that only Unity packages have."""
    first = next((name for name in _names(data) if not _NEUTRAL_NAME.fullmatch(name)), b"")
    return _UNITY_NAME.fullmatch(first) is not None


def _names(data: bytes) -> Iterator[bytes]:
    pos = 0
    while pos + BLOCK <= len(data) and checksum_holds(data[pos : pos + BLOCK]):
        size_field = data[pos + 124 : pos + 136]
        if size_field[0] & 0x80 or size_field.strip(b" \0").translate(None, b"01234567"):
            return
        header = read_tar_header(data[pos : pos + BLOCK])
        if header.kind in (REGULAR, FOLDER):
            yield re.sub(rb"^(?:\./)+", b"", header.name).rstrip(b"/")
        pos += BLOCK + (header.size + BLOCK - 1) // BLOCK * BLOCK


def _unmarked(head: bytes, extension: str) -> Sniffed:
    if extension == "stl" and _is_binary_stl(head):
        return STL
    if not _is_text(head):
        return UNKNOWN
    if extension == "obj" and _OBJ_LINE.search(head):
        return OBJ
    return TEXTS.get(extension, TEXT)


def _is_binary_stl(head: bytes) -> bool:
    """Eighty bytes of anything, a count, then triangles: unit normals tell them from noise."""
    if len(head) < 134:
        return False
    count, x, y, z = struct.unpack_from("<I3f", head, 80)
    length: float = x * x + y * y + z * z
    return bool(count) and (length < 1e-6 or abs(length - 1) < 0.1)


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return len(head) > 2
    if not head or _CONTROLS.search(head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3 and len(head) == SNIFFED_BYTES  # a character cut by the end of the prefix
    return True
