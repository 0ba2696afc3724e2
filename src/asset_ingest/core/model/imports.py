"""Files that we fetch ourselves, from where others serve them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from asset_ingest.core.model.ids import StudioId, UploadId


@dataclass(frozen=True, slots=True)
class RemoteImport:
    """What it takes to fetch the bytes of an upload, however often that breaks off; gone as soon as the upload ends.

    The address may hold a secret: nobody is shown it, and it stands in no log and no fact. `version` is what its server
    calls just the bytes of which we hold the first ones; without it they can only be fetched from the beginning.
    `failures` are those in a row that brought nothing. While `lease_until` is ahead, only `lease_token` may fetch.
    """

    upload_id: UploadId
    studio_id: StudioId
    url: str = field(repr=False)
    keeps_name: bool  # a person chose it, so the server's word does not count
    created_at: datetime
    not_before: datetime
    version: str | None = None
    failures: int = 0
    lease_token: UUID | None = None
    lease_until: datetime | None = None


def redacted(url: str) -> str:
    """Return what may be shown of an address: where it leads, without path and query, for both may be secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}/…"
