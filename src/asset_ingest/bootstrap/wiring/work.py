"""The work that uploads cause: its steps, who does them, and what keeps all of it going."""

from __future__ import annotations

from dataclasses import dataclass

from asset_ingest.bootstrap.ports import Ports, Tuning
from asset_ingest.bootstrap.wiring.reviews import Reviews
from asset_ingest.bootstrap.wiring.roads import Roads
from asset_ingest.core.journeys import Journeys
from asset_ingest.core.model.assets import AssetKind
from asset_ingest.core.pipelines.commit import Pipelines
from asset_ingest.core.pipelines.digest import Digest
from asset_ingest.core.pipelines.publish import Publish
from asset_ingest.core.pipelines.runner import Runner
from asset_ingest.core.pipelines.store_page import AskStorePage
from asset_ingest.core.pipelines.unity import PictureContents, Unpack
from asset_ingest.core.pipelines.worker import Worker
from asset_ingest.core.services.groups import Groups
from asset_ingest.core.services.jobs import Jobs
from asset_ingest.core.services.readiness import Readiness
from asset_ingest.core.services.upkeep import Dispatcher, Relay, Sweeper, Upkeep

QUEUES = ("ingest", "media", "publish")


@dataclass(frozen=True)
class Work:
    """Jobs, and the processes behind them."""

    groups: Groups
    jobs: Jobs
    runner: Runner
    worker: Worker | None  # None without a source to pull from
    upkeep: Upkeep
    check: Readiness


def work(
    ports: Ports, tuning: Tuning, journeys: Journeys, pipes: Pipelines, *, come_by: Roads, told_by: Reviews
) -> Work:
    """Wire the work on what comes by the roads, and the upkeep of it all."""
    runner = Runner(ports.system.work, journeys, pipes, ports.observer, tuning.patience)
    concurrency, jobs = tuning.worker_concurrency, Jobs(journeys)
    return Work(
        groups=Groups(journeys, jobs),
        jobs=jobs,
        runner=runner,
        worker=Worker(ports.source, runner, ports.observer, QUEUES, concurrency) if ports.source else None,
        upkeep=_upkeep(ports, tuning, journeys, runner, come_by, told_by),
        check=Readiness(ports.system.access, ports.store),
    )


def _upkeep(
    ports: Ports, tuning: Tuning, journeys: Journeys, runner: Runner, come_by: Roads, told_by: Reviews
) -> Upkeep:
    held, grace = ports.system.work, tuning.orphan_grace
    room = dict.fromkeys(QUEUES, tuning.steps_under_way or 2 * tuning.worker_concurrency)
    return Upkeep(
        dispatcher=Dispatcher(held, ports.queue, runner.bury, room, ports.observer),
        relay=Relay(ports.system.relay, ports.notifier, told_by.events.tell_numbered),
        sweeper=Sweeper(journeys, held, ports.store, grace, ports.leftovers, ports.resumable),
        notifier=ports.notifier,
        observer=ports.observer,
        finish=come_by.transfers.join_and_finish,
        look_for_arrivals=come_by.arrivals.once,
        work=held,
        send_digests=told_by.digests.once if told_by.digests else None,
        sweep_seconds=tuning.sweep_seconds,
    )


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
