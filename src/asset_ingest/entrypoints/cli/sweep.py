"""`asset-ingest sweep`: what the server does by itself now and then, on demand."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from asset_ingest.bootstrap import database, is_founded, running
from asset_ingest.core.errors import Misconfigured
from asset_ingest.core.ports.object_store import Pile
from asset_ingest.core.services.upkeep import Swept
from asset_ingest.settings import Settings


def command(dry_run: bool) -> None:
    """End what has expired and delete what nothing refers to; with `dry_run` only say what would be done."""
    settings = Settings()
    if not is_founded(settings):
        raise Misconfigured(f"there is nothing in {settings.data} yet")
    for line in told(asyncio.run(_sweep(settings, dry_run)), dry_run=dry_run):
        print(line)


async def _sweep(settings: Settings, dry_run: bool) -> Swept:
    async with database(settings) as db, running(settings, db.dsn) as app:
        sweeper = app.upkeep.sweeper
        return await sweeper.would(lambda key, size: print(f"{size:>14}  {key}")) if dry_run else await sweeper.once()


def told(swept: Swept, *, dry_run: bool) -> Iterator[str]:
    """Yield what was done, or would be, in words: a line for each kind of thing and one for all of their bytes."""
    done = "would be " if dry_run else ""
    yield f"{_counted(swept.expired, 'upload')} {'would expire' if dry_run else 'expired'}"
    yield f"{_pile(swept.unfinished, 'unfinished multipart upload')} {done}aborted"
    yield f"{_pile(swept.orphans, 'orphan object')} {done}deleted"
    yield f"{_pile(swept.half_made, 'half-made file')} {done}deleted"
    yield f"{_counted(swept.bytes, 'byte')} {done}reclaimed"


def _pile(pile: Pile, thing: str) -> str:
    return f"{_counted(pile.count, thing)} with {_counted(pile.bytes, 'byte')}"


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"
