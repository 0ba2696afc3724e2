"""The assets of a package, put together from tar members that may come in any order."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from asset_ingest.core.errors import PackageBomb, PackageOverLimit
from asset_ingest.core.formats.package_limits import PackageLimits
from asset_ingest.core.formats.tar_header import REGULAR
from asset_ingest.core.formats.tar_walk import Take, Want
from asset_ingest.core.formats.unity_entries import ASSET, META, OLD_META, PATHNAME, PREVIEW, TWICE, Asset
from asset_ingest.core.formats.unity_findings import FindingCode, FindingLog
from asset_ingest.core.formats.unity_manifest import read_manifest
from asset_ingest.core.formats.unity_meta import read_meta
from asset_ingest.core.formats.unity_paths import read_pathname, usual_path
from asset_ingest.core.formats.unity_scan import PROGRAMS, SCANNED, fitting, scan
from asset_ingest.core.formats.unity_types import extension_of

_GUID: Final = re.compile(rb"[0-9A-Fa-f]{32}")
_LOWER_HEX: Final = b"0123456789abcdef"
_ATTESTATION: Final = b"package/.attestation.p7m"
_KNOWN: Final = frozenset(
    (b"package", b"packagemanagermanifest", b"packagemanagermanifest/pathname", _ATTESTATION, b".")
)
_LINKS: Final = b"12"
_DEVICES: Final = b"346"
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_COST: Final = 256  # bytes of memory, about, for an asset without its path

_WHY: Final = {
    FindingCode.TRAVERSAL: "the path leads out of the project",
    FindingCode.ABSOLUTE_PATH: "the path starts at the root of a disk or on another machine",
    FindingCode.DRIVE_PATH: "the path starts with a drive letter",
    FindingCode.NUL_IN_PATH: "the path contains a NUL character",
    FindingCode.EMPTY_NAME: "the pathname of this GUID is empty",
    FindingCode.OVERLONG_NAME: "the path is longer than any system can store",
    FindingCode.NON_UTF8_NAME: "the path is not UTF-8; what is shown is a guess",
    FindingCode.RESERVED_NAME: "some operating systems cannot store a file of this name",
    FindingCode.DUPLICATE_GUID: "two assets of the package have this GUID; the first one counts",
    FindingCode.ODD_META: "the .meta file does not name the GUID of its folder",
    FindingCode.AUTO_RUN_SCRIPT: "the editor runs this code as soon as it is imported",
    FindingCode.NATIVE_EXECUTABLE: "this is a program for a computer's processor or shell",
}


class Picture(NamedTuple):
    """A preview on its way through; the package's own icon has no GUID."""

    guid: str
    png: bytes


class PackageContents:
    """Receives members and gathers assets; nothing but facts about them stays in memory."""

    def __init__(
        self, limits: PackageLimits, findings: FindingLog, on_picture: Callable[[Picture], None] | None
    ) -> None:
        self.manifest: dict[str, str] | None = None
        self.has_icon = False
        self.has_attestation = False
        self._limits = limits
        self._findings = findings
        self._on_picture = on_picture
        self._assets: dict[bytes, Asset] = {}
        self._kept = 0
        self._current = Asset(b"")  # whose body comes next
        self._head: tuple[Asset, bytes, int, int] | None = None  # content of the last asset, until its name is known
        parts: dict[bytes, tuple[int, int, Take]] = {  # of an asset: which, how much we want of it, and who reads it
            b"/asset": (ASSET, SCANNED, self._read_asset),
            b"/asset.meta": (META, limits.meta, self._read_meta),
            b"/metaData": (OLD_META, 0, self._ignore),
            b"/pathname": (PATHNAME, limits.pathname + 8, self._read_pathname),
            b"/preview.png": (PREVIEW, limits.preview if on_picture else len(_PNG), self._read_preview),
        }
        self._parts = {leaf.ljust(68, b"\0"): part for leaf, part in parts.items()}  # as they stand in a header

    def take_assets(self) -> list[Asset]:
        """Hand them over, in the order of their first members; they are not kept here."""
        assets = list(self._assets.values())
        self._assets.clear()
        self._head = None
        return assets

    def member(self, guid: bytes, part: bytes, size: int, kind: int) -> Want:
        """Tell who reads how much of this member. This runs for each of them, so the usual one is short work."""
        known = self._parts.get(part)
        if known is None or kind != REGULAR:
            return self._unusual(guid + part, size, kind)
        asset = self._assets.get(guid)
        if asset is None:
            if guid.strip(_LOWER_HEX):
                return self._unusual(guid + part, size, kind)
            asset = self._begin(guid)
        role, most, take = known
        if asset.seen & role:
            self._again(asset)
            return None
        asset.seen |= role
        self._current = asset
        if role == ASSET:
            asset.size = size
        elif role == PREVIEW and size > self._limits.preview:
            self._no_preview(f"the preview has {size} bytes, more than the {self._limits.preview} we read")
            return None
        return (size if size < most else most), take  # noqa: FURB136  a call of min() would cost as much as the rest

    def _begin(self, raw: bytes) -> Asset:
        asset = self._assets[raw] = Asset(raw)
        if len(self._assets) > self._limits.entries:
            raise PackageBomb(f"the package has more than {self._limits.entries} assets")
        return asset

    def _unusual(self, name: bytes, size: int, kind: int) -> Want:
        """Take in a member that is not under a plain GUID or, if it is, should not be there."""
        clean = _cleaned(name)
        if kind != REGULAR:
            self._odd_type(clean, kind)
            return None
        if _is_artefact(clean):
            return None
        if clean[32:33] != b"/" or not _GUID.match(clean):
            return self._extra(clean, size)
        part = clean[32:].ljust(68, b"\0")
        if part in self._parts:
            return self.member(clean[:32].lower(), part, size, kind)
        self._unexpected(clean)
        return None

    def _extra(self, name: bytes, size: int) -> Want:
        self._current = Asset(b"")
        if name == b".icon.png" and size <= self._limits.preview:
            return size, self._read_icon
        if name == b"packagemanagermanifest/asset" and size <= self._limits.manifest:
            return size, self._read_manifest
        self.has_attestation = self.has_attestation or name == _ATTESTATION
        if name not in _KNOWN:
            self._unexpected(name)
        return None

    def _again(self, asset: Asset) -> None:
        if not asset.seen & TWICE:
            asset.seen |= TWICE
            self._mark(asset, (FindingCode.DUPLICATE_GUID,))

    def _odd_type(self, name: bytes, kind: int) -> None:
        if kind in _LINKS:
            self._skipped(FindingCode.LINK, "a link inside the archive was skipped", name)
        elif kind in _DEVICES:
            self._skipped(FindingCode.DEVICE, "a device or fifo inside the archive was skipped", name)
        else:
            self._unexpected(name)

    def _unexpected(self, name: bytes) -> None:
        self._skipped(FindingCode.UNEXPECTED_MEMBER, "a file that belongs to no asset was skipped", name)

    def _skipped(self, code: FindingCode, detail: str, name: bytes) -> None:
        guid = name[:32].lower().decode() if _GUID.match(name) else None
        self._findings.add(code, detail, guid, name[:500].decode("utf-8", "replace"))

    def _read_asset(self, data: bytes, start: int, stop: int) -> None:
        asset = self._current
        if asset.seen & PATHNAME:
            self._mark(asset, fitting(scan(data, start, stop, asset.extension), asset.extension))
            return
        if self._head is not None:  # another asset still waits for its name: look now, judge when it comes
            waiting, head, first, last = self._head
            waiting.early = scan(head, first, last, None)
        self._head = (asset, data, start, stop)

    def _read_meta(self, data: bytes, start: int, stop: int) -> None:
        asset = self._current
        guid, importer, folder = read_meta(data[start:stop])
        asset.importer = importer
        if folder:
            asset.folder = True
        if guid != asset.raw:
            self._mark(asset, (FindingCode.ODD_META,))

    def _read_pathname(self, data: bytes, start: int, stop: int) -> None:
        asset = self._current
        limit = self._limits.pathname
        path = usual_path(data, start, stop) if stop - start <= limit else None
        if path is None:
            path, asset.raw_path, problems, asset.skip = read_pathname(data[start:stop], limit)
            self._mark(asset, problems)
        asset.path, asset.extension = path, extension_of(path)
        self._kept += _COST + len(path)
        if self._kept > self._limits.kept_metadata_bytes:
            raise PackageOverLimit(f"the names in the package take more than {self._limits.kept_metadata_bytes} bytes")
        found, head = asset.early, self._head
        if head is not None and head[0] is asset:
            found, self._head = scan(head[1], head[2], head[3], asset.extension), None
        if found or asset.extension in PROGRAMS:
            self._mark(asset, fitting(found, asset.extension))

    def _mark(self, asset: Asset, codes: tuple[FindingCode, ...]) -> None:
        for code in codes:
            if code not in asset.marks:
                asset.marks += (code,)
                self._findings.add(code, _WHY[code], asset.guid, asset.path)

    def _read_preview(self, data: bytes, start: int, stop: int) -> None:
        if not data.startswith(_PNG, start, stop):
            self._no_preview("the preview is not a PNG picture")
        elif self._on_picture is not None:
            self._on_picture(Picture(self._current.guid, data[start:stop]))

    def _no_preview(self, detail: str) -> None:
        asset = self._current
        asset.seen &= ~PREVIEW
        self._findings.add(FindingCode.UNUSABLE_PREVIEW, detail, asset.guid, asset.path)

    def _read_icon(self, data: bytes, start: int, stop: int) -> None:
        self.has_icon = data.startswith(_PNG, start, stop)
        self._read_preview(data, start, stop)

    def _read_manifest(self, data: bytes, start: int, stop: int) -> None:
        try:
            self.manifest = read_manifest(data[start:stop])
        except ValueError as error:
            self._findings.add(FindingCode.BAD_MANIFEST, f"packagemanagermanifest cannot be read: {error}")

    def _ignore(self, data: bytes, start: int, stop: int) -> None:
        """Do nothing: it is binary, and only its presence counts."""


def _cleaned(name: bytes) -> bytes:
    name = name.partition(b"\0")[0]
    while name.startswith(b"./"):
        name = name[2:]
    return name.rstrip(b"/")


def _is_artefact(name: bytes) -> bool:
    """Things that packers leave behind: AppleDouble files and the PAX headers of tools that write them as files."""
    folder, _, last = name.rpartition(b"/")
    return last.startswith(b"._") or b"PaxHeader" in folder.split(b"/")[0] or b"/PaxHeader" in folder
