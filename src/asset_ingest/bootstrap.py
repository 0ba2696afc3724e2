"""The composition root: Settings to ports to the program. The only module that names adapters."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Never

from asset_ingest.core.journeys import Journeys
from asset_ingest.core.model.assets import AssetKind
from asset_ingest.core.pipelines.commit import Pipelines, planned
from asset_ingest.core.pipelines.digest import Digest
from asset_ingest.core.pipelines.publish import Publish
from asset_ingest.core.pipelines.runner import Patience, Runner
from asset_ingest.core.pipelines.unity import AskStorePage, PictureContents, Unpack
from asset_ingest.core.pipelines.worker import Worker
from asset_ingest.core.ports.clock import Clock, NewId
from asset_ingest.core.ports.cms import CMS
from asset_ingest.core.ports.identity import Tokens
from asset_ingest.core.ports.listings import StoreListings
from asset_ingest.core.ports.media import Images
from asset_ingest.core.ports.notifier import Audience, Notifier
from asset_ingest.core.ports.object_store import KeepsLeftovers, ObjectStore
from asset_ingest.core.ports.repos import Records
from asset_ingest.core.ports.system_records import SystemRecords
from asset_ingest.core.ports.task_queue import TaskQueue, TaskSource
from asset_ingest.core.ports.telemetry import Observer
from asset_ingest.core.services.access import Access
from asset_ingest.core.services.assets import Assets
from asset_ingest.core.services.events import Events
from asset_ingest.core.services.jobs import Jobs
from asset_ingest.core.services.readiness import Readiness
from asset_ingest.core.services.upkeep import Dispatcher, Relay, Sweeper, Upkeep
from asset_ingest.core.services.uploads import UploadLimits, Uploads

if TYPE_CHECKING:  # pydantic is no part of the base install
    from asset_ingest.settings import Settings

QUEUES = ("ingest", "media", "publish")


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything outside, chosen."""

    records: Records
    system: SystemRecords
    store: ObjectStore
    queue: TaskQueue
    source: TaskSource
    notifier: Notifier
    audience: Audience
    images: Images
    tokens: Tokens
    clock: Clock
    new_id: NewId
    observer: Observer
    cms: CMS | None = None
    listings: StoreListings | None = None
    leftovers: KeepsLeftovers | None = None


@dataclass(frozen=True, slots=True)
class Tuning:
    """Limits and waits; the defaults are those of Settings."""

    uploads: UploadLimits = UploadLimits()
    patience: Patience = Patience()
    worker_concurrency: int = 2
    sweep_seconds: float = 3600.0
    orphan_grace: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class App:
    """The use cases, wired."""

    access: Access
    uploads: Uploads
    jobs: Jobs
    assets: Assets
    events: Events
    upkeep: Upkeep
    worker: Worker
    check: Readiness
    observer: Observer
    new_id: NewId


def wire(ports: Ports, tuning: Tuning = Tuning()) -> App:
    """Build the program over any ports; opens nothing."""
    journeys = Journeys(ports.records, ports.notifier, ports.clock, ports.new_id, ports.observer)
    pipes = pipelines(ports)
    runner = Runner(ports.system.work, journeys, pipes, ports.observer, tuning.patience)
    room = dict.fromkeys(QUEUES, 2 * tuning.worker_concurrency)
    return App(
        access=Access(ports.system.access, ports.tokens, ports.clock, ports.new_id),
        uploads=Uploads(journeys, ports.store, planned(pipes.digest), tuning.uploads),
        jobs=Jobs(journeys),
        assets=Assets(ports.records, ports.store),
        events=Events(ports.records, ports.notifier, ports.audience, ports.observer),
        upkeep=Upkeep(
            dispatcher=Dispatcher(ports.system.work, ports.queue, runner.bury, room, ports.observer),
            relay=Relay(ports.system.relay, ports.notifier),
            sweeper=Sweeper(journeys, ports.system.work, ports.store, tuning.orphan_grace, ports.leftovers),
            notifier=ports.notifier,
            observer=ports.observer,
            sweep_seconds=tuning.sweep_seconds,
        ),
        worker=Worker(ports.source, runner, ports.observer, QUEUES, tuning.worker_concurrency),
        check=Readiness(ports.system.access, ports.store),
        observer=ports.observer,
        new_id=ports.new_id,
    )


def pipelines(ports: Ports) -> Pipelines:
    """Name the steps of every kind, in order."""
    publish = Publish(ports.store, ports.clock, ports.cms)
    return Pipelines(
        digest=Digest(ports.store),
        by_kind={
            AssetKind.UNITY_PACKAGE: (
                Unpack(ports.store),
                AskStorePage(ports.listings),
                PictureContents(ports.store, ports.images),
                publish,
            ),
            AssetKind.OTHER: (publish,),
        },
    )


def tuning_of(settings: Settings) -> Tuning:
    """Translate settings into what the use cases take."""
    return Tuning(
        uploads=UploadLimits(settings.largest_upload, timedelta(seconds=settings.abandoned_seconds)),
        patience=Patience(lease=settings.lease_seconds, step=settings.step_seconds, lost_leases=settings.lost_leases),
        worker_concurrency=settings.worker_concurrency,
        sweep_seconds=settings.sweep_seconds,
        orphan_grace=timedelta(seconds=settings.orphan_grace_seconds),
    )


def memory_ports() -> Ports:
    """Return ports that keep everything in this process and need nothing but the base install.

    Replace some with `dataclasses.replace(memory_ports(), store=MyStore())`.
    """
    from asset_ingest.adapters.clock.system import SystemClock, Uuid7
    from asset_ingest.adapters.cms.memory import MemoryCMS
    from asset_ingest.adapters.identity.system import SystemTokens
    from asset_ingest.adapters.media.memory import MemoryImages
    from asset_ingest.adapters.notifier.memory import MemoryNotifier
    from asset_ingest.adapters.notifier.websockets import Hub
    from asset_ingest.adapters.object_store.memory import MemoryObjects
    from asset_ingest.adapters.repos.memory import MemoryRecords
    from asset_ingest.adapters.task_queue.memory import MemoryTaskQueue
    from asset_ingest.adapters.telemetry.memory import MemoryObserver

    clock = SystemClock()
    records, queue = MemoryRecords(clock), MemoryTaskQueue()
    return Ports(
        records=records,
        system=records.system,
        store=MemoryObjects(clock),
        queue=queue,
        source=queue,
        notifier=MemoryNotifier(),
        audience=Hub(),
        images=MemoryImages(),
        tokens=SystemTokens(),
        clock=clock,
        new_id=Uuid7(),
        observer=MemoryObserver(),
        cms=MemoryCMS(),
    )


@dataclass(frozen=True, slots=True)
class Database:
    """A database that answers. `children_fd` must be inherited by child processes that use our data folder."""

    dsn: str = field(repr=False)
    children_fd: int | None = None
    wait_died: Callable[[], Coroutine[Any, Any, Never]] | None = None


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[Database]:
    """Yield the PostgreSQL that settings name, or one of our own that lives as long as the context."""
    if settings.database_url:
        yield Database(settings.database_url.get_secret_value())
        return
    from asset_ingest.adapters.postgres_server.embedded import embedded_postgres
    from asset_ingest.adapters.postgres_server.lock import DataFolderLock

    async with (
        DataFolderLock(settings.data) as lock,
        embedded_postgres(settings.data, lock, bin_dir=settings.pg_bin) as server,
    ):
        yield Database(server.dsn, lock.children_fd, server.wait_died)


async def migrate(dsn: str) -> list[str]:
    """Bring the database to the schema of this program; return the names of what was applied."""
    from asset_ingest.adapters.repos.postgres.migrate import migrate as apply

    return await apply(dsn)


async def pending(dsn: str) -> list[str]:
    """Return the names of what `migrate` would apply, changing nothing."""
    from asset_ingest.adapters.repos.postgres.migrate import pending as missing

    return await missing(dsn)


def serving(settings: Settings) -> str | None:
    """Return the pid of a program that serves from this data folder; None when nobody does."""
    from asset_ingest.adapters.postgres_server.lock import holder

    return holder(settings.data)


def is_founded(settings: Settings) -> bool:
    """Say whether there is a database already: by URL, or one of ours in the data folder."""
    return settings.database_url is not None or (settings.data / "postgres" / "cluster").is_dir()


@asynccontextmanager
async def running(settings: Settings, dsn: str) -> AsyncIterator[App]:
    """Open every adapter that settings choose and yield the program over them; close them in reverse."""
    async with AsyncExitStack() as stack:
        yield wire(await server_ports(settings, dsn, stack), tuning_of(settings))


async def server_ports(settings: Settings, dsn: str, stack: AsyncExitStack) -> Ports:
    """Open the adapters of the server; `stack` closes them."""
    from asset_ingest.adapters.clock.system import SystemClock, Uuid7
    from asset_ingest.adapters.cms.memory import MemoryCMS
    from asset_ingest.adapters.identity.system import SystemTokens
    from asset_ingest.adapters.media.pillow_images import PillowImages
    from asset_ingest.adapters.notifier.postgres import PostgresNotifier
    from asset_ingest.adapters.notifier.websockets import Hub
    from asset_ingest.adapters.object_store.disk import DiskObjects
    from asset_ingest.adapters.repos.postgres.pool import open_pool
    from asset_ingest.adapters.repos.postgres.records import PostgresRecords
    from asset_ingest.adapters.task_queue.postgres import PostgresTaskQueue
    from asset_ingest.adapters.telemetry.logs import LogObserver

    pool = await stack.enter_async_context(open_pool(dsn, max_size=settings.database_connections))
    records, store = PostgresRecords(pool), DiskObjects(settings.data / "objects")
    queue = await stack.enter_async_context(PostgresTaskQueue(pool, dsn))
    return Ports(
        records=records,
        system=records.system,
        store=store,
        leftovers=store,
        queue=queue,
        source=queue,
        notifier=PostgresNotifier(pool, dsn),
        audience=Hub(),
        images=PillowImages(),
        tokens=SystemTokens(),
        clock=SystemClock(),
        new_id=Uuid7(),
        observer=LogObserver(settings.log_level),
        cms=MemoryCMS() if settings.cms == "memory" else None,
    )
