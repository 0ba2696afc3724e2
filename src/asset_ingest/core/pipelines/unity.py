"""A Unity package: unpack it into facts and picture it. Nothing is ever written by `pathname`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import ClassVar

from anyio import to_thread

from asset_ingest.core.errors import DecoderFailed
from asset_ingest.core.formats.unitypackage import UnityPackage, UnityPackageReader
from asset_ingest.core.model.assets import PackageEntry, Rendition, RenditionRole
from asset_ingest.core.model.jobs import Phase
from asset_ingest.core.pipelines.pictures import keep_picture
from asset_ingest.core.pipelines.previews import PreviewPack
from asset_ingest.core.pipelines.step import Step, StepContext, StepResult
from asset_ingest.core.pipelines.store_page import AskStorePage
from asset_ingest.core.pipelines.unity_facts import package_facts
from asset_ingest.core.ports.media import Images, Picture
from asset_ingest.core.ports.object_store import ObjectStore

ENTRIES_AT_ONCE = 2_000
PICTURED = 24
"""Tiles of a contact sheet at most."""
COLUMNS = 6
TILE = 128
"""Pixels: what Unity itself makes previews of."""
THUMBNAIL = 256


@dataclass(frozen=True, slots=True)
class Unpack(Step):
    """Lists the package's entries and keeps their previews, all in one object.

    Reads the package a second time: what a step learns travels through the records alone, so each can be repeated.
    """

    name: ClassVar[str] = "unity.unpack"
    phase: ClassVar[Phase] = Phase.PROCESSING
    queue: ClassVar[str] = "ingest"
    store: ObjectStore

    async def __call__(self, step: StepContext) -> StepResult:
        with PreviewPack() as pack:
            package = await self._read(step, pack)
            renditions = await self._keep_previews(step, pack)
        await self._keep_entries(step, pack, package)
        facts = await to_thread.run_sync(package_facts, package)
        pictures = await to_thread.run_sync(pack.choose, package, PICTURED)
        return StepResult(facts={**facts, "pictures": pictures}, renditions=renditions)

    async def _keep_entries(self, step: StepContext, pack: PreviewPack, package: UnityPackage) -> None:
        """Write the entries in batches; an attempt that is cut off is taken up where it stopped."""
        kept = step.run.checkpoint.get("entries")
        for start in range(kept if isinstance(kept, int) else 0, len(package.entries), ENTRIES_AT_ONCE):
            end = min(start + ENTRIES_AT_ONCE, len(package.entries))
            async with step.transaction() as tx:
                await tx.derived.put_entries([self._entry(step, pack, number, package) for number in range(start, end)])
            if end < len(package.entries):
                await step.remember({"entries": end})

    async def _read(self, step: StepContext, pack: PreviewPack) -> UnityPackage:
        blob = step.subject.blob
        reader = UnityPackageReader(on_picture=pack.add)
        seen = 0
        async with aclosing(self.store.read(blob.object_key)) as chunks:
            async for chunk in chunks:
                await to_thread.run_sync(reader.feed, chunk)
                seen += len(chunk)
                step.report(0.9 * seen / max(blob.size, 1))
        return await to_thread.run_sync(reader.close)

    async def _keep_previews(self, step: StepContext, pack: PreviewPack) -> Sequence[Rendition]:
        if not pack.size:
            return ()
        await step.renew()
        stored = await self.store.put(step.attempt_key("previews"), pack.chunks())
        version = step.subject.version
        return (
            Rendition(
                version_id=version.id,
                studio_id=version.studio_id,
                role=RenditionRole.ENTRY_PREVIEWS,
                recipe=f"{self.name}/1",
                object_key=stored.key,
                content_type="application/octet-stream",
                size=stored.size,
            ),
        )

    def _entry(self, step: StepContext, pack: PreviewPack, number: int, package: UnityPackage) -> PackageEntry:
        entry = package.entries[number]
        place = pack.places.get(entry.guid)
        return PackageEntry(
            version_id=step.subject.version.id,
            studio_id=step.job.studio_id,
            number=number,
            guid=entry.guid,
            path=entry.path,
            kind=str(entry.kind),
            size=entry.size,
            preview_offset=place[0] if place else None,
            preview_length=place[1] if place else None,
        )


@dataclass(frozen=True, slots=True)
class PictureContents(Step):
    """Makes a sheet of the previews and, unless the store page gave one, the thumbnail: icon or best preview."""

    name: ClassVar[str] = "unity.contact_sheet"
    phase: ClassVar[Phase] = Phase.PROCESSING
    queue: ClassVar[str] = "media"
    store: ObjectStore
    images: Images

    def skips(self, step: StepContext) -> str | None:
        if not step.found(Unpack.name).get("pictures"):
            return "the package holds no pictures"
        return None

    async def __call__(self, step: StepContext) -> StepResult:
        pictures = await self._pictures(step)
        thumbnail = await self._thumbnail(step, pictures)
        if thumbnail is None:
            return StepResult(skipped="none of the package's pictures can be decoded")
        step.report(0.5)
        await step.renew()
        sheet = await self.images.contact_sheet(pictures, COLUMNS, TILE)
        made = [(RenditionRole.CONTACT_SHEET, sheet)]
        if not step.found(AskStorePage.name).get("pictured"):
            made.append((RenditionRole.THUMBNAIL, thumbnail))
        return StepResult(renditions=[await keep_picture(self.store, step, role, picture) for role, picture in made])

    async def _thumbnail(self, step: StepContext, pictures: Sequence[bytes]) -> Picture | None:
        """Take the first picture that can be decoded: a package is not broken because its icon is."""
        for picture in pictures:
            await step.renew()
            try:
                return await self.images.thumbnail(picture, THUMBNAIL)
            except DecoderFailed:
                continue
        return None

    async def _pictures(self, step: StepContext) -> list[bytes]:
        pack = step.subject.rendition(RenditionRole.ENTRY_PREVIEWS)
        if pack is None:
            raise LookupError("pictures without their pack")
        places: Sequence[tuple[int, int]] = step.found(Unpack.name)["pictures"]
        return [
            b"".join([chunk async for chunk in self.store.read(pack.object_key, offset, offset + length)])
            for offset, length in places
        ]
