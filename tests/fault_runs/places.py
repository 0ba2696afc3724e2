"""Where the bytes and facts of one run live, and outlive every process of it."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from tests.integration.test_journeys import passing

from asset_ingest.adapters.clock.memory import ManualClock
from asset_ingest.adapters.cms.memory import MemoryCMS
from asset_ingest.adapters.media.memory import MemoryImages
from asset_ingest.adapters.object_store.disk import DiskObjects
from asset_ingest.adapters.object_store.disk_direct import DiskDirectUploads
from asset_ingest.adapters.object_store.s3 import (
    Bucket,
    Patience,
    S3DirectUploads,
    S3Objects,
    S3Place,
    S3Resumable,
    open_s3,
)
from asset_ingest.adapters.object_store.s3.profiles import Profile, profile_named
from asset_ingest.adapters.repos.memory import MemoryRecords
from asset_ingest.adapters.repos.postgres.pool import open_pool
from asset_ingest.adapters.repos.postgres.records import PostgresRecords
from asset_ingest.bootstrap import Ports, memory_ports
from asset_ingest.core.ports.object_store import PartLimits
from asset_ingest.testing.s3_server import AWS, B2, BUCKET, CEPH, KEYS, S3Server, s3_server
from asset_ingest.testing.s3_server.faults import Fault, failing, losing_the_answer, resetting, slow_down

KIB: Final = 1 << 10
SECRET: Final = bytes(32)
S3_FAULTS: Final[tuple[Callable[[], Fault], ...]] = (failing, losing_the_answer, resetting, slow_down)
S3_OPERATIONS: Final = (
    *("PutObject", "UploadPart", "CompleteMultipartUpload", "CreateMultipartUpload", "ListParts"),
    *("HeadObject", "CopyObject", "UploadPartCopy", "AbortMultipartUpload", "DeleteObject", "GetObject"),
)


async def _no_time(_: timedelta) -> None:
    """Let none pass."""


@dataclass(slots=True)
class Place:
    """`ports` gives a new process its own adapters over what is there."""

    ports: Callable[[], Awaitable[Ports]]
    clock: ManualClock
    folder: Path
    process: tuple[Path, Mapping[str, str]] | None = None
    """Data folder and settings of the real processes that serve here, where they do."""
    later: Callable[[timedelta], Awaitable[None]] = _no_time
    """Lets time pass for facts that have a clock of their own."""
    largest_file: int = 300 * KIB
    begin_trouble: Callable[[], None] = field(default=lambda: None)
    end_trouble: Callable[[], None] = field(default=lambda: None)


@asynccontextmanager
async def on_disk(chance: random.Random, folder: Path, database_url: str | None = None) -> AsyncIterator[Place]:
    """Yield a folder, beside facts in memory or in the database."""
    part = chance.choice((4 * KIB, 32 * KIB, 1 << 20))
    async with AsyncExitStack() as stack:
        facts = await _facts(database_url, stack)

        async def ports() -> Ports:
            objects = DiskObjects(folder)
            direct = DiskDirectUploads(folder, SECRET, "/api/v1/direct", facts.clock)
            direct.part_limits = PartLimits(smallest=1, largest=part, most=10_000)
            return replace(facts, store=objects, resumable=direct, direct=direct, door=direct, leftovers=objects)

        yield Place(ports, _clock(facts), folder)


@asynccontextmanager
async def in_processes(chance: random.Random, data: Path, database_url: str) -> AsyncIterator[Place]:
    """Yield the data folder of servers that run in processes of their own."""
    async with on_disk(chance, data / "objects", database_url) as place:
        place.process = data, {"ASSET_INGEST_DATABASE_URL": database_url, "ASSET_INGEST_DATABASE_CONNECTIONS": "4"}
        place.largest_file = 40 << 20
        place.later = passing(database_url)
        yield place


@asynccontextmanager
async def on_s3_double(chance: random.Random, folder: Path) -> AsyncIterator[Place]:
    """Yield the strict double of S3 with the rules of some provider, and facts in memory."""
    part = chance.choice((4 * KIB, 16 * KIB))
    rules = replace(chance.choice((AWS, B2, CEPH)), smallest_part=part)
    keys = {"access_key": KEYS.access_key, "secret_key": KEYS.secret_key, "region": KEYS.region}
    patience = Patience(connect_seconds=5, read_seconds=5, attempts=3, first_pause=0, longest_pause=0)
    profile = Profile("tiny", PartLimits(smallest=part, largest=part, most=1000))
    async with s3_server(rules) as server:
        place = S3Place(BUCKET, server.url, patience=patience, **keys)
        async with _on_s3(place, profile, folder, first_part=part) as found:
            found.begin_trouble = lambda: _trouble(server, chance)
            found.end_trouble = server.heal
            yield found


def _trouble(server: S3Server, chance: random.Random) -> None:
    for _ in range(chance.randint(0, 12)):
        server.next(chance.choice(S3_OPERATIONS), chance.choice(S3_FAULTS)(), skip=chance.randint(0, 5))


@asynccontextmanager
async def on_s3(place: S3Place, folder: Path) -> AsyncIterator[Place]:
    """Yield a bucket at a real server, and facts in memory."""
    profile = profile_named("ceph")
    tight = replace(profile, parts=replace(profile.parts, largest=profile.parts.smallest))
    async with _on_s3(place, tight, folder, first_part=profile.parts.smallest) as found:
        found.largest_file = 12 << 20
        yield found


@asynccontextmanager
async def _on_s3(place: S3Place, profile: Profile, folder: Path, *, first_part: int) -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        facts = await _facts(None, stack)

        async def ports() -> Ports:  # a new process has connections of its own
            s3 = await stack.enter_async_context(open_s3(place))
            bucket = Bucket(s3.bucket.client, place.bucket, profile)
            return replace(
                facts,
                store=S3Objects(bucket, first_part=first_part, patience=place.patience),
                resumable=S3Resumable(bucket, patience=place.patience, page=3),
                direct=S3DirectUploads(bucket, s3.bucket.client),
            )

        yield Place(ports, _clock(facts), folder)


async def _facts(database_url: str | None, stack: AsyncExitStack) -> Ports:
    clock = ManualClock(datetime.now(UTC))
    ports = replace(memory_ports(), clock=clock, cms=MemoryCMS(), images=MemoryImages())
    if database_url is None:
        records = MemoryRecords(clock)
        return replace(ports, records=records, system=records.system)
    kept = PostgresRecords(await stack.enter_async_context(open_pool(database_url, max_size=4)))
    return replace(ports, records=kept, system=kept.system)


def _clock(ports: Ports) -> ManualClock:
    assert isinstance(ports.clock, ManualClock)
    return ports.clock
