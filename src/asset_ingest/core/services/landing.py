"""Small files that are here before a word of them is written: what many of them need is done at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from asset_ingest.core.errors import EmptyFile, IngestError
from asset_ingest.core.formats.crc64nvme import as_text, crc64nvme
from asset_ingest.core.journeys import Journey, Journeys, PlannedStep
from asset_ingest.core.model.ids import StudioId
from asset_ingest.core.model.jobs import Lane
from asset_ingest.core.ports.object_store import ObjectStore
from asset_ingest.core.services.admission import Quotas
from asset_ingest.core.services.announcing import announce
from asset_ingest.core.services.together import Together, is_of_one

SMALL: Final = 64 << 10
"""Bytes; whoever has received a whole file of that size may land it."""


@dataclass(slots=True)
class Landing:
    """Takes in small files: those of the same moment are stored together, and then written down together.

    So store and database see a few calls where they would see several for each file.
    """

    journeys: Journeys
    store: ObjectStore
    first_step: PlannedStep
    quotas: Quotas
    _storing: Together[tuple[str, bytes]] = field(init=False)
    _writing: dict[StudioId, Together[Journey]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._storing = Together(self._store)

    def begin(self, at: Journey, content: bytes, lane: Lane) -> None:
        """Bring an upload that is not written yet to where it is to `land`; raises EmptyFile."""
        if not content:
            raise EmptyFile
        # Beside its siblings: a folder for each would cost as much as the file.
        key = at.session.object_key.removesuffix("/original")
        self.journeys.land(at, self.first_step, lane, len(content), as_text(crc64nvme(content)), object_key=key)

    async def land(self, *files: tuple[Journey, bytes]) -> list[Exception | None]:
        """Store the bytes of uploads of one studio that have begun, and write them down with the work on them.

        Return for each None: it survives a power cut; or why not: nobody has heard of that upload, and the sweeper
        removes what may be stored of it.
        """
        refused = await self._storing.do(*((at.session.object_key, content) for at, content in files))
        stored = [at for (at, _), error in zip(files, refused, strict=True) if error is None]
        unwritten = iter(await self._write_down(stored) if stored else ())
        return [next(unwritten) if error is None else error for error in refused]

    async def _store(self, objects: Sequence[tuple[str, bytes]]) -> None:
        await self.store.put_all(dict(objects))

    async def _free(self, at: Journey) -> None:
        """Remove what was stored before it was refused: a studio without room fills no disk."""
        try:
            await self.store.delete(at.session.object_key)
        except IngestError as error:  # the sweeper removes it
            self.journeys.observer.failed("landing.free", error, correlation_id=at.correlation_id)

    async def _write_down(self, stored: Sequence[Journey]) -> list[Exception | None]:
        studio_id = stored[0].job.studio_id
        writing = self._writing.setdefault(studio_id, Together(partial(_announced, self.journeys, self.quotas)))
        try:
            refused = await writing.do(*stored)
        finally:
            if writing.is_idle:
                self._writing.pop(studio_id, None)
        for at, error in zip(stored, refused, strict=True):
            if error is not None and is_of_one(error):
                await self._free(at)
        return refused


async def _announced(journeys: Journeys, quotas: Quotas, landed: Sequence[Journey]) -> None:
    await announce(journeys, quotas, *landed)
