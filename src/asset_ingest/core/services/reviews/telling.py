"""Who hears of a review: the outbox for all, a notification for those whom it concerns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from asset_ingest.core.errors import AssetInTrash
from asset_ingest.core.journeys import Journeys
from asset_ingest.core.model.access import Principal
from asset_ingest.core.model.assets import Asset, AssetVersion
from asset_ingest.core.model.events import Event
from asset_ingest.core.model.ids import ApprovalId, AssetId, CommentId, MemberId, NotificationId
from asset_ingest.core.model.notifications import Notification, Reason
from asset_ingest.core.ports.repos import Transaction


@dataclass(frozen=True, slots=True)
class Discussed:
    """A version that somebody has something to say of; its asset is locked."""

    asset: Asset
    version: AssetVersion


async def discuss(tx: Transaction, asset_id: AssetId, number: int) -> Discussed:
    """Lock the asset, so that all that is said of it comes one after the other, and return it with the version.

    Raises AssetInTrash: what lies there is as it was thrown away, with what was said of it.
    """
    return Discussed(await locked(tx, asset_id), await tx.versions.numbered(asset_id, number))


async def locked(tx: Transaction, asset_id: AssetId) -> Asset:
    """Lock an asset of which something can be said; raises AssetInTrash."""
    asset = await tx.assets.lock(asset_id)
    if asset.is_trashed:
        raise AssetInTrash
    return asset


@dataclass(frozen=True, slots=True)
class Telling:
    """Writes facts and notifications in the caller's transaction."""

    journeys: Journeys

    async def everybody(self, tx: Transaction, who: Principal, asset: Asset, event: Event) -> None:
        """Write the fact."""
        await self.journeys.tell_asset(tx, asset, event, who.actor, who.correlation_id)

    async def those(
        self,
        tx: Transaction,
        who: Principal,
        at: Discussed,
        reasons: Mapping[MemberId, Reason],
        what: CommentId | ApprovalId,
    ) -> None:
        """Write a notification for each of them who is in the studio, except to the one who did it."""
        present = await tx.people.present([member_id for member_id in reasons if member_id != who.member_id])
        await tx.notifications.add(
            *(self._notification(who, at, member_id, reasons[member_id], what) for member_id in sorted(present))
        )

    def _notification(
        self, who: Principal, at: Discussed, member_id: MemberId, reason: Reason, what: CommentId | ApprovalId
    ) -> Notification:
        is_verdict = reason is Reason.VERDICT
        return Notification(
            id=NotificationId(self.journeys.new_id()),
            studio_id=who.studio_id,
            member_id=member_id,
            reason=reason,
            asset_id=at.asset.id,
            version=at.version.number,
            created_by=who.member_id,
            created_at=self.journeys.clock.now(),
            comment_id=None if is_verdict else CommentId(what),
            approval_id=ApprovalId(what) if is_verdict else None,
        )
