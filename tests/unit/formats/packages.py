"""Packages that no honest writer makes, one per trap, and the shortest way to read one."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from asset_ingest.core.formats.deflate import FASTEST, Codec
from asset_ingest.core.formats.unitypackage import PackageLimits, Picture, UnityPackage, UnityPackageReader
from asset_ingest.testing.unity_packages import (
    END_OF_TAR,
    PackageItem,
    build_package,
    guid_for,
    gzip_member,
    package_members,
    pax_member,
    picture,
    tar_header,
    tar_member,
    usual_meta,
)

RECORD: dict[str, Any] = {
    "link": {"id": "90001", "type": "content"},
    "unity_version": "2021.3.45f1",
    "pubdate": "03 Nov 2026",
    "version": "1.4.2",
    "upload_id": "700001",
    "version_id": "800001",
    "category": {"id": "88", "label": "3D/Environments/Urban"},
    "id": "90001",
    "title": "Urban Street Props 東京",
    "publisher": {"id": "4242", "label": "Example Studio"},
}
GOOD = PackageItem("Assets/Street/Lamp.prefab", b"%YAML 1.1\n", "PrefabImporter", preview=picture(16, 16))
SCRIPT = PackageItem("Assets/Street/Lamp.cs", b"using UnityEngine;\nclass Lamp {}\n", "MonoImporter")
FOLDER = PackageItem("Assets/Street", None)


def read(
    data: bytes,
    *,
    chunk: int = 1 << 20,
    limits: PackageLimits | None = None,
    codec: Codec = FASTEST,
    on_picture: Callable[[Picture], None] | None = None,
) -> UnityPackage:
    pieces = (data[start : start + chunk] for start in range(0, len(data), chunk))
    return read_pieces(pieces, limits=limits, codec=codec, on_picture=on_picture)


def read_pieces(
    pieces: Iterable[bytes],
    *,
    limits: PackageLimits | None = None,
    codec: Codec = FASTEST,
    on_picture: Callable[[Picture], None] | None = None,
) -> UnityPackage:
    reader = UnityPackageReader(limits or PackageLimits(), on_picture, codec=codec)
    for piece in pieces:
        reader.feed(piece)
    return reader.close()


def named(path: str | bytes, **changes: Any) -> bytes:
    """A good asset, and another one with this path."""
    return build_package([GOOD, PackageItem(path, **{"content": b"x", **changes})])


def tar_of(*members: bytes, item: PackageItem = GOOD) -> bytes:
    """A good asset, these members, and the end mark."""
    return b"".join(package_members([item]))[: -len(END_OF_TAR)] + b"".join(members) + END_OF_TAR


def zipped(*members: bytes) -> bytes:
    return gzip_member(tar_of(*members))


def bomb(inflated: int) -> Iterator[bytes]:
    """Zeros that inflate a thousandfold, in one asset."""
    head = tar_header(guid_for("bomb").encode() + b"/asset", inflated)
    yield gzip.compress(head + bytes(inflated), 9)


def with_extra(extra: bytes) -> bytes:
    return gzip_member(b"".join(package_members([GOOD])), extra=extra)


def long_name(name: bytes) -> bytes:
    """The GNU way to name the member that follows."""
    return tar_member("././@LongLink", name + b"\0", kind=b"L")


__all__ = [
    "FOLDER",
    "GOOD",
    "RECORD",
    "SCRIPT",
    "PackageItem",
    "bomb",
    "build_package",
    "guid_for",
    "gzip_member",
    "long_name",
    "named",
    "pax_member",
    "picture",
    "read",
    "read_pieces",
    "tar_header",
    "tar_member",
    "tar_of",
    "usual_meta",
    "with_extra",
    "zipped",
]
