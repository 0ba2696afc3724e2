"""Keeping a picture that a step made."""

from __future__ import annotations

from collections.abc import AsyncIterator

from asset_ingest.core.model.assets import Rendition, RenditionRole
from asset_ingest.core.pipelines.step import StepContext
from asset_ingest.core.ports.media import Picture
from asset_ingest.core.ports.object_store import ObjectStore


async def keep_picture(store: ObjectStore, step: StepContext, role: RenditionRole, picture: Picture) -> Rendition:
    """Store the picture under the attempt's key and return the rendition that adopts it."""

    async def content() -> AsyncIterator[bytes]:
        yield picture.content

    await step.renew()
    stored = await store.put(step.attempt_key(role), content())
    return Rendition(
        version_id=step.subject.version.id,
        studio_id=step.job.studio_id,
        role=role,
        recipe=f"{step.run.name}/1",
        object_key=stored.key,
        content_type=picture.content_type,
        size=stored.size,
        width=picture.width,
        height=picture.height,
    )
