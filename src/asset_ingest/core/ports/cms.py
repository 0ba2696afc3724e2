"""Where assets are published outside."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from asset_ingest.core.ports.media import Picture


@dataclass(frozen=True, slots=True)
class PublisherEntry:
    """A publisher as a CMS needs it; `key` is ours and never changes."""

    key: str
    name: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class AssetEntry:
    """An asset as a CMS needs it; `key` is ours and never changes."""

    key: str
    name: str
    kind: str
    metadata: dict[str, object]
    publisher: PublisherEntry | None = None
    thumbnail: Picture | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that no longer says over there what we would send; both as JSON can say it."""

    field: str
    ours: object
    theirs: object


class CMS(Protocol):
    """Publishes assets with their publishers. Failures raise ServiceUnavailable, refusals GiveUp."""

    target: str
    """The name under which publications are remembered."""

    @abstractmethod
    async def publish(self, entry: AssetEntry) -> str:
        """Make the CMS hold exactly `entry` and return its id there.

        Safe to repeat, also after a lost answer: the same key is always the same one entry over there.
        """


class ReportsDrift(Protocol):
    """A CMS in which people may change or delete what we published, and that can be asked about it."""

    @abstractmethod
    async def differences(self, entry: AssetEntry, external_id: str) -> Sequence[Difference] | None:
        """Say where the entry over there differs from `entry`, changing nothing; None when it is gone."""
