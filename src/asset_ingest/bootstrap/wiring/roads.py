"""The roads that bytes come by."""

from __future__ import annotations

from dataclasses import dataclass, replace

from asset_ingest.bootstrap.ports import Ports, Tuning
from asset_ingest.core.journeys import Journeys
from asset_ingest.core.model.uploads import Method
from asset_ingest.core.pipelines.commit import Pipelines, planned
from asset_ingest.core.services.arrivals import Arrivals
from asset_ingest.core.services.deliveries import Deliveries
from asset_ingest.core.services.imports import Imports
from asset_ingest.core.services.intake import Intake
from asset_ingest.core.services.landing import Landing
from asset_ingest.core.services.transfers import Transfers
from asset_ingest.core.services.uploads import Uploads


@dataclass(frozen=True)
class Roads:
    """One request, many, straight to the store, or fetched by us."""

    intake: Intake
    uploads: Uploads
    transfers: Transfers
    deliveries: Deliveries | None  # None without a door for them
    imports: Imports
    arrivals: Arrivals


def roads(ports: Ports, tuning: Tuning, journeys: Journeys, pipes: Pipelines) -> Roads:
    """Wire every road to the same first step."""
    first = planned(pipes.digest)
    landing = Landing(journeys, ports.store, first, tuning.transfers.quotas)
    transfers = Transfers(journeys, ports.store, ports.resumable, ports.direct, first, landing, tuning.transfers)
    fetched = replace(transfers, takes=frozenset({Method.REMOTE}))
    return Roads(
        intake=Intake(ports.clock, tuning.intake),
        uploads=Uploads(journeys, ports.store, first, landing, tuning.uploads),
        transfers=transfers,
        deliveries=Deliveries(ports.door, ports.store, ports.resumable, transfers.wanting) if ports.door else None,
        imports=Imports(journeys, fetched, ports.system.imports, ports.remote, tuning.imports),
        arrivals=Arrivals(transfers, ports.system.work, ports.observer),
    )
