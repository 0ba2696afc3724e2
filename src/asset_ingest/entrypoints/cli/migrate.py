"""`asset-ingest migrate`: bring a PostgreSQL of your own to this program's schema."""

from __future__ import annotations

import asyncio

from asset_ingest.bootstrap import database, migrate
from asset_ingest.settings import Settings


def command() -> None:
    """Apply what is missing and say so."""
    asyncio.run(_migrate(Settings()))


async def _migrate(settings: Settings) -> None:
    async with database(settings) as db:
        applied = await migrate(db.dsn)
    print("\n".join(applied) or "nothing to do: the schema is up to date")
