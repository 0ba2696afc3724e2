"""`asset-ingest sweep`: what the server does by itself now and then, on demand."""

from __future__ import annotations

import asyncio

from asset_ingest.bootstrap import database, is_founded, running
from asset_ingest.core.errors import Misconfigured
from asset_ingest.settings import Settings


def command(dry_run: bool) -> None:
    """Delete objects that nothing refers to; with `dry_run` only name them."""
    settings = Settings()
    if not is_founded(settings):
        raise Misconfigured(f"there is nothing in {settings.data} yet")
    asyncio.run(_list(settings) if dry_run else _sweep(settings))


async def _list(settings: Settings) -> None:
    objects = reclaimable = 0
    async with database(settings) as db, running(settings, db.dsn) as app:
        async for orphan in app.upkeep.sweeper.orphans():
            print(f"{orphan.size:>14}  {orphan.key}")
            objects, reclaimable = objects + 1, reclaimable + orphan.size
    print(f"{objects} objects with {reclaimable} bytes would be deleted")


async def _sweep(settings: Settings) -> None:
    async with database(settings) as db, running(settings, db.dsn) as app:
        swept = await app.upkeep.sweeper.once()
    print(f"deleted {swept.objects} objects, reclaimed {swept.bytes} bytes, ended {swept.uploads} abandoned uploads")
