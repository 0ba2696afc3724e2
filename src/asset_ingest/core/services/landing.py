"""Small files that are here before a word of them is written: what many of them need is done at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import anyio

from asset_ingest.core.errors import EmptyFile, Family, IngestError
from asset_ingest.core.formats.crc64nvme import as_text, crc64nvme
from asset_ingest.core.journeys import Journey, Journeys, PlannedStep
from asset_ingest.core.model.ids import StudioId
from asset_ingest.core.model.jobs import Lane
from asset_ingest.core.ports.object_store import ObjectStore
from asset_ingest.core.services.admission import Quotas
from asset_ingest.core.services.announcing import announce

SMALL: Final = 64 << 10
"""Bytes; whoever has received a whole file of that size may land it."""
MOST_TOGETHER: Final = 100
OF_ONE: Final = frozenset({Family.INPUT, Family.QUOTA})
"""What may be wrong with one upload and not with those beside it."""


@dataclass(slots=True, eq=False)
class _Landed:
    """One upload that waits to be written."""

    at: Journey
    content: bytes
    is_written: bool = False
    error: Exception | None = None


@dataclass(slots=True)
class _Line:
    """The uploads of a studio that wait while others are written."""

    waiting: list[_Landed] = field(default_factory=list)
    writing: anyio.Lock = field(default_factory=anyio.Lock)


@dataclass(frozen=True, slots=True)
class Landing:
    """Takes in small files, all together that have come while those before them were written.

    So store and database see a few calls where they would see several for each file.
    """

    journeys: Journeys
    store: ObjectStore
    first_step: PlannedStep
    quotas: Quotas
    _lines: dict[StudioId, _Line] = field(default_factory=dict)

    async def land(self, at: Journey, content: bytes, lane: Lane) -> None:
        """Store the bytes of an upload that is not written yet, and write it down with the work on it.

        On return both survive a power cut; when it raises nobody has heard of the upload, and the sweeper removes what
        may be stored of it.
        """
        if not content:
            raise EmptyFile
        self.journeys.land(at, self.first_step, lane, len(content), as_text(crc64nvme(content)))
        # Beside its siblings: a folder for each would cost as much as the file.
        at.session = replace(at.session, object_key=at.session.object_key.removesuffix("/original"))
        landed, studio_id = _Landed(at, content), at.job.studio_id
        line = self._lines.setdefault(studio_id, _Line())
        line.waiting.append(landed)
        try:
            async with line.writing:
                if not landed.is_written:
                    together, line.waiting = line.waiting[:MOST_TOGETHER], line.waiting[MOST_TOGETHER:]
                    with anyio.CancelScope(shield=True):  # the others have not gone away
                        await self._write_together(together)
        finally:
            if landed in line.waiting:
                line.waiting.remove(landed)
            if not line.waiting and not line.writing.statistics().tasks_waiting:
                self._lines.pop(studio_id, None)
        if landed.error:
            raise landed.error

    async def _write_together(self, together: Sequence[_Landed]) -> None:
        """Store and write all at once, or each by itself where that fails for one of them."""
        try:
            await self.store.put_all({landed.at.session.object_key: landed.content for landed in together})
            await announce(self.journeys, self.quotas, *(landed.at for landed in together))
        except Exception as error:  # noqa: BLE001  each of them raises it where it waits
            if isinstance(error, IngestError) and error.family in OF_ONE and len(together) > 1:
                for landed in together:
                    await self._write_together([landed])
                return
            for landed in together:
                landed.error = error
        for landed in together:
            landed.is_written = True
