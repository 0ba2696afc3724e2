"""Share links as rows: of one studio inside a transaction, and by their token before a studio is known."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from asset_ingest.core.model.ids import AssetId, ShareId
from asset_ingest.core.model.shares import Share, ShareVisit


class ShareRepo(Protocol):
    """The links of one studio. They go with their asset."""

    @abstractmethod
    async def add(self, share: Share) -> None: ...

    @abstractmethod
    async def get(self, share_id: ShareId) -> Share: ...

    @abstractmethod
    async def of_asset(self, asset_id: AssetId, limit: int, after: ShareId | None) -> list[Share]:
        """Return links to the asset, ended ones too, newest first; `after` is the id of the last one seen."""

    @abstractmethod
    async def count(self, asset_id: AssetId, now: datetime) -> int:
        """Say how many links to the asset open at this moment."""

    @abstractmethod
    async def revoke(self, share_id: ShareId, now: datetime) -> bool:
        """End the link; False where somebody has ended it before."""

    @abstractmethod
    async def revoke_all(self, asset_id: AssetId, now: datetime) -> list[ShareId]:
        """End every link to the asset and return those that this has ended, oldest first."""

    @abstractmethod
    async def visit(self, visit: ShareVisit) -> bool:
        """Remember the visit; say whether it is this visitor's first on that day. Earlier days are forgotten."""


class ShareRecords(Protocol):
    """Before we know the studio: whose link is this? Each call is its own transaction."""

    @abstractmethod
    async def by_token(self, token_hash: str) -> Share | None:
        """Return the link, whether it still opens or not."""
