"""From what the members of a package said to the list of its entries."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final, NamedTuple

from asset_ingest.core.formats.unity_findings import FindingCode, FindingLog
from asset_ingest.core.formats.unity_types import EntryKind, kind_of

ASSET: Final = 1
META: Final = 2
PATHNAME: Final = 4
PREVIEW: Final = 8
OLD_META: Final = 16  # Unity 4 and before
TWICE: Final = 32  # some member came again


class UnityEntry(NamedTuple):
    """One asset or folder of a package.

    A named tuple, for a package may have half a million of them and a frozen dataclass takes five times as long.
    """

    guid: str  # in lower case
    path: str  # to show and to store, never to open: one separator, NFC, no control characters
    raw_path: bytes | None  # the bytes of a path that is not UTF-8; `path` is then a guess
    kind: EntryKind
    importer: str | None
    size: int
    has_preview: bool
    marks: tuple[FindingCode, ...]  # the findings that speak of this entry


class Asset:
    """What is known so far of one GUID; the class holds what most of them never change."""

    seen: int = 0
    path: str = ""
    extension: str = ""
    raw_path: bytes | None = None
    skip: bool = False
    importer: str | None = None
    folder: bool = False
    size: int = 0
    early: tuple[FindingCode, ...] = ()  # of the content, seen before the name
    marks: tuple[FindingCode, ...] = ()

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    @property
    def guid(self) -> str:
        return self.raw.decode()


def entries_of(assets: Iterable[Asset], findings: FindingLog) -> list[UnityEntry]:
    """List the assets that have a usable name, in their order; findings tell of the others."""
    named = [asset for asset in assets if not _is_skipped(asset, findings)]
    for asset in named:
        if not asset.seen & (META | OLD_META) and not asset.path.startswith("ProjectSettings/"):  # those have none
            _mark(asset, FindingCode.MISSING_META, "the asset has no .meta file", findings)
    _mark_meeting(named, findings)
    return [
        UnityEntry(
            asset.guid,
            asset.path,
            asset.raw_path,
            kind_of(asset.importer, asset.extension) if asset.seen & ASSET and not asset.folder else EntryKind.FOLDER,
            asset.importer,
            asset.size,
            asset.seen & PREVIEW != 0,
            asset.marks,
        )
        for asset in named
    ]


def _is_skipped(asset: Asset, findings: FindingLog) -> bool:
    if not asset.seen & PATHNAME:
        detail = "files came under this GUID and no pathname says what they are"
        findings.add(FindingCode.NO_PATHNAME, detail, asset.guid)
        return True
    return asset.skip


def _mark_meeting(assets: list[Asset], findings: FindingLog) -> None:
    """Mark paths that are one on some disk: looked for one by one only when there are any."""
    folded = [_folded(asset.path) for asset in assets]
    if len(set(folded)) == len(folded):
        return
    first: dict[str, str] = {}
    for asset, key in zip(assets, folded, strict=True):
        other = first.setdefault(key, asset.path)
        if other is asset.path:
            continue
        if other == asset.path:
            _mark(asset, FindingCode.DUPLICATE_PATH, "another asset of the package has the same path", findings)
        else:
            _mark(asset, FindingCode.CASE_CLASH, f"on many disks this is the same file as {other}", findings)


def _mark(asset: Asset, code: FindingCode, detail: str, findings: FindingLog) -> None:
    asset.marks += (code,)
    findings.add(code, detail, asset.guid, asset.path)


def _folded(path: str) -> str:
    """Return the same for all paths that one disk or another cannot tell apart."""
    return path.lower() if path.isascii() else unicodedata.normalize("NFC", path.casefold())
