"""`asset-ingest new-key`: the way back in when the admin key is lost."""

from __future__ import annotations

import asyncio

from asset_ingest.bootstrap import database, is_founded, running
from asset_ingest.core.errors import Misconfigured
from asset_ingest.settings import Settings


def command() -> None:
    """Print one more key of the first admin; those that there are go on working."""
    settings = Settings()
    if not is_founded(settings):
        raise Misconfigured(f"there is nothing in {settings.data} yet")
    print(asyncio.run(_made(settings)))


async def _made(settings: Settings) -> str:
    async with database(settings) as db, running(settings, db.dsn) as app:
        return await app.access.replace_admin_key()
