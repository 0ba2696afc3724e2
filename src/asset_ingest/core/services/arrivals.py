"""Uploads that went straight to the store and of whose end nobody told us: hinted at by the store, or looked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import anyio

from asset_ingest.core.errors import DatabaseUnavailable, Family, IngestError, NotFound, StoreUnavailable
from asset_ingest.core.model.ids import StudioId, UploadId
from asset_ingest.core.ports.system_records import WorkRecords
from asset_ingest.core.ports.telemetry import Observer
from asset_ingest.core.services.transfers import Transfers
from asset_ingest.core.services.transfers.arrived import owner_of

HINTS_IN_LINE: Final = 1_000
LOOKS_AT_ONCE: Final = 4
LOOKS_PER_ROUND: Final = 20
"""One after the other, so that a provider that counts requests has little to count."""
QUIET: Final = timedelta(minutes=1)
"""How long a sender is left to finish its upload itself."""


@dataclass(slots=True)
class Arrivals:
    """Looks at the store, and finishes what is there as its sender would have. `run` follows the hints.

    A hint is never believed and may be lost: it says where to look first. `once` finds what nobody hinted at.
    """

    transfers: Transfers
    work: WorkRecords
    observer: Observer
    _waiting: dict[tuple[StudioId, UploadId], None] = field(default_factory=dict, init=False)
    _came: anyio.Event = field(default_factory=anyio.Event, init=False)

    def hint(self, keys: Iterable[str]) -> None:
        """Note that these objects may be there. Returns at once, and says nothing of what it knows."""
        for whose in filter(None, map(owner_of, keys)):
            if len(self._waiting) < HINTS_IN_LINE:  # the rest is found without a hint
                self._waiting[whose] = None
        self._came.set()

    async def run(self) -> None:
        """Follow hints until cancelled."""
        while True:
            await self._came.wait()
            self._came = anyio.Event()
            await self.follow()

    async def follow(self) -> None:
        """Look at all that was hinted at."""
        async with anyio.create_task_group() as group:
            for _ in range(min(LOOKS_AT_ONCE, len(self._waiting))):
                group.start_soon(self._follow_some)

    async def _follow_some(self) -> None:
        while self._waiting:
            whose = next(iter(self._waiting))
            del self._waiting[whose]
            try:
                await self._look(*whose)
            except Exception as error:  # noqa: BLE001  one hint ends no other, and it is looked for without one too
                self.observer.failed("arrivals.hint", error, upload_id=str(whose[1]))

    async def once(self) -> None:
        """Look for some of the uploads that are due; raises StoreUnavailable, and leaves the rest for later."""
        for studio_id, upload_id in await self.work.look_for(QUIET, LOOKS_PER_ROUND):
            await self._look(studio_id, upload_id)

    async def _look(self, studio_id: StudioId, upload_id: UploadId) -> None:
        try:
            await self.transfers.look(studio_id, upload_id, QUIET)
        except NotFound:
            pass  # whoever sent the hint learns nothing of it
        except (StoreUnavailable, DatabaseUnavailable):
            raise  # the next one would fare no better
        except IngestError as error:
            if error.family is not Family.INPUT:  # what has not arrived, or not as promised, is its sender's to mend
                self.observer.failed("arrivals.look", error, upload_id=str(upload_id))
