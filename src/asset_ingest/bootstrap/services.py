"""The services of others that settings choose; each is opened here and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from anyio import to_thread

from asset_ingest.bootstrap.carriers import observer, redis_url
from asset_ingest.bootstrap.extras import needing
from asset_ingest.core.errors import Misconfigured
from asset_ingest.core.ports.cache import Cache
from asset_ingest.core.ports.clock import Clock
from asset_ingest.core.ports.cms import CMS, ReportsDrift
from asset_ingest.core.ports.examination import Examinable
from asset_ingest.core.ports.identity import AccessTokens
from asset_ingest.core.ports.locks import Locks
from asset_ingest.core.ports.mail import Mailer
from asset_ingest.core.ports.object_store import (
    DirectUploads,
    KeepsLeftovers,
    ObjectStore,
    ResumableUploads,
    SignedDoor,
)
from asset_ingest.core.ports.remote import RemoteFiles
from asset_ingest.core.ports.telemetry import Observer

if TYPE_CHECKING:  # no part of the base install
    from asset_ingest.adapters.cms.strapi.cms import StrapiCMS
    from asset_ingest.adapters.listings.asset_store import AssetStoreListings
    from asset_ingest.adapters.object_store.s3 import S3Place
    from asset_ingest.settings import Settings


@dataclass(frozen=True, slots=True)
class ByteStore:
    """Where bytes live, with what the place can do beyond that."""

    store: ObjectStore
    resumable: ResumableUploads
    direct: DirectUploads | None = None
    door: SignedDoor | None = None
    leftovers: KeepsLeftovers | None = None


async def byte_store(settings: Settings, clock: Clock, stack: AsyncExitStack) -> ByteStore:
    """Open the bucket that settings name, or else the data folder."""
    if settings.s3_bucket is None:
        return await _disk(settings, clock)
    with needing("s3", "ASSET_INGEST_S3_BUCKET"):
        from asset_ingest.adapters.object_store.s3 import PartMemory, Sending, open_s3

    overflow = settings.data / "parts"  # not in the system's temporary folder, which may itself be memory
    await to_thread.run_sync(lambda: overflow.mkdir(mode=0o700, parents=True, exist_ok=True))
    sending = Sending(PartMemory(settings.part_memory, overflow))
    s3 = await stack.enter_async_context(open_s3(s3_place(settings), sending))
    return ByteStore(s3.objects, s3.resumable, direct=s3.direct)


async def _disk(settings: Settings, clock: Clock) -> ByteStore:
    from asset_ingest.adapters.object_store.disk import DiskObjects
    from asset_ingest.adapters.object_store.disk_direct import DiskDirectUploads
    from asset_ingest.adapters.object_store.shared_secret import shared_secret

    root, public_url = settings.data / "objects", (settings.public_url or "").rstrip("/")
    secret = await to_thread.run_sync(shared_secret, settings.data / "direct.key")
    disk, direct = DiskObjects(root), DiskDirectUploads(root, secret, f"{public_url}/api/v1/direct", clock)
    return ByteStore(disk, direct, direct, door=direct, leftovers=disk)


def s3_place(settings: Settings) -> S3Place:
    """Return where the bucket is and how we get in."""
    with needing("s3", "ASSET_INGEST_S3_BUCKET"):
        from asset_ingest.adapters.object_store.s3 import S3Place

    if settings.s3_bucket is None:
        raise Misconfigured("there is no bucket: ASSET_INGEST_S3_BUCKET is not set")
    if settings.s3_ca_file and not settings.s3_ca_file.is_file():
        raise Misconfigured(f"there is no file {settings.s3_ca_file}, which ASSET_INGEST_S3_CA_FILE names")
    return S3Place(
        settings.s3_bucket,
        endpoint=settings.s3_endpoint,
        public_endpoint=settings.s3_public_endpoint,
        region=settings.s3_region,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key.get_secret_value() if settings.s3_secret_key else None,
        profile=settings.s3_profile,
        ca_file=settings.s3_ca_file,
    )


async def cms_of(
    settings: Settings, locks: Locks, told: Observer, stack: AsyncExitStack
) -> tuple[CMS | None, ReportsDrift | None]:
    """Open the CMS that settings choose, with its ability to report drift."""
    if settings.cms == "memory":
        from asset_ingest.adapters.cms.memory import MemoryCMS

        memory = MemoryCMS()
        return memory, memory
    if settings.cms == "strapi":
        strapi = await _strapi(settings, locks, told, stack)
        return strapi, strapi
    return None, None


async def _strapi(settings: Settings, locks: Locks, told: Observer, stack: AsyncExitStack) -> StrapiCMS:
    from asset_ingest.adapters.cms.strapi.cms import strapi_cms
    from asset_ingest.adapters.cms.strapi.mapping import Mapping as Fields
    from asset_ingest.adapters.cms.strapi.mapping_file import read_mapping

    if settings.strapi_url is None or settings.strapi_token is None:
        raise Misconfigured("ASSET_INGEST_CMS=strapi needs ASSET_INGEST_STRAPI_URL and ASSET_INGEST_STRAPI_TOKEN")
    path = settings.strapi_mapping
    return await stack.enter_async_context(
        strapi_cms(
            settings.strapi_url,
            settings.strapi_token.get_secret_value(),
            locks=locks,
            observer=told,
            mapping=await to_thread.run_sync(read_mapping, path) if path else Fields(),
            view=settings.strapi_status,
        )
    )


def listings_of(settings: Settings, cache: Cache, locks: Locks, clock: Clock) -> AssetStoreListings | None:
    """Return the store's pages if an operator turned them on."""
    if not settings.store_page:
        return None
    from asset_ingest.adapters.listings.asset_store import AssetStoreListings, Manners, StorePlace

    place = StorePlace(
        contact=cast("str", settings.store_page_contact),
        version=version("asset-ingest"),
        url=settings.store_page_url,
        loopback=urlsplit(settings.store_page_url).hostname in {"127.0.0.1", "::1", "localhost"},
    )
    manners = Manners(spacing=timedelta(seconds=settings.store_page_seconds))
    return AssetStoreListings(place, cache, locks, clock, manners=manners)


def remote_files_of(settings: Settings) -> RemoteFiles | None:
    """Return how files are fetched from web addresses if an operator allowed it."""
    if not settings.remote_import:
        return None
    from asset_ingest.adapters.remote.http import WEB, HttpRemoteFiles
    from asset_ingest.adapters.safe_fetch import SafeFetch

    fetch = SafeFetch(f"asset-ingest/{version('asset-ingest')}", reach=WEB)
    return HttpRemoteFiles(fetch, largest=settings.largest_upload)


async def access_tokens_of(settings: Settings, clock: Clock) -> AccessTokens:
    """Return what signs access tokens: keys that settings name, or one of our own in the data folder."""
    from asset_ingest.adapters.identity.jwt import JwtAccessTokens
    from asset_ingest.adapters.object_store.shared_secret import shared_secret

    if settings.token_keys:
        return JwtAccessTokens([key.get_secret_value().encode() for key in settings.token_keys], clock)
    present, previous = settings.data / "token.key", settings.data / "token.previous.key"
    keys = [await to_thread.run_sync(shared_secret, present)]
    if await to_thread.run_sync(previous.exists):
        keys.append(await to_thread.run_sync(shared_secret, previous))
    return JwtAccessTokens(keys, clock)


def mailer_of(settings: Settings) -> Mailer | None:
    """Return who takes letters, if an operator named a mail server."""
    if settings.smtp_host is None:
        return None
    from asset_ingest.adapters.mail.smtp import Post, SmtpMailer

    post = Post(
        settings.smtp_host,
        settings.smtp_port,
        cast("str", settings.smtp_sender),
        settings.smtp_security,
        settings.smtp_user,
        settings.smtp_password.get_secret_value() if settings.smtp_password else None,
        settings.smtp_ca_file,
    )
    return SmtpMailer(post)


@asynccontextmanager
async def outside(settings: Settings) -> AsyncIterator[Mapping[str, Examinable]]:
    """Yield every service of others that settings choose, by name, to be examined; needs no database."""
    from asset_ingest.adapters.cache.memory import MemoryCache
    from asset_ingest.adapters.clock.system import SystemClock
    from asset_ingest.adapters.locks.memory import MemoryLocks

    found: dict[str, Examinable] = {}
    async with AsyncExitStack() as stack:
        locks, clock = MemoryLocks(), SystemClock()
        if settings.s3_bucket:
            with needing("s3", "ASSET_INGEST_S3_BUCKET"):
                from asset_ingest.adapters.object_store.s3.examine import S3Examination

            found["S3"] = S3Examination(s3_place(settings), origins(settings))
        if settings.redis_url:
            with needing("redis", "ASSET_INGEST_REDIS_URL"):
                from asset_ingest.adapters.task_queue.redis_examination import RedisExamination

            found["Redis"] = RedisExamination(redis_url(settings), settings.redis_prefix)
        if settings.cms == "strapi":
            found["Strapi"] = await _strapi(settings, locks, observer(settings), stack)
        if store := listings_of(settings, MemoryCache(clock), locks, clock):
            found["Asset Store"] = store
        yield found


async def allow_browsers(settings: Settings) -> None:
    """Let the page's browsers send to the bucket and read from it."""
    with needing("s3", "--set-cors"):
        from asset_ingest.adapters.object_store.s3.cors import set_cors

    await set_cors(s3_place(settings), origins(settings))


def origins(settings: Settings) -> tuple[str, ...]:
    """Return the origins that pages of ours have in browsers."""
    own = settings.public_url or f"http://{settings.host}:{settings.port}"
    return (own.rstrip("/"), *settings.cors_origins)
