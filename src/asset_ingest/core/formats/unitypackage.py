"""Reads a Unity package as it streams by: bytes in, facts out; nothing is written and no asset is kept.

    reader = UnityPackageReader(on_picture=collect)
    for chunk in chunks:
        reader.feed(chunk)
    package = reader.close()

Like h11 it knows no socket, file or thread. A reader that raised is spent. What makes a package unfit raises one of the
`Package...` errors; whatever else is odd becomes a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from asset_ingest.core.errors import PackageOverLimit, PackageUnreadable
from asset_ingest.core.formats.deflate import FASTEST, Codec
from asset_ingest.core.formats.gzip_header import MAGIC
from asset_ingest.core.formats.gzip_members import GzipMembers
from asset_ingest.core.formats.package_limits import PackageLimits
from asset_ingest.core.formats.store_record import BadRecord, StoreRecord, record_in
from asset_ingest.core.formats.tar_walk import TarWalk
from asset_ingest.core.formats.unity_contents import PackageContents, Picture
from asset_ingest.core.formats.unity_entries import Asset, UnityEntry, entries_of
from asset_ingest.core.formats.unity_findings import Finding, FindingCode, FindingLog

__all__ = [
    "Finding",
    "FindingCode",
    "PackageLimits",
    "Picture",
    "StoreRecord",
    "UnityEntry",
    "UnityPackage",
    "UnityPackageReader",
]


@dataclass(frozen=True, slots=True)
class UnityPackage:
    """Everything worth knowing of a package that was read to its end."""

    store_record: StoreRecord | None
    entries: tuple[UnityEntry, ...]  # in the order of their first appearance
    skipped: int  # assets without a usable name: a finding tells of each
    findings: tuple[Finding, ...]  # the first ones
    finding_counts: Mapping[FindingCode, int]  # all of them
    manifest: Mapping[str, str] | None  # packages of a registry that it needs
    compressed: int
    inflated: int
    members: int  # of the gzip file; 0 for a bare tar
    has_icon: bool
    has_attestation: bool  # a signature is there; it is not verified


class UnityPackageReader:
    """Push bytes with `feed`, then take the package from `close`."""

    def __init__(
        self,
        limits: PackageLimits = PackageLimits(),  # noqa: B008  frozen
        on_picture: Callable[[Picture], None] | None = None,
        *,
        codec: Codec = FASTEST,
    ) -> None:
        """`on_picture` is called with each preview as it streams by, and with the icon; it is not kept here."""
        self._limits = limits
        self._codec = codec
        self._findings = FindingLog(limits.findings)
        self._contents = PackageContents(limits, self._findings, on_picture)
        self._start = b""  # until it is long enough to tell gzip from tar
        self._gzip: GzipMembers | None = None
        self._tar: TarWalk | None = None
        self._size = 0

    def feed(self, data: bytes) -> None:
        """Read on. Raises PackageUnreadable, PackageCorrupt, PackageBomb or PackageOverLimit."""
        self._size += len(data)
        if self._tar is None:
            data, self._start = self._start + data, b""
            if len(data) < len(MAGIC):
                self._start = data
                return
            self._tar = self._open(data)
        self._read(data, self._tar)

    def close(self) -> UnityPackage:
        """Say that all bytes have come, and get the package. Raises as `feed` does, and PackageTruncated."""
        if self._tar is None:
            raise PackageUnreadable("this is not a Unity package: it has hardly any content")
        if self._gzip is not None:
            self._gzip.close()
        self._tar.close()
        assets = self._contents.take_assets()
        if not assets:
            raise PackageUnreadable("this is not a Unity package: no asset is inside")
        return self._package(self._tar, assets)

    def _open(self, data: bytes) -> TarWalk:
        is_gzip = data.startswith(MAGIC)
        self._gzip = GzipMembers(self._limits, self._codec) if is_gzip else None
        return TarWalk(self._contents, self._limits, covered=is_gzip)

    def _read(self, data: bytes, tar: TarWalk) -> None:
        if self._gzip is not None:
            for piece in self._gzip.feed(data):
                tar.feed(piece)
            return
        if self._size > self._limits.inflated:
            raise PackageOverLimit(f"the archive is larger than the {self._limits.inflated} bytes allowed")
        tar.feed(data)

    def _package(self, tar: TarWalk, assets: list[Asset]) -> UnityPackage:
        record = self._record()
        entries = tuple(entries_of(assets, self._findings))
        self._note_ending(tar)
        return UnityPackage(
            store_record=record,
            entries=entries,
            skipped=len(assets) - len(entries),
            findings=self._findings.kept,
            finding_counts=dict(self._findings.counts),
            manifest=self._contents.manifest,
            compressed=self._size,
            inflated=self._gzip.inflated if self._gzip else self._size,
            members=self._gzip.members if self._gzip else 0,
            has_icon=self._contents.has_icon,
            has_attestation=self._contents.has_attestation,
        )

    def _record(self) -> StoreRecord | None:
        try:
            return record_in(self._gzip.extra if self._gzip else None)
        except BadRecord as error:
            self._findings.add(FindingCode.BAD_HEADER_RECORD, str(error))
            return None

    def _note_ending(self, tar: TarWalk) -> None:
        after = self._gzip.trailing if self._gzip else 0
        if after:
            self._findings.add(FindingCode.TRAILING_DATA, f"{after} bytes follow the compressed data")
        if tar.trailing:
            self._findings.add(FindingCode.TRAILING_DATA, "something follows the end mark of the archive")
        if not tar.ended:
            self._findings.add(FindingCode.NO_END_MARK, "the archive has no end mark; its checksum says it is whole")
