"""What the program is made over: everything outside, and the numbers that an operator chooses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from asset_ingest.core.pipelines.runner import Patience
from asset_ingest.core.ports.clock import Clock, NewId
from asset_ingest.core.ports.cms import CMS, ReportsDrift
from asset_ingest.core.ports.identity import AccessTokens, Passwords, Tokens
from asset_ingest.core.ports.listings import StoreListings
from asset_ingest.core.ports.mail import Mailer
from asset_ingest.core.ports.media import Images
from asset_ingest.core.ports.notifier import Audience, Notifier
from asset_ingest.core.ports.object_store import (
    DirectUploads,
    KeepsLeftovers,
    ObjectStore,
    ResumableUploads,
    SignedDoor,
)
from asset_ingest.core.ports.remote import RemoteFiles
from asset_ingest.core.ports.repos import Records
from asset_ingest.core.ports.system_records import SystemRecords
from asset_ingest.core.ports.task_queue import TaskQueue, TaskSource
from asset_ingest.core.ports.telemetry import Observer
from asset_ingest.core.services.accounts import Registration
from asset_ingest.core.services.digests import DigestOptions
from asset_ingest.core.services.imports import ImportLimits
from asset_ingest.core.services.intake import IntakeLimits
from asset_ingest.core.services.rates import RateLimits
from asset_ingest.core.services.shares import ShareLimits
from asset_ingest.core.services.sign_in import TokenLives
from asset_ingest.core.services.transfers import TransferLimits
from asset_ingest.core.services.uploads import UploadLimits


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything outside, chosen."""

    records: Records
    system: SystemRecords
    store: ObjectStore
    resumable: ResumableUploads
    queue: TaskQueue
    source: TaskSource | None  # None where a broker hands ids to its workers
    notifier: Notifier
    audience: Audience
    images: Images
    tokens: Tokens
    passwords: Passwords
    access_tokens: AccessTokens
    clock: Clock
    new_id: NewId
    observer: Observer
    cms: CMS | None = None
    drift: ReportsDrift | None = None
    listings: StoreListings | None = None
    direct: DirectUploads | None = None
    door: SignedDoor | None = None  # None where signed requests do not come to us
    leftovers: KeepsLeftovers | None = None
    remote: RemoteFiles | None = None
    mailer: Mailer | None = None  # None where no mail is sent


@dataclass(frozen=True, slots=True)
class Tuning:
    """Limits and waits; the defaults are those of Settings."""

    uploads: UploadLimits = UploadLimits()
    transfers: TransferLimits = TransferLimits()
    imports: ImportLimits = ImportLimits()
    intake: IntakeLimits = IntakeLimits()
    shares: ShareLimits = ShareLimits()
    rates: RateLimits = RateLimits()
    lives: TokenLives = TokenLives()
    registration: Registration = Registration.FIRST
    public_url: str | None = None
    patience: Patience = Patience()
    worker_concurrency: int = 2
    steps_under_way: int | None = None
    sweep_seconds: float = 3600.0
    orphan_grace: timedelta = timedelta(hours=1)
    digests: DigestOptions = DigestOptions()


USUAL: Final = Tuning()
