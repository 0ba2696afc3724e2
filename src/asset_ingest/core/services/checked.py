"""What may be seen of the bytes of an upload: how many are safe, and which checks they have passed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from asset_ingest.core.model.checks import Verified
from asset_ingest.core.model.uploads import SessionStatus, UploadSession
from asset_ingest.core.ports.repos import Transaction


@dataclass(frozen=True, slots=True)
class CheckView:
    """One check: what was looked at, by whom, and when."""

    what: str
    by: str
    at: datetime


def check_views(verified: Verified) -> list[CheckView]:
    """Return the checks, the earliest first."""
    views = [CheckView(what, made["by"], datetime.fromisoformat(made["at"])) for what, made in verified.items()]
    return sorted(views, key=lambda view: (view.at, view.what))


async def durable(tx: Transaction, session: UploadSession) -> int:
    """Return how many bytes of the upload survive a power cut, from the first one on without a gap."""
    if session.status is SessionStatus.COMPLETED:
        return session.size or 0
    return (await tx.uploads.held(session.id)).offset
