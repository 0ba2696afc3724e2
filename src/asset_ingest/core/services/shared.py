"""What a share link shows to whoever holds it: one asset, one version, nothing else of the studio."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from asset_ingest.core.errors import NoSuchShare, NotFound, PasswordNeeded
from asset_ingest.core.journeys import Journeys
from asset_ingest.core.model.assets import Asset, AssetKind, AssetVersion, Blob, Rendition, RenditionRole
from asset_ingest.core.model.events import ShareOpened
from asset_ingest.core.model.ids import ShareId
from asset_ingest.core.model.shares import Share, ShareStatus, ShareVisit
from asset_ingest.core.ports.identity import Passwords
from asset_ingest.core.ports.repos import Transaction
from asset_ingest.core.ports.share_repos import ShareRecords
from asset_ingest.core.services.access import digest_of
from asset_ingest.core.services.assets import Content
from asset_ingest.core.services.attempts import Attempts
from asset_ingest.core.services.shares import typed

PASS_LIVES: Final = timedelta(hours=4)
_PASS: Final = re.compile(r"(?P<token>[A-Za-z0-9_-]{1,256})\.(?P<until>[0-9]{1,12})\.(?P<seal>[0-9a-f]{64})", re.ASCII)
PICTURES: Final = frozenset({RenditionRole.THUMBNAIL, RenditionRole.CONTACT_SHEET})


@dataclass(frozen=True, slots=True)
class SharedView:
    """All that a link shows. Addresses are for whoever has opened it; `content_url` where it lets the file be saved."""

    id: ShareId
    name: str
    kind: AssetKind
    version: int
    filename: str
    size: int
    content_type: str
    created_at: datetime
    expires_at: datetime
    thumbnail_url: str | None
    contact_sheet_url: str | None
    content_url: str | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Opened:
    """What is behind a link, and the pass with which its pictures and its file can be asked for."""

    view: SharedView
    pass_: str


@dataclass(frozen=True, slots=True)
class Shared:
    """Opens links. Everything is looked up anew at each request, so a link that has ended shows nothing any more."""

    journeys: Journeys
    records: ShareRecords
    passwords: Passwords
    attempts: Attempts

    async def open(self, token: str, password: str | None, address: str, correlation_id: str) -> Opened:
        """Show what is behind the link.

        Raises NoSuchShare, PasswordNeeded, or TooManyRequests for whoever guesses.
        """
        share = await self._live(token)
        visitor = _pseudonym(token, address, self.journeys.clock.now())
        await self._prove(share, password, visitor)
        async with self.journeys.change(share.studio_id) as tx:
            asset, version = await _shown(tx, share)
            view = await _view(tx, share, asset, version)
            await self._note(tx, share, asset, version, visitor, correlation_id)
        return Opened(view, self._pass(share, token))

    async def look(self, share_id: ShareId, pass_: str) -> SharedView:
        """Show it again to whoever has a pass."""
        share = await self._passed(share_id, pass_)
        async with self.journeys.records.reading(share.studio_id) as tx:
            return await _view(tx, share, *await _shown(tx, share))

    async def content(self, share_id: ShareId, pass_: str) -> Content:
        """Return where the original bytes are, if the link lets them be saved."""
        share = await self._passed(share_id, pass_)
        if not share.may_download:
            raise NoSuchShare
        async with self.journeys.records.reading(share.studio_id) as tx:
            _, version = await _shown(tx, share)
            blob = await tx.versions.blob(version.blob_id)
        return Content(
            blob.object_key, blob.size, version.content_type, version.filename, blob.sha256, version.created_at
        )

    async def picture(self, share_id: ShareId, pass_: str, role: RenditionRole) -> Content:
        """Return where a picture of the version that is shown is."""
        share = await self._passed(share_id, pass_)
        async with self.journeys.records.reading(share.studio_id) as tx:
            _, version = await _shown(tx, share)
            made = (await _pictures(tx, version)).get(role)
        if made is None:
            raise NoSuchShare
        return Content(made.object_key, made.size, made.content_type, str(role), made.edition)

    async def _live(self, token: str) -> Share:
        share = await self.records.by_token(digest_of(token))
        if share is None or share.status(self.journeys.clock.now()) is not ShareStatus.ACTIVE:
            raise NoSuchShare
        return share

    # --- passwords ----------------------------------------------------------------------------------------------

    async def _prove(self, share: Share, password: str | None, visitor: str) -> None:
        if share.password_hash is None:
            return
        if password is None:
            raise PasswordNeeded("this link has a password")
        await self.attempts.open_link(str(share.id), visitor)
        if not await self.passwords.verify(share.password_hash, typed(password)):
            raise PasswordNeeded("that is not the password of this link")
        await self.attempts.opened_link(str(share.id), visitor)

    # --- passes -------------------------------------------------------------------------------------------------

    def _pass(self, share: Share, token: str) -> str:
        """Return what proves for a while that the link was opened, password and all.

        It takes both the token, which we do not keep, and the seal, which nobody outside has: neither a reader of our
        tables nor a holder of the link can make one.
        """
        until = int((self.journeys.clock.now() + PASS_LIVES).timestamp())
        return f"{token}.{until}.{_seal(share, until)}"

    async def _passed(self, share_id: ShareId, pass_: str) -> Share:
        parts = _PASS.fullmatch(pass_)
        if parts is None:
            raise NoSuchShare
        share, until = await self._live(parts["token"]), int(parts["until"])
        is_ours = hmac.compare_digest(_seal(share, until), parts["seal"])
        if not is_ours or share.id != share_id or until <= self.journeys.clock.now().timestamp():
            raise NoSuchShare
        return share

    # --- the audit trail ----------------------------------------------------------------------------------------

    async def _note(
        self, tx: Transaction, share: Share, asset: Asset, version: AssetVersion, visitor: str, correlation_id: str
    ) -> None:
        """Tell of the first opening by each visitor and day: enough to see who came, too little to follow them."""
        visit = ShareVisit(share.id, share.studio_id, self.journeys.clock.now().date(), visitor)
        if await tx.shares.visit(visit):
            told = ShareOpened(share_id=share.id, version=version.number, visitor=visitor)
            await self.journeys.tell_asset(tx, asset, told, f"share:{share.id}", correlation_id)


async def _shown(tx: Transaction, share: Share) -> tuple[Asset, AssetVersion]:
    try:
        asset = await tx.assets.get(share.asset_id)
    except NotFound:
        raise NoSuchShare from None
    if asset.is_trashed:
        raise NoSuchShare
    try:
        return asset, await tx.versions.numbered(asset.id, share.version or asset.current_version)
    except NotFound:
        raise NoSuchShare from None


async def _pictures(tx: Transaction, version: AssetVersion) -> dict[RenditionRole, Rendition]:
    return {made.role: made for made in await tx.derived.renditions([version.id]) if made.role in PICTURES}


async def _view(tx: Transaction, share: Share, asset: Asset, version: AssetVersion) -> SharedView:
    blob: Blob = await tx.versions.blob(version.blob_id)
    pictures, at = await _pictures(tx, version), f"/api/v1/shared/{share.id}"
    urls = {role: f"{at}/renditions/{role}?v={made.edition}" for role, made in pictures.items()}
    return SharedView(
        id=share.id,
        name=asset.name,
        kind=asset.kind,
        version=version.number,
        filename=version.filename,
        size=blob.size,
        content_type=version.content_type,
        created_at=version.created_at,
        expires_at=share.expires_at,
        thumbnail_url=urls.get(RenditionRole.THUMBNAIL),
        contact_sheet_url=urls.get(RenditionRole.CONTACT_SHEET),
        content_url=f"{at}/content" if share.may_download else None,
        sha256=blob.sha256 if share.may_download else None,
    )


def _seal(share: Share, until: int) -> str:
    return hmac.digest(share.seal.encode(), f"{share.id}.{until}".encode(), hashlib.sha256).hex()


def _pseudonym(token: str, address: str, now: datetime) -> str:
    """Return a name for the visitor, by the address they ask from, that lasts a day.

    Without the token, which nobody keeps, not even trying all addresses there are tells whose it is.
    """
    return hmac.digest(token.encode(), f"{now.date()} {address}".encode(), hashlib.sha256).hex()[:16]
