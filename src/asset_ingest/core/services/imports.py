"""Files that we fetch ourselves: written down at once, then fetched beside everything else this process does."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import anyio
from anyio.abc import TaskGroup

from asset_ingest.core.errors import ImportsOff, InvalidFilename, NotPossibleNow
from asset_ingest.core.journeys import Journey
from asset_ingest.core.model.access import Action, Principal, require
from asset_ingest.core.model.ids import GroupId, JobId, UploadId
from asset_ingest.core.model.jobs import Lane
from asset_ingest.core.model.uploads import clean_filename
from asset_ingest.core.ports.remote import RemoteFile, RemoteFiles
from asset_ingest.core.services.uploads import Arrival, IncomingFile, Uploads

NAMELESS = "download"


@dataclass(frozen=True, slots=True)
class NewImport:
    """What a client says of a file at `url`; a `filename` goes before what the file's server calls it."""

    url: str
    filename: str | None = None
    sha256: str | None = None
    group_id: GroupId | None = None
    lane: Lane = Lane.INTERACTIVE


@dataclass(frozen=True, slots=True)
class ImportView:
    """An import that goes on by itself; its job says how it stands."""

    job_id: JobId
    upload_id: UploadId


@dataclass(frozen=True, slots=True)
class ImportLimits:
    """How many are fetched at once by one process, and how many may wait for their turn."""

    at_once: int = 4
    in_line: int = 200


@dataclass(frozen=True, slots=True)
class _Crew:
    """Fetches while the program runs."""

    group: TaskGroup
    places: anyio.Semaphore


@dataclass(slots=True)
class Imports:
    """Fetches files from web addresses, if an operator allowed it (`remote`). `run` does the fetching.

    An import lives in the process that began it. When that stops, the job ends in UploadInterrupted; nothing is kept.
    """

    uploads: Uploads
    remote: RemoteFiles | None
    limits: ImportLimits = ImportLimits()
    _crew: _Crew | None = field(default=None, init=False)

    async def run(self) -> None:
        """Fetch what is begun, until cancelled."""
        async with anyio.create_task_group() as group:
            self._crew = _Crew(group, anyio.Semaphore(self.limits.at_once))
            try:
                await anyio.sleep_forever()
            finally:
                self._crew = None

    async def begin(self, who: Principal, new: NewImport) -> ImportView:
        """Write the import down and fetch it from now on.

        Raises ImportsOff, AddressRefused for an address that is known to be refused before anybody is asked, and
        NotPossibleNow when there is no more room. Whatever goes wrong later, the job says.
        """
        require(who, Action.UPLOAD)
        if self.remote is None:
            raise ImportsOff
        self.remote.check(new.url)
        crew = self._with_room()
        filename = new.filename or _named_in(new.url)
        at = await self.uploads.announce(
            who, IncomingFile(filename, sha256=new.sha256, lane=new.lane, group_id=new.group_id)
        )
        if self._crew is crew:  # else we are stopping, and the sweeper ends what was never begun
            crew.group.start_soon(self._fetched, crew, self.remote, at, new)
        return ImportView(at.job.id, at.session.id)

    def _with_room(self) -> _Crew:
        if self._crew is None:
            raise NotPossibleNow("this server is starting or stopping")
        if self._crew.places.statistics().tasks_waiting >= self.limits.in_line:
            raise NotPossibleNow(f"{self.limits.in_line} imports wait for their turn already")
        return self._crew

    async def _fetched(self, crew: _Crew, remote: RemoteFiles, at: Journey, new: NewImport) -> None:
        arrival = Arrival(None, self.uploads.limits.largest)
        try:
            async with aclosing(self._bytes(crew, remote, at, new, arrival)) as chunks:
                await self.uploads.take(at, arrival, chunks, new.lane)
        except Exception as error:  # noqa: BLE001  its job says why, and one import ends no other
            self.uploads.journeys.observer.failed("import", error, correlation_id=at.job.correlation_id)

    async def _bytes(
        self, crew: _Crew, remote: RemoteFiles, at: Journey, new: NewImport, arrival: Arrival
    ) -> AsyncGenerator[bytes, None]:
        """Wait for a place, with the job alive and on the screen meanwhile; then ask, and pass on what comes."""
        async with crew.places, remote.open(new.url) as file:
            arrival.promised = file.size
            filename = at.job.original_filename if new.filename else _named_by(file, at.job.original_filename)
            await self.uploads.learn(at, filename, file.size)
            async for chunk in file.chunks:
                yield chunk


def _named_in(url: str) -> str:
    """Return the name that an address ends with."""
    try:
        return clean_filename(unquote(urlsplit(url).path.rpartition("/")[2]))
    except InvalidFilename:
        return NAMELESS


def _named_by(file: RemoteFile, otherwise: str) -> str:
    try:
        return clean_filename(file.filename or otherwise)
    except InvalidFilename:
        return otherwise
