"""An append to a disk: what is gathered, written, synced and told of at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import TypeVar, TypeVarTuple

from asset_ingest.adapters.object_store.disk_errors import translated_for
from asset_ingest.adapters.object_store.intake import Intake
from asset_ingest.adapters.object_store.segment import Segment
from asset_ingest.adapters.object_store.threads import begun, ended
from asset_ingest.core.errors import IngestError
from asset_ingest.core.ports.object_store import Collected

Made = TypeVar("Made")
Arguments = TypeVarTuple("Arguments")


class Appending:
    """Carries bytes from an intake into a segment. Of its threads one writes at a time, and one syncs."""

    def __init__(self, key: str, intake: Intake, segment: Segment) -> None:
        self._key = key
        self._intake = intake
        self._segment = segment
        self._writing = self._thread(segment.open)
        self._syncing: asyncio.Future[Collected] | None = None
        self._failed: IngestError | None = None
        self._is_lost = False

    async def told(self) -> AsyncGenerator[Collected, None]:
        """Yield what has become durable; at last raise what ended the chunks, else what kept us from storing them."""
        while not self._failed and (batch := await self._intake.batch()) is not None:
            if batch and await self._written():
                self._writing = self._thread(self._segment.write, batch)
            if self._syncing and self._syncing.done() and (collected := await self._synced(self._syncing)):
                yield collected
            if not self._syncing and self._segment.wants_sync():
                self._syncing = self._thread(self._segment.sync)
        await self._written()
        while not self._is_lost and (self._syncing or self._segment.has_news()):
            self._syncing = self._syncing or self._thread(self._segment.sync)
            if collected := await self._synced(self._syncing):
                yield collected
        self._intake.check()
        if self._failed:
            raise self._failed

    async def end(self) -> None:
        """Leave nothing running and nothing open."""
        await self._intake.stop()
        await ended(self._writing)
        if self._syncing:
            await ended(self._syncing)
        await ended(begun(self._segment.close))

    async def _written(self) -> bool:
        """Wait for the write under way; when it fails, what came before is still to be told of."""
        try:
            await self._intake.over(self._writing)
        except IngestError as error:
            self._failed = error
        return self._failed is None

    async def _synced(self, syncing: asyncio.Future[Collected]) -> Collected | None:
        """Wait for the sync under way; after one that failed the disk may say of lost bytes that they are there."""
        try:
            return await self._intake.over(syncing)
        except IngestError as error:
            self._failed, self._is_lost = error, True
            return None
        finally:
            self._syncing = None

    def _thread(self, call: Callable[[*Arguments], Made], *arguments: *Arguments) -> asyncio.Future[Made]:
        return begun(translated_for, self._key, call, *arguments)
