"""Share links as members see them: made, listed and revoked. What a link shows is in `shared`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from unicodedata import normalize

from asset_ingest.core.errors import AssetInTrash, InvalidRequest, NotFound, NotPossibleNow
from asset_ingest.core.journeys import Journeys
from asset_ingest.core.model.access import Action, Principal, require
from asset_ingest.core.model.assets import Asset
from asset_ingest.core.model.events import ShareCreated, ShareRevoked
from asset_ingest.core.model.ids import AssetId, MemberId, ShareId
from asset_ingest.core.model.shares import Share, ShareStatus
from asset_ingest.core.ports.identity import Passwords, Tokens
from asset_ingest.core.ports.repos import Transaction
from asset_ingest.core.services.access import digest_of
from asset_ingest.core.services.jobs import Page, page_of

SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 256


@dataclass(frozen=True, slots=True)
class ShareLimits:
    """How long links live where nobody says it, and at most; how many of one asset may be open at once."""

    lives: timedelta = timedelta(days=7)
    longest: timedelta = timedelta(days=90)
    at_once: int = 100


@dataclass(frozen=True, slots=True)
class NewShare:
    """What a member wants of a link; without a version it follows the current one."""

    version: int | None = None
    expires_at: datetime | None = None
    password: str | None = field(default=None, repr=False)
    may_download: bool = False


@dataclass(frozen=True, slots=True)
class ShareView:
    """A link, without what opens it."""

    id: ShareId
    asset_id: AssetId
    version: int | None
    may_download: bool
    has_password: bool
    status: ShareStatus
    created_by: MemberId
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Shares:
    """Makes, lists and ends links to assets."""

    journeys: Journeys
    tokens: Tokens
    passwords: Passwords
    limits: ShareLimits

    async def create(self, who: Principal, asset_id: AssetId, wanted: NewShare) -> tuple[ShareView, str]:
        """Make a link; return it with its token, which nobody can be told again."""
        require(who, Action.SHARE)
        now, token = self.journeys.clock.now(), self.tokens.new()
        share = Share(
            id=ShareId(self.journeys.new_id()),
            studio_id=who.studio_id,
            asset_id=asset_id,
            token_hash=digest_of(token),
            seal=self.tokens.new(),
            may_download=wanted.may_download,
            created_by=who.member_id,
            created_at=now,
            expires_at=self._end(now, wanted.expires_at),
            version=wanted.version,
            password_hash=await self._hashed(wanted.password),
        )
        async with self.journeys.change(who.studio_id) as tx:
            asset = await self._room(tx, share, now)
            await tx.shares.add(share)
            await self.journeys.tell_asset(tx, asset, _created(share), who, who.correlation_id)
        return share_view(share, now), token

    async def page(self, who: Principal, asset_id: AssetId, limit: int, after: ShareId | None) -> Page[ShareView]:
        """Return the links to the asset, newest first, with those that have ended."""
        require(who, Action.SHARE)
        async with self.journeys.records.reading(who.studio_id) as tx:
            await tx.assets.get(asset_id)
            found = await tx.shares.of_asset(asset_id, limit + 1, after)
        now = self.journeys.clock.now()
        views = [share_view(share, now) for share in found[:limit]]
        return page_of(views, more=len(found) > limit, cursor=lambda share: share.id)

    async def revoke(self, who: Principal, asset_id: AssetId, share_id: ShareId) -> None:
        """End the link now, for those too who have it open; ending it twice is no error."""
        require(who, Action.SHARE)
        async with self.journeys.change(who.studio_id) as tx:
            asset = await tx.assets.lock(asset_id)
            if (await tx.shares.get(share_id)).asset_id != asset_id:
                raise NotFound("share link", share_id)
            if await tx.shares.revoke(share_id, self.journeys.clock.now()):
                await self._tell_end(tx, asset, share_id, who)

    async def end_all(self, tx: Transaction, who: Principal, asset: Asset) -> None:
        """End every link to an asset that goes into the trash, in the caller's transaction: restoring revives none."""
        for share_id in await tx.shares.revoke_all(asset.id, self.journeys.clock.now()):
            await self._tell_end(tx, asset, share_id, who)

    async def _tell_end(self, tx: Transaction, asset: Asset, share_id: ShareId, who: Principal) -> None:
        await self.journeys.tell_asset(tx, asset, ShareRevoked(share_id=share_id), who, who.correlation_id)

    def _end(self, now: datetime, wanted: datetime | None) -> datetime:
        if wanted is None:
            return now + min(self.limits.lives, self.limits.longest)
        if not now < wanted <= now + self.limits.longest:
            raise InvalidRequest(f"a link ends in the future, at most {self.limits.longest} from now", "expires_at")
        return wanted

    async def _hashed(self, password: str | None) -> str | None:
        if password is None:
            return None
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise InvalidRequest(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters", "password")
        return await self.passwords.hash(typed(password))

    async def _room(self, tx: Transaction, share: Share, now: datetime) -> Asset:
        """Hold the asset, so that what is counted stays true until the link is there."""
        asset = await tx.assets.lock(share.asset_id)
        if asset.is_trashed:
            raise AssetInTrash
        if share.version is not None:
            await tx.versions.numbered(asset.id, share.version)
        if await tx.shares.count(asset.id, now) >= self.limits.at_once:
            raise NotPossibleNow(f"{self.limits.at_once} links to this asset are open; revoke one first")
        return asset


def typed(password: str) -> str:
    """Return the password as every keyboard writes it: the same letters may be put together in several ways."""
    return normalize("NFC", password)


def share_view(share: Share, now: datetime) -> ShareView:
    """Return what members may see of the link."""
    return ShareView(
        id=share.id,
        asset_id=share.asset_id,
        version=share.version,
        may_download=share.may_download,
        has_password=share.password_hash is not None,
        status=share.status(now),
        created_by=share.created_by,
        created_at=share.created_at,
        expires_at=share.expires_at,
        revoked_at=share.revoked_at,
    )


def _created(share: Share) -> ShareCreated:
    return ShareCreated(
        share_id=share.id,
        version=share.version,
        may_download=share.may_download,
        has_password=share.password_hash is not None,
        expires_at=share.expires_at.isoformat(),
    )
