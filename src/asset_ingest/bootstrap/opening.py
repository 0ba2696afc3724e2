"""Settings to ports: which adapters the server runs on, opened and closed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Never

from asset_ingest.bootstrap.carriers import notifier, observer, task_ends
from asset_ingest.bootstrap.ports import Ports, Tuning
from asset_ingest.bootstrap.program import App, wire
from asset_ingest.bootstrap.services import (
    access_tokens_of,
    byte_store,
    cms_of,
    listings_of,
    mailer_of,
    remote_files_of,
)
from asset_ingest.core.formats.crc64nvme import fastest
from asset_ingest.core.model.ids import StudioId
from asset_ingest.core.pipelines.runner import Patience
from asset_ingest.core.services.accounts import Registration
from asset_ingest.core.services.admission import Quota, Quotas
from asset_ingest.core.services.digests import DigestOptions
from asset_ingest.core.services.imports import ImportLimits
from asset_ingest.core.services.intake import IntakeLimits
from asset_ingest.core.services.rates import RateLimits
from asset_ingest.core.services.shares import ShareLimits
from asset_ingest.core.services.sign_in import TokenLives
from asset_ingest.core.services.transfers import TransferLimits
from asset_ingest.core.services.uploads import UploadLimits

if TYPE_CHECKING:  # pydantic is no part of the base install
    from asset_ingest.settings import Settings


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
    fastest()  # loaded now, where nobody waits yet: the first upload would hold up all others for a fifth of a second
    from asset_ingest.adapters.cache.postgres import PostgresCache
    from asset_ingest.adapters.clock.system import SystemClock, Uuid7
    from asset_ingest.adapters.identity.argon2 import Argon2Passwords
    from asset_ingest.adapters.identity.system import SystemTokens
    from asset_ingest.adapters.locks.postgres import PostgresLocks
    from asset_ingest.adapters.media.pillow_images import PillowImages
    from asset_ingest.adapters.notifier.websockets import Hub
    from asset_ingest.adapters.repos.postgres.pool import open_pool
    from asset_ingest.adapters.repos.postgres.readers import open_readers
    from asset_ingest.adapters.repos.postgres.records import PostgresRecords
    from asset_ingest.adapters.repos.postgres.sql import statement
    from asset_ingest.adapters.repos.postgres.walls import refuse_open_walls

    pool = await stack.enter_async_context(open_pool(dsn, max_size=settings.database_connections))
    async with statement(pool) as sql:
        await refuse_open_walls(sql)
    readers = await stack.enter_async_context(open_readers(dsn, max_size=settings.database_connections))
    few = (settings.database_connections + 1) // 2  # who asks is one short question; what they ask is several
    doormen = await stack.enter_async_context(open_readers(dsn, max_size=few, role="ingest_system"))
    records, clock = PostgresRecords(pool, readers, doormen), SystemClock()
    locks, told = PostgresLocks(dsn), observer(settings)
    place = await byte_store(settings, clock, stack)
    cms, drift = await cms_of(settings, locks, told, stack)
    queue, source = await task_ends(settings, told, pool, dsn, stack)
    return Ports(
        records=records,
        system=records.system,
        store=place.store,
        resumable=place.resumable,
        direct=place.direct,
        door=place.door,
        leftovers=place.leftovers,
        queue=queue,
        source=source,
        notifier=await notifier(settings, pool, dsn, stack),
        audience=Hub(),
        images=PillowImages(),
        tokens=SystemTokens(),
        passwords=Argon2Passwords(),
        access_tokens=await access_tokens_of(settings, clock),
        clock=clock,
        new_id=Uuid7(),
        observer=told,
        cms=cms,
        drift=drift,
        listings=listings_of(settings, PostgresCache(pool, clock), locks, clock),
        remote=remote_files_of(settings),
        mailer=mailer_of(settings),
    )


def tuning_of(settings: Settings) -> Tuning:
    """Translate settings into what the use cases take."""
    largest, quotas = settings.largest_upload, quotas_of(settings)
    return Tuning(
        uploads=UploadLimits(largest, timedelta(seconds=settings.abandoned_seconds), quotas),
        transfers=TransferLimits(largest, timedelta(hours=settings.resumable_hours), quotas),
        imports=ImportLimits(at_once=settings.imports_at_once, lease=settings.lease_seconds),
        intake=IntakeLimits(
            settings.bodies_at_once, settings.slowest_upload, timedelta(seconds=settings.slowest_seconds)
        ),
        shares=ShareLimits(timedelta(days=settings.share_days), timedelta(days=settings.share_days_longest)),
        rates=RateLimits(settings.requests_per_address, settings.requests_per_studio),
        lives=TokenLives(timedelta(minutes=settings.token_minutes), timedelta(days=settings.refresh_days)),
        registration=Registration(settings.registration),
        public_url=settings.public_url,
        patience=Patience(lease=settings.lease_seconds, step=settings.step_seconds, lost_leases=settings.lost_leases),
        worker_concurrency=settings.worker_concurrency,
        steps_under_way=settings.steps_under_way,
        sweep_seconds=settings.sweep_seconds,
        orphan_grace=timedelta(seconds=settings.orphan_grace_seconds),
        digests=digests_of(settings),
    )


def digests_of(settings: Settings) -> DigestOptions:
    """Return when members get mails of what they have not read; 0 is never."""
    after = timedelta(minutes=settings.digest_minutes) if settings.digest_minutes else None
    return DigestOptions(after, settings.public_url)


def quotas_of(settings: Settings) -> Quotas:
    """Return what each studio may have; 0 is no limit."""
    usual = Quota(settings.quota_bytes or None, settings.quota_uploads or None)
    own = {
        StudioId(studio_id): Quota(own.bytes or None, own.uploads or None)
        for studio_id, own in settings.studio_quotas.items()
    }
    return Quotas(usual, own)
