"""A thousand assets into a real Strapi, while one answer in ten is lost after Strapi has done its part.

    python bench/strapi_upserts.py [assets [lost in a hundred]]

Eight workers, each with connections of its own and all with the same locks, publish every asset once, under fifty
publishers, every tenth with a thumbnail; like the runner they come back after a failure that may pass. A proxy before
Strapi drops one answer in ten, of reads and writes alike. Then everything is counted, in Strapi and by itself.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.integration import strapi_fixture  # noqa: E402
from tests.integration.strapi_fixture import INGEST, StrapiServer  # noqa: E402
from tests.integration.strapi_shelf import StrapiShelf, picture  # noqa: E402

from asset_ingest.adapters.cms.strapi.cms import strapi_cms  # noqa: E402
from asset_ingest.adapters.locks.memory import MemoryLocks  # noqa: E402
from asset_ingest.adapters.postgres_server.embedded import embedded_postgres  # noqa: E402
from asset_ingest.adapters.postgres_server.lock import DataFolderLock  # noqa: E402
from asset_ingest.adapters.telemetry.memory import MemoryObserver  # noqa: E402
from asset_ingest.core.errors import ServiceUnavailable  # noqa: E402
from asset_ingest.core.ports.cms import AssetEntry, PublisherEntry  # noqa: E402
from asset_ingest.testing.fault_proxy import fault_proxy, losing_the_answer  # noqa: E402

WORK = Path(__file__).parent / ".work" / "strapi"
WORKERS, PUBLISHERS = 8, 50
PICTURES = [picture(colour) for colour in ("red", "green", "blue", "gold", "navy")]


@dataclass
class Tally:
    """What came back, and how often somebody had to come back."""

    ids: dict[str, str] = field(default_factory=dict)
    attempts: Counter[str] = field(default_factory=Counter)


def entry(number: int) -> AssetEntry:
    publisher = PublisherEntry(f"publisher-{number % PUBLISHERS}", f"Publisher {number % PUBLISHERS}")
    metadata: dict[str, object] = {"version": f"1.{number}", "tags": ["bench"], "inflated_size": number << 30}
    thumbnail = PICTURES[number % len(PICTURES)] if number % 10 == 0 else None
    return AssetEntry(f"asset-{number}", f"Asset {number % 100}", "unity_package", metadata, publisher, thumbnail)


async def worker(url: str, locks: MemoryLocks, todo: list[AssetEntry], tally: Tally) -> None:
    async with strapi_cms(url, INGEST, locks=locks, observer=MemoryObserver()) as cms:
        while todo:
            wanted = todo.pop()
            while wanted.key not in tally.ids:
                tally.attempts[wanted.key] += 1
                try:
                    tally.ids[wanted.key] = await cms.publish(wanted)
                except ServiceUnavailable:
                    await asyncio.sleep(0.05)


async def publish_all(strapi: StrapiServer, entries: list[AssetEntry], lost: float) -> Tally:
    tally, locks, dice = Tally(), MemoryLocks(), random.Random(3)
    async with fault_proxy(strapi.url) as proxy:
        dropped = 0

        def choose(_: object) -> object:
            nonlocal dropped
            hit = dice.random() < lost
            dropped += hit
            return losing_the_answer if hit else None

        proxy.chooser = choose  # type: ignore[assignment]
        started = time.monotonic()
        todo = list(entries)
        await asyncio.gather(*(worker(proxy.url, locks, todo, tally) for _ in range(WORKERS)))
        seconds = time.monotonic() - started
    asked = len(proxy.asked)
    print(f"{len(entries)} upserts by {WORKERS} workers: {seconds:.1f} s, {len(entries) / seconds:.1f} a second")
    print(f"requests: {asked}, answers lost: {dropped} ({dropped / asked:.1%}), attempts: {tally.attempts.total()}")
    return tally


async def bare(strapi: StrapiServer, times: int) -> None:
    """Make entries without looking, linking or losing anything: as fast as this Strapi can."""
    todo = list(range(times))

    async def post() -> None:
        async with strapi.editing() as client:
            while todo:
                number = todo.pop()
                data = {"ingestKey": f"bare-{number}", "slug": f"bare-{number}", "title": "Bare", "kind": "other"}
                (await client.post("assets", json={"data": data})).raise_for_status()

    started = time.monotonic()
    await asyncio.gather(*(post() for _ in range(WORKERS)))
    print(f"beside it, {times} bare POSTs by as many: {times / (time.monotonic() - started):.1f} a second")


async def count(strapi: StrapiServer, entries: list[AssetEntry], tally: Tally) -> bool:
    async with strapi.editing() as client:
        shelf = StrapiShelf(client)
        published, drafts = await shelf.rows("assets"), await shelf.of("draft").rows("assets")
        publishers, files = await shelf.rows("publishers"), await shelf.files()
    held = {each["ingestKey"]: each for each in published}
    facts = {
        "published entries": (len(published), len(entries)),
        "… with different keys": (len(held), len(entries)),
        "… under the id we were told": (
            sum(tally.ids[key] == each["documentId"] for key, each in held.items()),
            len(entries),
        ),
        "drafts": (len(drafts), len(entries)),
        "publishers": (len(publishers), len({each.publisher for each in entries})),
        "relations that are right": (sum(linked(held[each.key], each) for each in entries), len(entries)),
        "files in the media library": (len(files), sum(each.thumbnail is not None for each in entries)),
        "thumbnails that are right": (sum(pictured(held[each.key], each) for each in entries), len(entries)),
    }
    for name, (found, wanted) in facts.items():
        print(f"  {name:28} {found:6} of {wanted:6}  {'ok' if found == wanted else 'WRONG'}")
    return all(found == wanted for found, wanted in facts.values())


def linked(held: dict[str, dict[str, str]], wanted: AssetEntry) -> bool:
    return wanted.publisher is not None and (held["publisher"] or {}).get("ingestKey") == wanted.publisher.key


def pictured(held: dict[str, dict[str, str]], wanted: AssetEntry) -> bool:
    return bool(held["thumbnail"]) == (wanted.thumbnail is not None)


@asynccontextmanager
async def real_strapi() -> AsyncIterator[StrapiServer]:
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    app = await asyncio.to_thread(strapi_fixture.an_app, WORK / "app")
    async with DataFolderLock(WORK) as lock, embedded_postgres(WORK, lock) as server:
        with strapi_fixture.running(app, server.dsn) as port:
            yield StrapiServer(f"http://127.0.0.1:{port}", server.dsn)


async def main(assets: int = 1000, lost: int = 10) -> int:
    entries = [entry(number) for number in range(assets)]
    async with real_strapi() as strapi:
        tally = await publish_all(strapi, entries, lost / 100)
        right = await count(strapi, entries, tally)
        await bare(strapi, max(assets // 4, 1))
        return 0 if right else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*map(int, sys.argv[1:3]))))
