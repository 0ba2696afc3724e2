"""The program over any ports: what is wired to what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from asset_ingest.core.journeys import Journeys
from asset_ingest.core.model.assets import AssetKind
from asset_ingest.core.model.uploads import Method
from asset_ingest.core.pipelines.commit import Pipelines, planned
from asset_ingest.core.pipelines.digest import Digest
from asset_ingest.core.pipelines.publish import Publish
from asset_ingest.core.pipelines.runner import Patience, Runner
from asset_ingest.core.pipelines.store_page import AskStorePage
from asset_ingest.core.pipelines.unity import PictureContents, Unpack
from asset_ingest.core.pipelines.worker import Worker
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
from asset_ingest.core.services.access import Access
from asset_ingest.core.services.accounts import Accounts, Registration
from asset_ingest.core.services.api_keys import ApiKeys
from asset_ingest.core.services.arrivals import Arrivals
from asset_ingest.core.services.asset_changes import AssetChanges
from asset_ingest.core.services.asset_edits import AssetEdits
from asset_ingest.core.services.assets import Assets
from asset_ingest.core.services.attempts import Attempts
from asset_ingest.core.services.audit import Audit
from asset_ingest.core.services.deliveries import Deliveries
from asset_ingest.core.services.digests import DigestOptions, Digests
from asset_ingest.core.services.events import Events
from asset_ingest.core.services.groups import Groups
from asset_ingest.core.services.imports import ImportLimits, Imports
from asset_ingest.core.services.intake import Intake, IntakeLimits
from asset_ingest.core.services.invitations import Invitations
from asset_ingest.core.services.jobs import Jobs
from asset_ingest.core.services.landing import Landing
from asset_ingest.core.services.letters import Letters
from asset_ingest.core.services.members import Members
from asset_ingest.core.services.notifications import Notifications
from asset_ingest.core.services.presence import Presence
from asset_ingest.core.services.publications import Publications
from asset_ingest.core.services.rates import RateLimits, Rates
from asset_ingest.core.services.readiness import Readiness
from asset_ingest.core.services.resets import Resets
from asset_ingest.core.services.reviews import Approvals, Comments, Policies
from asset_ingest.core.services.shared import Shared
from asset_ingest.core.services.shares import ShareLimits, Shares
from asset_ingest.core.services.sign_in import SignIn, TokenLives
from asset_ingest.core.services.transfers import TransferLimits, Transfers
from asset_ingest.core.services.upkeep import Dispatcher, Relay, Sweeper, Upkeep
from asset_ingest.core.services.uploads import UploadLimits, Uploads
from asset_ingest.core.services.versions import Versions

QUEUES = ("ingest", "media", "publish")


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


@dataclass(frozen=True, slots=True)
class App:
    """The use cases, wired."""

    access: Access
    sign_in: SignIn
    accounts: Accounts
    resets: Resets
    members: Members
    invitations: Invitations
    api_keys: ApiKeys
    rates: Rates
    intake: Intake
    uploads: Uploads
    transfers: Transfers
    deliveries: Deliveries | None  # None without a door for them
    imports: Imports
    arrivals: Arrivals
    groups: Groups
    jobs: Jobs
    assets: Assets
    comments: Comments
    approvals: Approvals
    policies: Policies
    notifications: Notifications
    digests: Digests | None  # None where no mail is sent
    asset_edits: AssetEdits
    versions: Versions
    audit: Audit
    publications: Publications
    shares: Shares
    shared: Shared
    events: Events
    presence: Presence
    upkeep: Upkeep
    runner: Runner
    worker: Worker | None  # None without a source to pull from
    check: Readiness
    observer: Observer
    new_id: NewId


def wire(ports: Ports, tuning: Tuning = Tuning()) -> App:
    """Build the program over any ports; opens nothing."""
    journeys = Journeys(ports.records, ports.notifier, ports.clock, ports.new_id, ports.observer)
    pipes = pipelines(ports)
    runner = Runner(ports.system.work, journeys, pipes, ports.observer, tuning.patience)
    room = dict.fromkeys(QUEUES, tuning.steps_under_way or 2 * tuning.worker_concurrency)
    first = planned(pipes.digest)
    landing = Landing(journeys, ports.store, first, tuning.transfers.quotas)
    transfers = Transfers(journeys, ports.store, ports.resumable, ports.direct, first, landing, tuning.transfers)
    uploads = Uploads(journeys, ports.store, first, landing, tuning.uploads)
    arrivals = Arrivals(transfers, ports.system.work, ports.observer)
    digests = digests_of(ports, tuning)
    assets = Assets(ports.records, ports.store)
    publications = Publications(journeys, ports.system.work, ports.store, ports.cms, ports.drift)
    changes = AssetChanges(journeys, assets, publications)
    shares = Shares(journeys, ports.tokens, ports.passwords, tuning.shares)
    attempts = Attempts(ports.system.attempts, ports.clock)
    sign_in = SignIn(
        journeys, ports.system.access, attempts, ports.passwords, ports.tokens, ports.access_tokens, tuning.lives
    )
    presence = Presence(ports.records, ports.notifier, ports.observer, process=ports.new_id())
    letters = Letters(ports.mailer, ports.observer, tuning.public_url)
    return App(
        access=Access(ports.system.access, ports.tokens, ports.access_tokens, ports.clock, ports.new_id),
        sign_in=sign_in,
        accounts=Accounts(journeys, ports.system.access, sign_in, tuning.registration),
        resets=Resets(journeys, ports.system.access, attempts, ports.tokens, letters),
        members=Members(journeys),
        invitations=Invitations(journeys, ports.system.access, sign_in, letters),
        api_keys=ApiKeys(journeys, ports.tokens),
        rates=Rates(ports.clock, tuning.rates),
        intake=Intake(ports.clock, tuning.intake),
        uploads=uploads,
        transfers=transfers,
        deliveries=Deliveries(ports.door, ports.store, ports.resumable, transfers.wanting) if ports.door else None,
        imports=Imports(
            journeys,
            replace(transfers, takes=frozenset({Method.REMOTE})),
            ports.system.imports,
            ports.remote,
            tuning.imports,
        ),
        arrivals=arrivals,
        groups=Groups(journeys, Jobs(journeys)),
        jobs=Jobs(journeys),
        comments=Comments(journeys),
        approvals=Approvals(journeys),
        policies=Policies(journeys),
        notifications=Notifications(ports.records, ports.clock),
        digests=digests,
        shares=shares,
        shared=Shared(journeys, ports.system.shares, ports.passwords, attempts),
        assets=assets,
        asset_edits=AssetEdits(changes, shares),
        versions=Versions(changes),
        audit=Audit(ports.records),
        publications=publications,
        events=Events(ports.records, ports.notifier, ports.audience, ports.observer, presence),
        presence=presence,
        upkeep=Upkeep(
            dispatcher=Dispatcher(ports.system.work, ports.queue, runner.bury, room, ports.observer),
            relay=Relay(ports.system.relay, ports.notifier),
            sweeper=Sweeper(
                journeys, ports.system.work, ports.store, tuning.orphan_grace, ports.leftovers, ports.resumable
            ),
            notifier=ports.notifier,
            observer=ports.observer,
            finish=transfers.join_and_finish,
            look_for_arrivals=arrivals.once,
            work=ports.system.work,
            send_digests=digests.once if digests else None,
            sweep_seconds=tuning.sweep_seconds,
        ),
        runner=runner,
        worker=Worker(ports.source, runner, ports.observer, QUEUES, tuning.worker_concurrency)
        if ports.source
        else None,
        check=Readiness(ports.system.access, ports.store),
        observer=ports.observer,
        new_id=ports.new_id,
    )


def digests_of(ports: Ports, tuning: Tuning) -> Digests | None:
    """Return who sends members mails of what they have not read, where mail is sent at all."""
    if ports.mailer is None or tuning.digests.after is None:
        return None
    told = (ports.records, ports.system.digests, ports.mailer, ports.clock, ports.new_id, ports.observer)
    return Digests(*told, tuning.digests)


def pipelines(ports: Ports) -> Pipelines:
    """Name the steps of every kind, in order."""
    publish = Publish(ports.store, ports.clock, ports.cms)
    return Pipelines(
        digest=Digest(ports.store),
        by_kind={
            AssetKind.UNITY_PACKAGE: (
                Unpack(ports.store),
                AskStorePage(ports.listings, ports.store, ports.images),
                PictureContents(ports.store, ports.images),
                publish,
            ),
            AssetKind.OTHER: (publish,),
        },
    )
