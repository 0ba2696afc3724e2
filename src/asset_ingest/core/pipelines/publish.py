"""The last step of every pipeline: the asset enters the catalogue and, where one is wired, the CMS."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import ClassVar

from asset_ingest.core.model.assets import Publication, PublicationStatus, RenditionRole
from asset_ingest.core.model.jobs import Phase
from asset_ingest.core.pipelines.step import Step, StepContext, StepResult
from asset_ingest.core.ports.clock import Clock
from asset_ingest.core.ports.cms import CMS, AssetEntry, PublisherEntry
from asset_ingest.core.ports.media import Picture
from asset_ingest.core.ports.object_store import ObjectStore


@dataclass(frozen=True, slots=True)
class Publish(Step):
    """Publishes outside first, so an asset in the catalogue is also where the studio expects it."""

    name: ClassVar[str] = "publish"
    phase: ClassVar[Phase] = Phase.PUBLISHING
    queue: ClassVar[str] = "publish"
    store: ObjectStore
    clock: Clock
    cms: CMS | None

    async def __call__(self, step: StepContext) -> StepResult:
        if self.cms is None:
            return StepResult(ready=True)
        entry = await self._entry(step)
        await step.renew()
        external_id = await self.cms.publish(entry)
        publication = Publication(
            asset_id=step.subject.asset.id,
            studio_id=step.job.studio_id,
            target=self.cms.target,
            status=PublicationStatus.PUBLISHED,
            updated_at=self.clock.now(),
            external_id=external_id,
            sent_hash=_fingerprint(entry),
        )
        return StepResult(ready=True, publication=publication)

    async def _entry(self, step: StepContext) -> AssetEntry:
        asset, publisher = step.subject.asset, step.subject.publisher
        return AssetEntry(
            key=str(asset.id),
            name=asset.name,
            kind=asset.kind,
            metadata=asset.metadata,
            publisher=PublisherEntry(str(publisher.id), publisher.name, publisher.url) if publisher else None,
            thumbnail=await self._thumbnail(step),
        )

    async def _thumbnail(self, step: StepContext) -> Picture | None:
        made = step.subject.rendition(RenditionRole.THUMBNAIL)
        if made is None:
            return None
        content = b"".join([chunk async for chunk in self.store.read(made.object_key)])
        return Picture(content, made.content_type, made.width or 0, made.height or 0)


def _fingerprint(entry: AssetEntry) -> str:
    told = asdict(replace(entry, thumbnail=None))
    picture = entry.thumbnail.content if entry.thumbnail else b""
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode() + picture).hexdigest()
