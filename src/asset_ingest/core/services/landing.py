"""Small files, here before a word of them is written: what many of them need is written at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import anyio

from asset_ingest.core.errors import DatabaseUnavailable, EmptyFile, IngestError
from asset_ingest.core.journeys import Journey, Journeys, PlannedStep
from asset_ingest.core.model.ids import StudioId
from asset_ingest.core.model.jobs import Lane
from asset_ingest.core.ports.object_store import ObjectStore
from asset_ingest.core.services.announcing import announce

SMALL: Final = 64 << 10
"""Bytes; whoever has received a whole file of that size may land it."""
MOST_TOGETHER: Final = 100


@dataclass(slots=True, eq=False)
class _Landed:
    """One upload that waits to be written down."""

    at: Journey
    is_written: bool = False
    error: Exception | None = None


@dataclass(slots=True)
class _Line:
    """The uploads of a studio that wait while others are written."""

    waiting: list[_Landed] = field(default_factory=list)
    writing: anyio.Lock = field(default_factory=anyio.Lock)


@dataclass(frozen=True, slots=True)
class Landing:
    """Stores small files; one transaction writes down all that were stored while the one before it ran.

    So the database sees a few commits where it would see several for each file.
    """

    journeys: Journeys
    store: ObjectStore
    first_step: PlannedStep
    _lines: dict[StudioId, _Line] = field(default_factory=dict)

    async def land(self, at: Journey, content: bytes, lane: Lane) -> None:
        """Store the bytes of an upload that is not written yet, and write it down with the work on it.

        On return both survive a power cut; when it raises nobody has heard of the upload, and the sweeper removes what
        may be stored of it.
        """
        if not content:
            raise EmptyFile
        await self.store.put(at.session.object_key, _once(content))
        self.journeys.land(at, self.first_step, lane, len(content))
        await self._write(_Landed(at))

    async def _write(self, landed: _Landed) -> None:
        """Write it down with all that wait; who comes first writes for those behind."""
        studio_id = landed.at.job.studio_id
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
        """Write all in one transaction, or each by itself where one of them cannot be written."""
        try:
            await announce(self.journeys, *(landed.at for landed in together))
        except Exception as error:  # noqa: BLE001  each of them raises it where it waits
            is_of_one = isinstance(error, IngestError) and not isinstance(error, DatabaseUnavailable)
            if is_of_one and len(together) > 1:
                for landed in together:
                    await self._write_together([landed])
                return
            for landed in together:
                landed.error = error
        for landed in together:
            landed.is_written = True


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
