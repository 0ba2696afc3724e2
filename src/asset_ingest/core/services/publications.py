"""What a CMS holds of our assets: does it still say what we sent, and if not, say it again."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace

from asset_ingest.core.errors import IngestError, NotFound, NotPossibleNow
from asset_ingest.core.journeys import Actor, Journeys, cms_entry, published
from asset_ingest.core.model.access import Action, Principal, require
from asset_ingest.core.model.assets import Asset, Publication, PublicationStatus, RenditionRole
from asset_ingest.core.model.events import Drifted, Event, Published
from asset_ingest.core.model.ids import AssetId, StudioId
from asset_ingest.core.ports.cms import CMS, AssetEntry, Difference, ReportsDrift
from asset_ingest.core.ports.object_store import ObjectStore
from asset_ingest.core.ports.repos import Transaction
from asset_ingest.core.ports.system_records import WorkRecords

ASSETS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """One field that no longer says over there what we would send."""

    field: str
    ours: object
    theirs: object


@dataclass(frozen=True, slots=True)
class PublicationCheck:
    """How an asset's entry in the CMS stands. `gone` means that somebody deleted it there."""

    asset_id: AssetId
    name: str
    target: str
    external_id: str | None
    status: PublicationStatus
    gone: bool
    differences: list[DifferenceView]


@dataclass(frozen=True, slots=True)
class _Entry:
    """An asset with what a CMS should hold of it, and what we remember of its publication."""

    asset: Asset
    entry: AssetEntry
    publication: Publication | None


@dataclass(frozen=True, slots=True)
class Publications:
    """Compares and repeats publications. Without a CMS that can be asked, every call raises NotPossibleNow."""

    journeys: Journeys
    work: WorkRecords
    store: ObjectStore
    cms: CMS | None
    drift: ReportsDrift | None

    async def check(self, who: Principal, asset_id: AssetId) -> PublicationCheck:
        """Ask the CMS what it says now, remember whether that has drifted, and tell what differs."""
        require(who, Action.READ)
        return await self._check(who.studio_id, asset_id, who, who.correlation_id)

    async def repeat(self, who: Principal, asset_id: AssetId) -> PublicationCheck:
        """Publish the asset as it is now, over whatever the CMS says."""
        require(who, Action.PUBLISH)
        return await self._repeat(who.studio_id, asset_id, who, who.correlation_id)

    async def follow(self, who: Principal, asset_id: AssetId) -> None:
        """Publish the asset again where it is published, since it changed; what cannot be done now stays DRIFTED."""
        if self.cms is None:
            return
        async with self.journeys.records.reading(who.studio_id) as tx:
            held = [each for each in await tx.publishers.publications(asset_id) if each.target == self.cms.target]
        if not held or held[0].external_id is None:
            return
        try:
            await self._repeat(who.studio_id, asset_id, who, who.correlation_id)
        except IngestError as error:  # the change stands, and `asset-ingest drift` finds it
            self.journeys.observer.failed("publish.follow", error, correlation_id=who.correlation_id)

    async def survey(self, *, repair: bool) -> AsyncGenerator[PublicationCheck, None]:
        """Check every publication of every studio, for an operator, and yield how it was found.

        `repair` then repeats those that have drifted.
        """
        after: AssetId | None = None
        while page := await self.work.published(self._cms.target, after, ASSETS_AT_ONCE):
            for studio_id, asset_id in page:
                told: tuple[Actor, str] = ("operator", str(self.journeys.new_id()))
                checked = await self._check(studio_id, asset_id, *told)
                yield checked
                if repair and checked.status is PublicationStatus.DRIFTED:
                    await self._repeat(studio_id, asset_id, *told)
            after = page[-1][1]

    @property
    def _cms(self) -> CMS:
        if self.cms is None:
            raise NotPossibleNow("no CMS is wired")
        return self.cms

    async def _check(
        self, studio_id: StudioId, asset_id: AssetId, actor: Actor, correlation_id: str
    ) -> PublicationCheck:
        if self.drift is None:
            raise NotPossibleNow("the CMS that is wired cannot be asked what it holds")
        at = await self._load(studio_id, asset_id)
        held = at.publication
        if held is None or held.external_id is None:
            raise NotFound("publication", f"of asset {asset_id}")
        differences = await self.drift.differences(at.entry, held.external_id)
        drifted = differences is None or bool(differences)
        status = PublicationStatus.DRIFTED if drifted else PublicationStatus.PUBLISHED
        now = replace(held, status=status, updated_at=self.journeys.clock.now())
        if status is not held.status:
            fields = tuple(each.field for each in differences or ())
            event: Event = (
                Drifted(held.target, fields, gone=differences is None)
                if drifted
                else Published(target=held.target, external_id=held.external_id)
            )
            await self._remember(at.asset, now, event, actor, correlation_id, instead_of=held)
        return _view(at.asset, now, differences)

    async def _repeat(
        self, studio_id: StudioId, asset_id: AssetId, actor: Actor, correlation_id: str
    ) -> PublicationCheck:
        cms = self._cms
        at = await self._load(studio_id, asset_id)
        if at.asset.ready_at is None:
            raise NotPossibleNow("the asset's first job has not ended; retry that job instead")
        external_id = await cms.publish(at.entry)
        now = published(at.asset, cms.target, external_id, at.entry, self.journeys.clock.now())
        told = Published(target=cms.target, external_id=external_id)
        await self._remember(at.asset, now, told, actor, correlation_id)
        return _view(at.asset, now, ())

    async def _load(self, studio_id: StudioId, asset_id: AssetId) -> _Entry:
        target = self._cms.target
        async with self.journeys.records.reading(studio_id) as tx:
            asset = await tx.assets.get(asset_id)
            held = {each.target: each for each in await tx.publishers.publications(asset_id)}
            publisher = await tx.publishers.get(asset.publisher_id) if asset.publisher_id else None
            current = await tx.versions.current([asset_id])
            renditions = await tx.derived.renditions(list(current.values()))
        thumbnail = next((each for each in renditions if each.role is RenditionRole.THUMBNAIL), None)
        return _Entry(asset, await cms_entry(self.store, asset, publisher, thumbnail), held.get(target))

    async def _remember(
        self,
        asset: Asset,
        publication: Publication,
        event: Event,
        actor: Actor,
        correlation_id: str,
        *,
        instead_of: Publication | None = None,
    ) -> None:
        """Write the publication; with `instead_of` only if nobody has published meanwhile."""
        async with self.journeys.change(asset.studio_id) as tx:
            here = await _next_revision(tx, asset.id)
            if instead_of and instead_of not in await tx.publishers.publications(asset.id):
                return
            await tx.publishers.put_publication(publication)
            await self.journeys.tell_asset(tx, here, event, actor, correlation_id)


async def _next_revision(tx: Transaction, asset_id: AssetId) -> Asset:
    """Lock the asset and count its change: facts about one subject have revisions in order."""
    asset = await tx.assets.lock(asset_id)
    asset = replace(asset, revision=asset.revision + 1)
    await tx.assets.save(asset)
    return asset


def _view(asset: Asset, publication: Publication, differences: Sequence[Difference] | None) -> PublicationCheck:
    return PublicationCheck(
        asset_id=asset.id,
        name=asset.name,
        target=publication.target,
        external_id=publication.external_id,
        status=publication.status,
        gone=differences is None,
        differences=[DifferenceView(each.field, each.ours, each.theirs) for each in differences or ()],
    )
