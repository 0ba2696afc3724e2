"""`asset-ingest doctor`: what is wired, and what is wrong."""

from __future__ import annotations

import asyncio
import platform
import shutil
import sys
from collections.abc import Sequence
from importlib.metadata import version

import anyio

from asset_ingest.bootstrap import allow_browsers, database, is_founded, outside, pending, running, serving
from asset_ingest.core.errors import IngestError
from asset_ingest.core.ports.examination import Examinable, Finding
from asset_ingest.settings import Settings

EXAMINED_SECONDS = 30


def command(set_cors: bool) -> None:
    """Print one line per thing; end with 1 if something is wrong."""
    settings = Settings()
    say("asset-ingest", version("asset-ingest"))
    say("python", platform.python_version())
    say("data folder", str(settings.data.resolve()))
    parent = next(folder for folder in (settings.data.resolve(), *settings.data.resolve().parents) if folder.exists())
    say("free space", f"{shutil.disk_usage(parent).free / 2**30:.1f} GiB")
    _tell_choices(settings)
    if not asyncio.run(_look(settings, set_cors)):
        sys.exit(1)


def _tell_choices(settings: Settings) -> None:
    bucket = f"bucket {settings.s3_bucket}, profile {settings.s3_profile}"
    say("facts", "PostgreSQL by URL" if settings.database_url else "PostgreSQL of our own")
    say("bytes", bucket if settings.s3_bucket else f"folder {settings.data / 'objects'}")
    say("work", "dramatiq over Redis" if settings.redis_url else "PostgreSQL")
    say("notices", settings.notices)
    say("CMS", settings.cms)
    say("store page", "asked, politely" if settings.store_page else "not asked")


async def _look(settings: Settings, set_cors: bool) -> bool:
    """Look at everything, also where the first thing is wrong: an operator mends several at once."""
    if set_cors:
        await allow_browsers(settings)
        say("CORS", "set")
    services = await _services_are_well(settings)
    return await _healthy(settings) and services


async def _services_are_well(settings: Settings) -> bool:
    well = True
    async with outside(settings) as services:
        for name, service in services.items():
            for finding in await _examined(name, service):
                say(finding.subject, finding.text if finding.remedy is None else f"wrong: {finding.text}")
                if finding.remedy is not None:
                    say("", finding.remedy)
                    well = False
    return well


async def _examined(name: str, service: Examinable) -> Sequence[Finding]:
    with anyio.move_on_after(EXAMINED_SECONDS):
        return await service.examine()
    return [Finding(name, f"does not answer within {EXAMINED_SECONDS} seconds", "See what listens at its address.")]


async def _healthy(settings: Settings) -> bool:
    """Look at the database, and change nothing."""
    pid = serving(settings) if settings.database_url is None else None
    if pid:
        say("server", f"runs with pid {pid}; ask its address /readyz for its health")
        return True
    if not is_founded(settings):
        say("database", "not set up yet; 'asset-ingest serve' does it")
        return True
    try:
        answers = await _answers(settings)
    except IngestError as error:
        say("wrong", f"{error.message.rstrip('.')}. {error.remedy}")
        return False
    for what, answer in answers.items():
        say(what.replace("_", " "), answer)
    return set(answers.values()) <= {"ok"}


async def _answers(settings: Settings) -> dict[str, str]:
    async with database(settings) as db:
        missing = await pending(db.dsn)
        say("schema", f"{len(missing)} migrations to come with the next start" if missing else "up to date")
        async with running(settings, db.dsn) as app:
            return {} if missing else await app.check()


def say(what: str, is_so: str) -> None:
    """Print a line that lines up with the others."""
    print(f"{what:<14} {is_so}")
