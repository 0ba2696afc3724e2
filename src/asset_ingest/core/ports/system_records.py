"""The few calls that come before we know the studio, or go across all of them. Each is its own transaction."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from asset_ingest.core.model.access import ApiKey, BrowserSession, Member, SignInLink, Studio
from asset_ingest.core.model.events import Fact
from asset_ingest.core.model.ids import (
    AssetId,
    JobId,
    StepId,
    StudioId,
    UploadId,
)
from asset_ingest.core.model.sign_in import Attempts, Invitation, Password, PasswordReset, RefreshToken
from asset_ingest.core.ports.import_repos import ImportRecords
from asset_ingest.core.ports.review_repos import DigestRecords
from asset_ingest.core.ports.share_repos import ShareRecords


class AccessRecords(Protocol):
    """Before we know the studio: who is asking? Each call is its own transaction. Only ACTIVE members are found."""

    @abstractmethod
    async def found(self, studio: Studio, admin: Member, key: ApiKey) -> bool:
        """Create the first studio with its admin and key, unless there is one; say whether it was created."""

    @abstractmethod
    async def first_admin(self) -> Member | None:
        """Return the oldest ADMIN of the oldest studio."""

    @abstractmethod
    async def add_key(self, key: ApiKey) -> None: ...

    @abstractmethod
    async def by_key(self, secret_hash: str) -> tuple[Member, ApiKey] | None:
        """Return an unrevoked key and whose it is."""

    @abstractmethod
    async def used_key(self, key_id: UUID, at: datetime) -> None:
        """Remember when the key was used last."""

    @abstractmethod
    async def add_link(self, link: SignInLink) -> None: ...

    @abstractmethod
    async def use_link(self, token_hash: str, session: BrowserSession, now: datetime) -> Member | None:
        """Consume an unexpired link and open the session for its member (whose ids replace those in `session`).

        None when it is unknown, used or expired.
        """

    @abstractmethod
    async def by_session(self, token_hash: str, now: datetime) -> Member | None: ...

    @abstractmethod
    async def drop_session(self, token_hash: str) -> None: ...

    @abstractmethod
    async def by_family(self, family_id: UUID, now: datetime) -> Member | None:
        """Return whose sign-in of a service this is, unless it has ended."""

    @abstractmethod
    async def refresh_token(self, token_hash: str, now: datetime) -> tuple[Member, RefreshToken] | None:
        """Return a token, spent or not, of a family that has not ended, and whose it is."""

    @abstractmethod
    async def by_email(self, email: str) -> list[tuple[Studio, Member, Password]]:
        """Return the person's memberships with a password, the oldest first."""

    @abstractmethod
    async def invitation(self, token_hash: str, now: datetime) -> Invitation | None:
        """Return the invitation that has not expired, without using it up."""

    @abstractmethod
    async def reset(self, token_hash: str, now: datetime) -> PasswordReset | None:
        """Return the link to a new password that has not expired, without using it up."""

    @abstractmethod
    async def register(
        self, studio: Studio, admin: Member, password: Password, facts: Sequence[Fact], *, only_first: bool
    ) -> bool:
        """Create a studio with its admin; with `only_first`, unless there is one. Say whether it was created.

        A short name that another studio has is a Conflict.
        """


class AttemptRecords(Protocol):
    """How often something was tried lately, counted for all processes together. Keys are hashes."""

    @abstractmethod
    async def count(self, key: str, window: timedelta, now: datetime) -> Attempts:
        """Count one more try; a window that is over begins anew with it."""

    @abstractmethod
    async def uncount(self, key: str) -> None:
        """Take one try back."""

    @abstractmethod
    async def forget(self, key: str) -> None: ...


@dataclass(frozen=True, slots=True)
class DueStep:
    """A step that needs somebody's attention, and where it belongs."""

    studio_id: StudioId
    job_id: JobId
    step_id: StepId
    queue: str
    lease_token: UUID | None = None


class WorkRecords(Protocol):
    """Across studios: what the dispatcher, the workers and the sweeper look for."""

    @abstractmethod
    async def locate(self, step_id: StepId) -> DueStep | None:
        """Say whose step this is; None for an id we do not know."""

    @abstractmethod
    async def dispatch(self, room: dict[str, int], again_after: timedelta) -> list[DueStep]:
        """Choose READY steps that are due and mark them as dispatched.

        `room` says per queue how many steps may be under way (dispatched or RUNNING) at once. A step dispatched longer
        than `again_after` ago and never claimed is chosen again. Interactive work comes first, then bulk, then
        backfill; within a lane studios take turns by their weight. One caller at a time; another gets nothing.
        """

    @abstractmethod
    async def take_back(self, step_ids: Sequence[StepId]) -> None:
        """Forget that these READY steps were dispatched: their ids reached nobody."""

    @abstractmethod
    async def lapsed(self, limit: int) -> list[DueStep]:
        """Return RUNNING steps whose lease has ended."""

    @abstractmethod
    async def abandoned(self, now: datetime, limit: int) -> list[tuple[StudioId, JobId]]:
        """Return jobs whose open upload session is past its expiry."""

    @abstractmethod
    async def expired_partials(self, now: datetime, limit: int) -> list[tuple[StudioId, UploadId]]:
        """Return partial uploads past their expiry, complete or not, that no upload is being joined from."""

    @abstractmethod
    async def count_expired(self, now: datetime) -> int:
        """Say how many uploads are past their expiry: those that `abandoned` and `expired_partials` come to."""

    @abstractmethod
    async def expired_among(self, keys: Sequence[str], now: datetime) -> frozenset[str]:
        """Say which of these object keys belong to an upload past its expiry; a key below `<key>.tail/` does too."""

    @abstractmethod
    async def finalising(self, limit: int) -> list[tuple[StudioId, UploadId]]:
        """Return uploads whose bytes are all stored and that nobody has finished yet, the oldest first."""

    @abstractmethod
    async def look_for(self, again_after: timedelta, limit: int) -> list[tuple[StudioId, UploadId]]:
        """Choose open uploads whose bytes may go straight to the store, and note that they are looked for now.

        None is chosen before `again_after` has passed since it was opened or last chosen; then the pauses grow with
        its age. Studios take turns; several callers get different ones.
        """

    @abstractmethod
    async def referenced(self, keys: Sequence[str]) -> frozenset[str]:
        """Say which of these object keys some row refers to; what lies below `<key>.tail/` belongs to that key."""

    @abstractmethod
    async def in_use(self, key: str, store_upload_id: str) -> bool:
        """Say whether what the store has begun for this key, under that name of its own, may still be gone on with.

        An upload that has ended, and one that goes on under another name, leave what was begun beside them to nobody.
        """

    @abstractmethod
    async def published(self, target: str, after: AssetId | None, limit: int) -> list[tuple[StudioId, AssetId]]:
        """Return assets that a CMS holds, in the order of their ids."""


class RelayRecords(Protocol):
    """Across studios: numbering what was committed."""

    @abstractmethod
    async def number(self, limit: int) -> list[Fact]:
        """Give numbers to up to `limit` committed facts, per studio gapless; return them, each studio's in order.

        One caller at a time; another gets nothing.
        """


@dataclass(frozen=True, slots=True)
class SystemRecords:
    """The few calls that come before or across studios."""

    access: AccessRecords
    work: WorkRecords
    relay: RelayRecords
    imports: ImportRecords
    shares: ShareRecords
    digests: DigestRecords
    attempts: AttemptRecords
