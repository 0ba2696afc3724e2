"""`asset-ingest sweep`: what the server does by itself now and then, on demand."""

from __future__ import annotations

import asyncio

from asset_ingest.bootstrap import database, migrate, running
from asset_ingest.settings import Settings


def command(dry_run: bool) -> None:
    """Delete objects that nothing refers to; with `dry_run` only name them."""
    asyncio.run(_list() if dry_run else _sweep())


async def _list() -> None:
    settings = Settings()
    objects = reclaimable = 0
    async with database(settings) as db:
        await migrate(db.dsn)
        async with running(settings, db.dsn) as app:
            async for orphan in app.upkeep.sweeper.orphans():
                print(f"{orphan.size:>14}  {orphan.key}")
                objects, reclaimable = objects + 1, reclaimable + orphan.size
    print(f"{objects} objects with {reclaimable} bytes would be deleted")


async def _sweep() -> None:
    settings = Settings()
    async with database(settings) as db:
        await migrate(db.dsn)
        async with running(settings, db.dsn) as app:
            swept = await app.upkeep.sweeper.once()
    print(f"deleted {swept.objects} objects, reclaimed {swept.bytes} bytes, ended {swept.uploads} abandoned uploads")
