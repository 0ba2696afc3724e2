"""The first step of every pipeline: read the bytes, learn what they are, give birth to the version."""

from __future__ import annotations

import hashlib
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import ClassVar

from anyio import to_thread

from asset_ingest.core.errors import ContentMismatch, FileRefused, NotWhatItsNameSays, StoredBytesChanged
from asset_ingest.core.formats.crc64nvme import as_text, crc64nvme
from asset_ingest.core.formats.film import FilmReader
from asset_ingest.core.formats.signatures import FileKind, Sniffed
from asset_ingest.core.formats.sniff import claimed_kind, sniff
from asset_ingest.core.formats.unitypackage import UnityPackageReader
from asset_ingest.core.model.assets import AssetKind
from asset_ingest.core.model.checks import By, Check
from asset_ingest.core.model.jobs import Phase
from asset_ingest.core.model.uploads import UploadSession
from asset_ingest.core.pipelines.film_facts import described_film
from asset_ingest.core.pipelines.step import AssetChange, Birth, Step, StepContext, StepResult
from asset_ingest.core.pipelines.unity_facts import described_package
from asset_ingest.core.ports.object_store import ObjectStore

SNIFFED = 64 * 1024
"""Bytes from the start that decide the kind."""


@dataclass(frozen=True, slots=True)
class Digest(Step):
    """Reads the object once, hashing, sniffing and looking into it all together; only a file it refuses, twice.

    Nothing is born of bytes that break their promise, nor of a package that cannot be read to its end.
    """

    name: ClassVar[str] = "digest"
    phase: ClassVar[Phase] = Phase.PROCESSING
    queue: ClassVar[str] = "ingest"
    store: ObjectStore

    async def __call__(self, step: StepContext) -> StepResult:
        session = step.session
        try:
            birth = await self._read(step)
        except FileRefused:  # a file is not to blame for what the store has done to it
            refuse_changed(session, await self._summed_up(session))
            raise
        refuse_changed(session, birth.crc64nvme)
        return StepResult(birth=replace(birth, checks=kept_promises(session, birth)))

    async def _read(self, step: StepContext) -> Birth:
        session, reading = step.session, Reading(step.session.filename)
        async with aclosing(self.store.read(session.object_key)) as chunks:
            async for chunk in chunks:
                await to_thread.run_sync(reading.feed, chunk)
                step.report(reading.size / max(session.size or 0, 1))
        return await to_thread.run_sync(reading.close)

    async def _summed_up(self, session: UploadSession) -> str:
        """Read the object again for its checksum alone."""
        crc = 0
        async with aclosing(self.store.read(session.object_key)) as chunks:
            async for chunk in chunks:
                crc = await to_thread.run_sync(crc64nvme, chunk, crc)
        return as_text(crc)


def refuse_changed(session: UploadSession, read_back: str) -> None:
    """Raise StoredBytesChanged if the store gives back other bytes than those that came in, as far as that is known."""
    if session.crc64nvme not in {None, read_back}:
        raise StoredBytesChanged


def kept_promises(session: UploadSession, birth: Birth) -> dict[Check, By]:
    """Return what reading the object has proven, or raise ContentMismatch for what the client had promised."""
    checks: dict[Check, By] = {}
    if session.crc64nvme is not None:
        checks[Check.READ_BACK] = By.WORKER
    if session.promised_crc64nvme is not None and Check.PROMISED_CRC not in session.verified:
        if session.promised_crc64nvme != birth.crc64nvme:
            raise ContentMismatch("CRC64NVME")
        checks[Check.PROMISED_CRC] = By.WORKER
    if session.promised_sha256 is not None:
        if session.promised_sha256 != birth.sha256:
            raise ContentMismatch
        checks[Check.PROMISED_SHA256] = By.WORKER
    return checks


@dataclass(slots=True)
class Reading:
    """Learns what bytes are while they pass. Blocking: run it in a thread."""

    filename: str
    size: int = 0
    _crc: int = 0
    _hash: hashlib._Hash = field(default_factory=hashlib.sha256)
    _head: bytearray = field(default_factory=bytearray)
    _sniffed: Sniffed | None = None
    _package: UnityPackageReader | None = None
    _film: FilmReader | None = None

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes; raises FileRefused as soon as they cannot be what they must be."""
        self.size += len(chunk)
        self._hash.update(chunk)
        self._crc = crc64nvme(chunk, self._crc)
        if self._sniffed is None:
            self._head += chunk
            if len(self._head) >= SNIFFED:
                self._decide()
        else:
            self._look_into(chunk)

    def close(self) -> Birth:
        """Tell what the bytes were."""
        sniffed = self._sniffed or self._decide()
        return self._born(sniffed, self._described())

    def _decide(self) -> Sniffed:
        sniffed = sniff(bytes(self._head[:SNIFFED]), self.filename)
        if claimed_kind(self.filename) is FileKind.UNITY_PACKAGE and sniffed.kind is not FileKind.UNITY_PACKAGE:
            raise NotWhatItsNameSays("a Unity package", str(sniffed.kind).replace("_", " "))
        if sniffed.kind is FileKind.UNITY_PACKAGE:
            self._package = UnityPackageReader()
        elif sniffed.kind is FileKind.VIDEO:
            self._film = FilmReader(sniffed.content_type)
        self._look_into(bytes(self._head))
        self._head.clear()
        self._sniffed = sniffed
        return sniffed

    def _look_into(self, chunk: bytes) -> None:
        if self._package:
            self._package.feed(chunk)
        elif self._film:
            self._film.feed(chunk)

    def _described(self) -> AssetChange:
        """Return what the file says of itself."""
        if self._package:
            return described_package(self._package.close())
        return described_film(self._film.close()) if self._film else AssetChange()

    def _born(self, sniffed: Sniffed, described: AssetChange) -> Birth:
        kind = AssetKind.OTHER if sniffed.kind is FileKind.UNKNOWN else AssetKind(sniffed.kind)
        return Birth(
            sha256=self._hash.hexdigest(),
            crc64nvme=as_text(self._crc),
            size=self.size,
            name=described.name or PurePosixPath(self.filename).stem,
            kind=kind,
            content_type=sniffed.content_type,
            metadata=described.metadata,
            provenance=described.provenance,
            publisher=described.publisher,
        )
