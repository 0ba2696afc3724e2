"""Files that we fetch ourselves, as rows: of one studio inside a transaction, and across all of them."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol
from uuid import UUID

from asset_ingest.core.model.ids import UploadId
from asset_ingest.core.model.imports import RemoteImport


class ImportRepo(Protocol):
    """What is still to be fetched. Whoever fetches holds a lease by the database's clock, and says its token."""

    @abstractmethod
    async def add(self, new: RemoteImport) -> None: ...

    @abstractmethod
    async def count(self) -> int:
        """Say how many are not fetched yet."""

    @abstractmethod
    async def hold(self, upload_id: UploadId, token: UUID, seconds: float) -> bool:
        """Move the lease's end to `seconds` from now, if `token` has it; till commit the row stays so."""

    @abstractmethod
    async def learn(self, upload_id: UploadId, version: str | None) -> None:
        """Write down of which version the bytes are that come from now on."""

    @abstractmethod
    async def give_back(self, upload_id: UploadId, token: UUID, failures: int, seconds: float) -> bool:
        """End the lease, if `token` still has it: anybody may go on `seconds` from now."""

    @abstractmethod
    async def forget(self, upload_id: UploadId) -> None:
        """Remove it with its address; what is not there is no error."""


class ImportRecords(Protocol):
    """Across studios: what is to be fetched next. Each call is its own transaction."""

    @abstractmethod
    async def claim(self, token: UUID, limit: int, seconds: float) -> list[RemoteImport]:
        """Lease up to `limit` imports that are due, whose upload wants bytes and that nobody holds, and return them.

        Interactive ones come first, then bulk, then backfill; within a lane studios take turns, counting what is
        fetched for them now. Two callers at the same time never get the same.
        """
