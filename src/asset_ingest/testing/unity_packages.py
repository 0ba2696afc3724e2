"""Unity packages made on the spot: deterministic, from the standard library alone, as the real writers lay them out.

`build_package` makes what an honest exporter makes. The smaller pieces (`tar_member`, `gzip_member`) let a test build
what only a broken or hostile one would.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal

BLOCK: Final = 512
END_OF_TAR: Final = bytes(2 * BLOCK)
_BUILT_AT: Final = 1_700_000_000

_META: Final = (
    "fileFormatVersion: 2\nguid: {guid}\n{folder}{importer}:\n"
    "  externalObjects: {{}}\n  userData: \n  assetBundleName: \n  assetBundleVariant: \n"
)


@dataclass(frozen=True, slots=True)
class PackageItem:
    """One asset of a package to build; `content=None` makes a folder, `meta=None` leaves the `.meta` out."""

    path: str | bytes
    content: bytes | None = b""
    importer: str = "DefaultImporter"
    guid: str = ""
    preview: bytes | None = None
    meta: bytes | Literal["usual"] | None = "usual"

    @property
    def name(self) -> bytes:
        return self.path if isinstance(self.path, bytes) else self.path.encode()

    @property
    def guid_or_made(self) -> str:
        return self.guid or guid_for(self.name)


def guid_for(path: str | bytes) -> str:
    """The same path always gets the same GUID."""
    raw = path if isinstance(path, bytes) else path.encode()
    return hashlib.blake2b(raw, digest_size=16).hexdigest()


def build_package(
    entries: Iterable[PackageItem],
    *,
    record: Mapping[str, object] | bytes | None = None,
    compress: bool = True,
    icon: bytes | None = None,
    second_line: bytes = b"",
) -> bytes:
    """A whole package in memory; the same arguments give the same bytes."""
    out = io.BytesIO()
    write_package(out, entries, record=record, compress=compress, icon=icon, second_line=second_line)
    return out.getvalue()


def write_package(
    out: BinaryIO,
    entries: Iterable[PackageItem],
    *,
    record: Mapping[str, object] | bytes | None = None,
    compress: bool = True,
    icon: bytes | None = None,
    second_line: bytes = b"",
    level: int = 6,
) -> None:
    """The same, written as it is made, so that a package may be larger than memory."""
    pieces = package_members(entries, icon=icon, second_line=second_line)
    out.writelines(gzip_stream(pieces, extra=store_extra(record), level=level) if compress else pieces)


def package_members(
    entries: Iterable[PackageItem], *, icon: bytes | None = None, second_line: bytes = b""
) -> Iterator[bytes]:
    """The tar, in the order of the editor: folder, asset, asset.meta, preview, pathname; the icon comes last."""
    for entry in entries:
        yield from _entry_members(entry, second_line)
    if icon is not None:
        yield tar_member(".icon.png", icon)
    yield END_OF_TAR


def _entry_members(entry: PackageItem, second_line: bytes) -> Iterator[bytes]:
    guid = entry.guid_or_made
    yield tar_member(f"{guid}/", kind=b"5", mode=0o755)
    if entry.content is not None:
        yield tar_member(f"{guid}/asset", entry.content)
    if entry.meta is not None:
        yield tar_member(f"{guid}/asset.meta", usual_meta(entry) if entry.meta == "usual" else entry.meta)
    if entry.preview is not None:
        yield tar_member(f"{guid}/preview.png", entry.preview)
    yield tar_member(f"{guid}/pathname", entry.name + (b"\n" + second_line if second_line else b""))


def usual_meta(entry: PackageItem) -> bytes:
    folder = "folderAsset: yes\n" if entry.content is None else ""
    return _META.format(guid=entry.guid_or_made, folder=folder, importer=entry.importer).encode()


def tar_member(
    name: str | bytes,
    body: bytes = b"",
    *,
    kind: bytes = b"0",
    mode: int = 0o644,
    size: int | None = None,
    link: bytes = b"",
    padded: bool = True,
) -> bytes:
    """Header, body and padding; `size` may lie about the body, for tests of readers."""
    raw = name if isinstance(name, bytes) else name.encode()
    head = tar_header(raw, len(body) if size is None else size, kind=kind, mode=mode, link=link)
    return head + body + bytes(-len(body) % BLOCK if padded else 0)


def tar_header(name: bytes, size: int, *, kind: bytes = b"0", mode: int = 0o644, link: bytes = b"") -> bytes:
    """A ustar header as the Asset Store's server writes it; sizes from 8 GiB on are base-256."""
    prefix, short = _split(name)
    length = b"%011o\0" % size if size < 8**11 else b"\x80" + size.to_bytes(11, "big")
    block = struct.pack(
        "<100s8s8s8s12s12s8sc100s6s2s32s32s16s155s12x",
        short,
        b"%07o\0" % mode,
        b"0001750\0",
        b"0001750\0",
        length,
        b"%011o\0" % _BUILT_AT,
        b" " * 8,
        kind,
        link,
        b"ustar\0",
        b"00",
        b"kharma",
        b"kharma",
        b"",
        prefix,
    )
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def _split(name: bytes) -> tuple[bytes, bytes]:
    if len(name) <= 100:
        return b"", name
    cut = name.rindex(b"/", 0, 156)
    return name[:cut], name[cut + 1 :]


def pax_member(fields: Mapping[str, str | bytes], *, kind: bytes = b"x") -> bytes:
    """A PAX header that speaks of the next member (`x`) or of all that follow (`g`)."""
    return tar_member("PaxHeader/next", b"".join(_pax_record(key, value) for key, value in fields.items()), kind=kind)


def _pax_record(key: str, value: str | bytes) -> bytes:
    rest = b" %s=%s\n" % (key.encode(), value if isinstance(value, bytes) else value.encode())
    length = len(rest) + 1
    while length != len(rest) + len(str(length)):
        length += 1
    return b"%d%s" % (length, rest)


def store_extra(record: Mapping[str, object] | bytes | None) -> bytes | None:
    """The gzip extra field in which the Asset Store names its product; bytes are taken as the JSON itself."""
    if record is None:
        return None
    text = record if isinstance(record, bytes) else json.dumps(record, separators=(",", ":")).encode()
    return b"A$" + struct.pack("<H", len(text)) + text


def gzip_member(data: bytes, *, extra: bytes | None = None, name: bytes | None = None, level: int = 6) -> bytes:
    """One gzip member, with a header like the store's when there is an `extra` field."""
    return b"".join(gzip_stream((data,), extra=extra, name=name, level=level))


def gzip_stream(
    pieces: Iterable[bytes], *, extra: bytes | None = None, name: bytes | None = None, level: int = 6
) -> Iterator[bytes]:
    yield _gzip_header(extra, name)
    squeeze = zlib.compressobj(level, zlib.DEFLATED, -15)
    crc = length = 0
    for piece in pieces:
        crc, length = zlib.crc32(piece, crc), length + len(piece)
        yield squeeze.compress(piece)
    yield squeeze.flush() + struct.pack("<II", crc, length & 0xFFFFFFFF)


def _gzip_header(extra: bytes | None, name: bytes | None) -> bytes:
    flags = (4 if extra is not None else 0) | (8 if name is not None else 0)
    head = struct.pack("<2sBBIBB", b"\x1f\x8b", 8, flags, _BUILT_AT, 2 if extra is not None else 0, 3)
    if extra is not None:
        head += struct.pack("<H", len(extra)) + extra
    return head + (name + b"\0" if name is not None else b"")


def picture(width: int = 128, height: int = 128, *, seed: int = 0) -> bytes:
    """A PNG like the editor's previews: a lit ball on a gradient, its colours by `seed`."""
    rows = b"".join(b"\0" + _row(width, height, y, seed) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 6)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _row(width: int, height: int, y: int, seed: int) -> bytes:
    tint = hashlib.blake2b(seed.to_bytes(8, "big"), digest_size=3).digest()
    row = bytearray()
    for x in range(width):
        far = ((2 * x - width) ** 2 + (2 * y - height) ** 2) * 255 // max(1, width * height)
        light = max(0, 255 - far) if far < 200 else 48 + 64 * y // height
        row += bytes(light * (128 + part // 2) // 255 for part in tint)
    return bytes(row)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
