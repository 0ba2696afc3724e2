"""`asset-ingest drift`: what the CMS no longer says as we sent it."""

from __future__ import annotations

import asyncio
import sys
from contextlib import aclosing

from asset_ingest.bootstrap import database, is_founded, running
from asset_ingest.core.errors import Misconfigured
from asset_ingest.core.model.assets import PublicationStatus
from asset_ingest.core.services.publications import PublicationCheck
from asset_ingest.settings import Settings


def command(repair: bool) -> None:
    """Name what has drifted; end with 1 if something has and was not repaired."""
    settings = Settings()
    if not is_founded(settings):
        raise Misconfigured(f"there is nothing in {settings.data} yet")
    if asyncio.run(_survey(settings, repair)) and not repair:
        sys.exit(1)


async def _survey(settings: Settings, repair: bool) -> int:
    checked = drifted = 0
    async with (
        database(settings) as db,
        running(settings, db.dsn) as app,
        aclosing(app.publications.survey(repair=repair)) as survey,
    ):
        async for each in survey:
            checked += 1
            if each.status is PublicationStatus.DRIFTED:
                drifted += 1
                _tell(each)
    print(f"{checked} published, {drifted} drifted" + (", all published again" if repair and drifted else ""))
    return drifted


def _tell(each: PublicationCheck) -> None:
    print(f"{each.external_id}  {each.name}")
    if each.gone:
        print(f"{'':8}  is gone from {each.target}")
    for one in each.differences:
        print(f"{'':8}  {one.field}: {_short(one.ours)} became {_short(one.theirs)}")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "…"
