"""Rows to keep: complete, valid, and different each time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asset_ingest.core.model.access import Member, Role, Studio
from asset_ingest.core.model.assets import Asset, AssetVersion
from asset_ingest.core.model.ids import MemberId, StudioId
from asset_ingest.core.model.jobs import StepRun
from asset_ingest.core.ports.repos import Transaction
from asset_ingest.testing.records.samples.assets import AssetSamples
from asset_ingest.testing.records.samples.base import FAR_AHEAD, HOUR, LONG_AGO, digest, new_id
from asset_ingest.testing.records.samples.people import PeopleSamples
from asset_ingest.testing.records.samples.reviews import ReviewSamples
from asset_ingest.testing.records.samples.work import WorkSamples

__all__ = ["FAR_AHEAD", "HOUR", "LONG_AGO", "Samples", "digest", "keep_asset", "keep_steps", "new_id"]


@dataclass(frozen=True, slots=True)
class Samples(PeopleSamples, WorkSamples, AssetSamples, ReviewSamples):
    """Makes the rows of one studio; `changes` replace fields."""

    @classmethod
    def fresh(cls, created_at: datetime = LONG_AGO) -> Samples:
        ident = StudioId(new_id())
        studio = Studio(ident, "Studio", created_at, f"studio-{ident.hex}")
        admin = Member(MemberId(new_id()), studio.id, "Ada", Role.ADMIN, created_at, f"ada-{ident.hex}@example.org")
        return cls(studio, admin)


async def keep_asset(tx: Transaction, of: Samples, **changes: Any) -> tuple[Asset, AssetVersion]:
    """Store an asset with its first version and new content."""
    asset = of.asset(**changes)
    version = of.version(asset, await tx.versions.put_blob(of.blob()))
    await tx.assets.add(asset, version)
    return asset, version


async def keep_steps(tx: Transaction, of: Samples, *changes: dict[str, Any], **of_run: Any) -> list[StepRun]:
    """Store a job whose run has one step for each of `changes`."""
    job = of.job()
    run = of.run(job, **of_run)
    steps = [of.step(run, position, **change) for position, change in enumerate(changes)]
    await tx.jobs.add(job)
    await tx.runs.add([run], steps)
    return steps
