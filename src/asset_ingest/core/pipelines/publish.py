"""The last step of every pipeline: the asset enters the catalogue and, where one is wired, the CMS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from asset_ingest.core.journeys import cms_entry, published
from asset_ingest.core.model.assets import RenditionRole
from asset_ingest.core.model.jobs import Phase
from asset_ingest.core.pipelines.step import Step, StepContext, StepResult
from asset_ingest.core.ports.clock import Clock
from asset_ingest.core.ports.cms import CMS
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
        subject = step.subject
        # What is not the current version is not what the studio shows.
        if self.cms is None or subject.version.number != subject.asset.current_version or subject.asset.is_trashed:
            return StepResult(ready=True)
        thumbnail = subject.rendition(RenditionRole.THUMBNAIL)
        entry = await cms_entry(self.store, subject.asset, subject.publisher, thumbnail)
        await step.renew()
        external_id = await self.cms.publish(entry)
        publication = published(subject.asset, self.cms.target, external_id, entry, self.clock.now())
        return StepResult(ready=True, publication=publication)
