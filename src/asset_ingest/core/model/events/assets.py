"""Facts about assets, their versions, and who outside sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from asset_ingest.core.model.events.envelope import Event
from asset_ingest.core.model.ids import JobId, ShareId


@dataclass(frozen=True, slots=True)
class AssetCreated(Event):
    type: ClassVar[str] = "asset.created"
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class VersionCreated(Event):
    type: ClassVar[str] = "version.created"
    number: int
    sha256: str
    change_note: str = ""


@dataclass(frozen=True, slots=True)
class DuplicateFound(Event):
    """The bytes were known: the job points to the asset that holds them."""

    type: ClassVar[str] = "asset.duplicate"
    job_id: JobId


@dataclass(frozen=True, slots=True)
class AssetReady(Event):
    """The asset is in the catalogue."""

    type: ClassVar[str] = "asset.ready"
    name: str


@dataclass(frozen=True, slots=True)
class AssetUpdated(Event):
    """A person changed these fields; `name` and `tags` are as they are now."""

    type: ClassVar[str] = "asset.updated"
    fields: tuple[str, ...]
    name: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AssetTrashed(Event):
    """The asset left the catalogue, and can come back."""

    type: ClassVar[str] = "asset.trashed"
    name: str


@dataclass(frozen=True, slots=True)
class AssetRestored(Event):
    """The asset is back from the trash."""

    type: ClassVar[str] = "asset.restored"
    name: str


@dataclass(frozen=True, slots=True)
class AssetPurged(Event):
    """The asset is gone for good, with all of its versions."""

    type: ClassVar[str] = "asset.purged"
    name: str
    versions: int


@dataclass(frozen=True, slots=True)
class CurrentChanged(Event):
    """Another version is the current one, as a person wished."""

    type: ClassVar[str] = "version.current_changed"
    was: int
    now: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Published(Event):
    """A CMS holds the asset."""

    type: ClassVar[str] = "publish.done"
    target: str
    external_id: str


@dataclass(frozen=True, slots=True)
class Drifted(Event):
    """A CMS no longer says what we sent: these fields differ, or the whole entry is gone."""

    type: ClassVar[str] = "publish.drifted"
    target: str
    fields: tuple[str, ...]
    gone: bool


@dataclass(frozen=True, slots=True)
class ShareCreated(Event):
    """Somebody outside the studio may see the asset by a link."""

    type: ClassVar[str] = "share.created"
    share_id: ShareId
    version: int | None
    may_download: bool
    has_password: bool
    expires_at: str


@dataclass(frozen=True, slots=True)
class ShareRevoked(Event):
    """A link to the asset opens no more."""

    type: ClassVar[str] = "share.revoked"
    share_id: ShareId


@dataclass(frozen=True, slots=True)
class ShareOpened(Event):
    """Somebody opened a link, for the first time that day; `visitor` tells the visitors of one link and day apart."""

    type: ClassVar[str] = "share.opened"
    share_id: ShareId
    version: int
    visitor: str
