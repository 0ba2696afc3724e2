"""Share links: what somebody outside the studio may see of one asset, and for how long."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from asset_ingest.core.model.ids import AssetId, MemberId, ShareId, StudioId


class ShareStatus(StrEnum):
    """Whether a link still opens; derived, never stored."""

    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"  # by a member, or because its asset went into the trash


@dataclass(frozen=True, slots=True)
class Share:
    """A link to one asset. Without a `version` it shows the current one, whichever that is when somebody looks.

    Only the SHA-256 of the link's token and the Argon2 hash of its password are kept. `seal` signs the passes of those
    who opened the link, and leaves the server in no other form.
    """

    id: ShareId
    studio_id: StudioId
    asset_id: AssetId
    token_hash: str = field(repr=False)
    seal: str = field(repr=False)
    may_download: bool
    created_by: MemberId
    created_at: datetime
    expires_at: datetime
    version: int | None = None
    password_hash: str | None = field(default=None, repr=False)
    revoked_at: datetime | None = None

    def status(self, now: datetime) -> ShareStatus:
        """Say whether the link opens at this moment."""
        if self.revoked_at is not None:
            return ShareStatus.REVOKED
        return ShareStatus.ACTIVE if now < self.expires_at else ShareStatus.EXPIRED


@dataclass(frozen=True, slots=True)
class ShareVisit:
    """Somebody opened a link on this day. `visitor` is a pseudonym that only the link's token can make again."""

    share_id: ShareId
    studio_id: StudioId
    day: date
    visitor: str
