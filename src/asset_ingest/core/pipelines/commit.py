"""Writes what a step made, in the transaction that ends it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from asset_ingest.core.errors import AssetInTrash, AssetPurgedMeanwhile, NotFound
from asset_ingest.core.journeys import Journey, Journeys, PlannedStep
from asset_ingest.core.model.assets import (
    CHECKS,
    DESCRIBED,
    Asset,
    AssetKind,
    AssetVersion,
    Blob,
    Publication,
    Publisher,
    description,
    wearing,
)
from asset_ingest.core.model.events import (
    AssetCreated,
    AssetReady,
    AssetRestored,
    DuplicateFound,
    Event,
    Published,
    VersionCreated,
)
from asset_ingest.core.model.ids import AssetId, BlobId, PublisherId, VersionId
from asset_ingest.core.model.jobs import RunTrigger, StepRun, StepTrigger, UploadJob
from asset_ingest.core.pipelines.step import AssetChange, Birth, NamedPublisher, Step, StepResult
from asset_ingest.core.ports.repos import Transaction


@dataclass(frozen=True, slots=True)
class Pipelines:
    """The steps of every kind, in order; `digest` comes first and chooses."""

    digest: Step
    by_kind: dict[AssetKind, tuple[Step, ...]]

    def after_digest(self, kind: AssetKind) -> tuple[Step, ...]:
        return self.by_kind.get(kind, self.by_kind[AssetKind.OTHER])

    def step(self, name: str) -> Step | None:
        """Return the step persisted under `name`; None when this program has no such step."""
        every = (self.digest, *(step for steps in self.by_kind.values() for step in steps))
        return next((step for step in every if step.name == name), None)


def planned(step: Step) -> PlannedStep:
    """Return the step as a run remembers it."""
    return PlannedStep(step.name, step.queue)


@dataclass(frozen=True, slots=True)
class Committer:
    """Ends a step well: adopts its renditions, writes its facts, births or changes the asset, and goes on."""

    journeys: Journeys
    pipelines: Pipelines

    async def commit(self, tx: Transaction, at: Journey, step: StepRun, result: StepResult) -> None:
        """Write `result` of the RUNNING `step`; the caller has checked the lease under the job's lock."""
        skipped = result.skipped
        trigger = StepTrigger.SKIP if skipped else StepTrigger.SUCCEED
        await self.journeys.end_step(tx, at, step, trigger, reason=skipped, failure=None, facts=result.facts)
        if result.birth:
            await self._bear(tx, at, result.birth)
        if at.run and at.run.version_id:
            await self._write_facts(tx, at, at.run.version_id, step, result)
        await self.journeys.go_on(tx, at)

    # --- the digest's result ------------------------------------------------------------------------------------

    async def _bear(self, tx: Transaction, at: Journey, birth: Birth) -> None:
        target = await self._target(tx, at)
        blob = await tx.versions.put_blob(
            Blob(
                id=BlobId(self.journeys.new_id()),
                studio_id=at.job.studio_id,
                sha256=birth.sha256,
                object_key=at.session.object_key,
                size=birth.size,
                created_at=self.journeys.clock.now(),
            )
        )
        await self.journeys.know_blob(tx, at, blob.id, birth.crc64nvme, birth.checks)
        known = None if target else await tx.versions.of_blob(blob.id)
        if target:
            asset, version = await self._add_version(tx, at, target, birth, blob.id)
        elif known:
            asset, version = await self._known(tx, at, known), known
        else:
            asset, version = await self._create(tx, at, birth, blob.id)
        await self.journeys.move_run(tx, at, RunTrigger.START, version_id=version.id, pipeline=str(asset.kind))
        at.became(asset, duplicate=known is not None and asset.ready_at is not None)
        if known and asset.ready_at:
            for publication in await tx.publishers.publications(asset.id):
                at.published_as(publication.external_id)
            await self._tell(tx, asset, DuplicateFound(job_id=at.job.id), at.job)
        else:  # an earlier upload of the same bytes that has not ended well is finished by this one
            await self.journeys.plan(tx, at, map(planned, self.pipelines.after_digest(asset.kind)))

    async def _target(self, tx: Transaction, at: Journey) -> Asset | None:
        """Lock and return the asset that the bytes are to be a version of, if they are to be one."""
        if at.session.asset_id is None:
            return None
        try:
            asset = await tx.assets.lock(at.session.asset_id)
        except NotFound:
            raise AssetPurgedMeanwhile from None
        if asset.is_trashed:
            raise AssetInTrash
        return asset

    async def _known(self, tx: Transaction, at: Journey, known: AssetVersion) -> Asset:
        """Return the asset that holds the bytes; it comes back from the trash if their sender may restore it."""
        asset = await tx.assets.get(known.asset_id)
        if not (asset.is_trashed and at.session.restores):
            return asset
        asset = await tx.assets.lock(asset.id)
        asset = replace(asset, trashed_at=None, updated_at=self.journeys.clock.now(), revision=asset.revision + 1)
        await tx.assets.save(asset)
        await self._tell_sent(tx, at, asset, AssetRestored(name=asset.name))
        return asset

    async def _add_version(
        self, tx: Transaction, at: Journey, asset: Asset, birth: Birth, blob_id: BlobId
    ) -> tuple[Asset, AssetVersion]:
        """Make the bytes the next version of the asset, which is locked, and its current one."""
        number, now = asset.latest_version + 1, self.journeys.clock.now()
        publisher = await self._publisher(tx, at, birth.publisher)
        born = replace(
            asset,
            name=birth.name,
            kind=birth.kind,
            metadata=birth.metadata,
            provenance=birth.provenance,
            publisher_id=publisher.id if publisher else None,
        )
        version = self._version(at, born, birth, blob_id, number)
        asset = replace(wearing(asset, version), latest_version=number, updated_at=now, revision=asset.revision + 1)
        await tx.versions.add(version)
        await tx.assets.save(asset)
        await self._tell_version(tx, at, asset, birth, version)
        return asset, version

    async def _create(self, tx: Transaction, at: Journey, birth: Birth, blob_id: BlobId) -> tuple[Asset, AssetVersion]:
        now, new_id, job = self.journeys.clock.now(), self.journeys.new_id, at.job
        publisher = await self._publisher(tx, at, birth.publisher)
        asset = Asset(
            id=AssetId(new_id()),
            studio_id=job.studio_id,
            name=birth.name,
            kind=birth.kind,
            created_by=job.created_by,
            created_at=now,
            updated_at=now,
            publisher_id=publisher.id if publisher else None,
            metadata=birth.metadata,
            provenance=birth.provenance,
        )
        version = self._version(at, asset, birth, blob_id, 1)
        await tx.assets.add(asset, version)
        await self._tell_sent(tx, at, asset, AssetCreated(name=asset.name, kind=asset.kind))
        await self._tell_version(tx, at, asset, birth, version)
        return asset, version

    def _version(self, at: Journey, born: Asset, birth: Birth, blob_id: BlobId, number: int) -> AssetVersion:
        """Return the version that makes the asset what it is as `born`."""
        checks = {"crc64nvme": at.session.crc64nvme, "verified": at.session.verified}
        return AssetVersion(
            id=VersionId(self.journeys.new_id()),
            studio_id=at.job.studio_id,
            asset_id=born.id,
            number=number,
            blob_id=blob_id,
            filename=at.session.filename,
            content_type=birth.content_type,
            created_by=at.job.created_by,
            created_at=self.journeys.clock.now(),
            facts={CHECKS: checks, DESCRIBED: description(born)},
            change_note=at.session.change_note,
        )

    async def _tell_version(
        self, tx: Transaction, at: Journey, asset: Asset, birth: Birth, version: AssetVersion
    ) -> None:
        told = VersionCreated(number=version.number, sha256=birth.sha256, change_note=version.change_note)
        await self._tell_sent(tx, at, asset, told)

    async def _tell_sent(self, tx: Transaction, at: Journey, asset: Asset, event: Event) -> None:
        """Tell what was done by whoever sent the bytes."""
        sender = f"member:{at.job.created_by}"
        await self.journeys.tell_asset(tx, asset, event, sender, at.job.correlation_id)

    # --- every other step's -------------------------------------------------------------------------------------

    async def _write_facts(
        self, tx: Transaction, at: Journey, version_id: VersionId, step: StepRun, result: StepResult
    ) -> None:
        if result.facts:
            await tx.versions.add_facts(version_id, {step.name: result.facts})
        for rendition in result.renditions:
            await tx.derived.put_rendition(rendition)
        if result.change or result.ready:
            await self._change_asset(tx, at, version_id, result)
        if result.publication:
            await self._remember_publication(tx, at, result.publication)

    async def _change_asset(self, tx: Transaction, at: Journey, version_id: VersionId, result: StepResult) -> None:
        version = await tx.versions.get(version_id)
        asset = await tx.assets.lock(version.asset_id)
        change = result.change or AssetChange()
        publisher = await self._publisher(tx, at, change.publisher)
        now = self.journeys.clock.now()
        becomes_ready = result.ready and asset.ready_at is None
        worn = wearing(replace(asset, provenance={}), version)  # without what people say
        known = replace(
            worn,
            name=change.name or worn.name,
            metadata={**worn.metadata, **change.metadata},
            provenance={**worn.provenance, **change.provenance},
            publisher_id=publisher.id if publisher else worn.publisher_id,
        )
        described = description(known)
        await tx.versions.add_facts(version_id, {DESCRIBED: described})
        if version.number == asset.current_version:
            asset = wearing(asset, replace(version, facts={DESCRIBED: described}))
        asset = replace(
            asset,
            ready_at=now if becomes_ready else asset.ready_at,
            updated_at=now,
            revision=asset.revision + 1,
        )
        await tx.assets.save(asset)
        if becomes_ready:
            await self._tell(tx, asset, AssetReady(name=asset.name), at.job)

    async def _remember_publication(self, tx: Transaction, at: Journey, publication: Publication) -> None:
        await tx.publishers.put_publication(publication)
        at.published_as(publication.external_id)
        asset = await tx.assets.get(publication.asset_id)
        told = Published(target=publication.target, external_id=publication.external_id or "")
        await self._tell(tx, asset, told, at.job)

    async def _tell(self, tx: Transaction, asset: Asset, event: Event, job: UploadJob) -> None:
        await self.journeys.tell_asset(tx, asset, event, "worker", job.correlation_id)

    async def _publisher(self, tx: Transaction, at: Journey, named: NamedPublisher | None) -> Publisher | None:
        if named is None:
            return None
        return await tx.publishers.put(
            Publisher(
                id=PublisherId(self.journeys.new_id()),
                studio_id=at.job.studio_id,
                source=named.source,
                external_id=named.external_id,
                name=named.name,
                created_at=self.journeys.clock.now(),
                url=named.url,
            )
        )
