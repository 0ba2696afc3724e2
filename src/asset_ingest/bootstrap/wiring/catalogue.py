"""Assets, and all that is made, said and shown of them."""

from __future__ import annotations

from dataclasses import dataclass

from asset_ingest.bootstrap.ports import Ports, Tuning
from asset_ingest.core.journeys import Journeys
from asset_ingest.core.services.asset_changes import AssetChanges
from asset_ingest.core.services.asset_edits import AssetEdits
from asset_ingest.core.services.assets import Assets
from asset_ingest.core.services.attempts import Attempts
from asset_ingest.core.services.audit import Audit
from asset_ingest.core.services.publications import Publications
from asset_ingest.core.services.shared import Shared
from asset_ingest.core.services.shares import Shares
from asset_ingest.core.services.versions import Versions


@dataclass(frozen=True)
class Catalogue:
    """What assets are, who changed them, and who sees them from outside."""

    assets: Assets
    asset_edits: AssetEdits
    versions: Versions
    audit: Audit
    publications: Publications
    shares: Shares
    shared: Shared


def catalogue(ports: Ports, tuning: Tuning, journeys: Journeys) -> Catalogue:
    """Wire the catalogue; a CMS, where there is one, follows its changes."""
    assets = Assets(ports.records, ports.store)
    publications = Publications(journeys, ports.system.work, ports.store, ports.cms, ports.drift)
    changes = AssetChanges(journeys, assets, publications)
    shares = Shares(journeys, ports.tokens, ports.passwords, tuning.shares)
    attempts = Attempts(ports.system.attempts, ports.clock)
    return Catalogue(
        assets=assets,
        asset_edits=AssetEdits(changes, shares),
        versions=Versions(changes),
        audit=Audit(ports.records),
        publications=publications,
        shares=shares,
        shared=Shared(journeys, ports.system.shares, ports.passwords, attempts),
    )
