"""Imports: written down at once, then fetched beside everything else this process does."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from urllib.parse import unquote, urlsplit

import anyio

from asset_ingest.core.errors import ImportsOff, IngestError, InvalidFilename, NotPossibleNow
from asset_ingest.core.journeys import Journey, Journeys
from asset_ingest.core.model.access import Action, Principal, may, require
from asset_ingest.core.model.ids import AssetId, GroupId, JobId, UploadId
from asset_ingest.core.model.imports import RemoteImport, redacted
from asset_ingest.core.model.jobs import Lane
from asset_ingest.core.model.uploads import Method, clean_filename
from asset_ingest.core.ports.import_repos import ImportRecords
from asset_ingest.core.ports.remote import RemoteFiles
from asset_ingest.core.services.announcing import announced, write_down
from asset_ingest.core.services.imports.fetching import Fetching
from asset_ingest.core.services.imports.limits import ImportLimits
from asset_ingest.core.services.transfers import Transfers
from asset_ingest.core.services.upkeep import Bell

NAMELESS = "download"
LOOK_SECONDS = 1.0
"""How long an import waits that another process has begun, or left behind."""


@dataclass(frozen=True, slots=True)
class NewImport:
    """What a client says of a file at `url`; a `filename` goes before what the file's server calls it."""

    url: str = field(repr=False)
    filename: str | None = None
    sha256: str | None = None
    group_id: GroupId | None = None
    lane: Lane = Lane.INTERACTIVE
    asset_id: AssetId | None = None
    change_note: str = ""


@dataclass(frozen=True, slots=True)
class ImportView:
    """An import that goes on by itself; its job says how it stands."""

    job_id: JobId
    upload_id: UploadId


@dataclass(slots=True)
class Imports:
    """Fetches files from web addresses, if an operator allowed it (`remote`). `run` does the fetching.

    An import belongs to nobody but the records: a process that stops gives it back, one that vanishes loses it, and any
    process goes on behind the bytes that are durable.
    """

    journeys: Journeys
    transfers: Transfers
    records: ImportRecords
    remote: RemoteFiles | None
    limits: ImportLimits = ImportLimits()
    _bell: Bell = field(default_factory=Bell, init=False)
    _under_way: int = field(default=0, init=False)

    def allowed(self, who: Principal) -> bool:
        """Say whether `who` may have files fetched here."""
        return self.remote is not None and may(who, Action.UPLOAD)

    @property
    def idle(self) -> bool:
        """Whether this process fetches nothing now."""
        return self._under_way == 0

    async def begin(self, who: Principal, new: NewImport) -> ImportView:
        """Write the import down; it is fetched from now on, here or elsewhere.

        Raises ImportsOff, AddressRefused for an address that is known to be refused before anybody is asked, and
        NotPossibleNow when there is no more room. Whatever goes wrong later, the job says.
        """
        require(who, Action.UPLOAD)
        if self.remote is None:
            raise ImportsOff
        self.remote.check(new.url)
        at = self._announced(who, new)
        row = RemoteImport(
            upload_id=at.session.id,
            studio_id=who.studio_id,
            url=new.url,
            keeps_name=new.filename is not None,
            created_at=at.session.created_at,
            not_before=at.session.created_at,
        )
        async with self.journeys.change(who.studio_id) as tx:
            if await tx.imports.count() >= self.limits.in_line:
                raise NotPossibleNow(f"{self.limits.in_line} imports wait for their turn already")
            await write_down(self.journeys, tx, self.transfers.limits.quotas, at)
            await tx.imports.add(row)
        self._bell.ring()
        return ImportView(at.job.id, at.session.id)

    def _announced(self, who: Principal, new: NewImport) -> Journey:
        at = announced(
            self.journeys,
            who,
            new.filename or _named_in(new.url),
            None,
            self.transfers.limits.idle,
            promised_sha256=new.sha256,
            method=Method.REMOTE,
            group_id=new.group_id,
            lane=new.lane,
            asset_id=new.asset_id,
            change_note=new.change_note,
        )
        at.job = replace(at.job, metadata={"source": redacted(new.url)})
        return at

    async def run(self) -> None:
        """Fetch what is to be fetched, until cancelled; return at once where nothing may be."""
        if self.remote is None:
            return
        fetch = Fetching(self.journeys, self.transfers, self.remote, self.limits)
        async with anyio.create_task_group() as group:
            while True:
                for claimed in await self._claimed():
                    self._under_way += 1
                    group.start_soon(self._fetched, fetch, claimed)
                await self._bell.wait(LOOK_SECONDS)

    async def _claimed(self) -> list[RemoteImport]:
        room = self.limits.at_once - self._under_way
        try:
            return await self.records.claim(self.journeys.new_id(), room, self.limits.lease) if room > 0 else []
        except IngestError as error:  # the records cannot be had now; we look again
            self.journeys.observer.failed("imports.claim", error)
            return []

    async def _fetched(self, fetch: Fetching, claimed: RemoteImport) -> None:
        try:
            await fetch(claimed)
        finally:
            self._under_way -= 1
            self._bell.ring()


def _named_in(url: str) -> str:
    """Return the name that an address ends with."""
    try:
        return clean_filename(unquote(urlsplit(url).path.rpartition("/")[2]))
    except InvalidFilename:
        return NAMELESS
