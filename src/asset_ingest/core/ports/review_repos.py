"""What is said of versions, and who should hear of it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from asset_ingest.core.model.access import Member
from asset_ingest.core.model.ids import AssetId, CommentId, MemberId, NotificationId, StudioId
from asset_ingest.core.model.notifications import Notification
from asset_ingest.core.model.reviews import Approval, ApprovalPolicy, Comment


@dataclass(frozen=True, slots=True)
class CommentQuery:
    """A page of an asset's threads, the newest first, each from its beginning on; `after` is the last row seen.

    `unresolved` leaves out the threads that are resolved.
    """

    asset_id: AssetId
    limit: int
    after: tuple[CommentId, CommentId] | None = None  # its thread and its id
    version: int | None = None
    unresolved: bool = False


@dataclass(frozen=True, slots=True)
class CommentCount:
    """How many comments there are, deleted ones not counted, and how many threads wait for an end."""

    comments: int
    unresolved: int


class CommentRepo(Protocol):
    """Remarks. Whoever changes one holds its asset's lock, so they come one after the other."""

    @abstractmethod
    async def add(self, comment: Comment) -> None:
        """Add a comment, or raise Conflict when the id is taken."""

    @abstractmethod
    async def get(self, comment_id: CommentId) -> Comment: ...

    @abstractmethod
    async def save(self, comment: Comment) -> None:
        """Write a comment whose revision is one more than the stored one."""

    @abstractmethod
    async def delete(self, comment_id: CommentId) -> None:
        """Remove a comment that nobody has replied to; Conflict where somebody has."""

    @abstractmethod
    async def replies(self, comment_id: CommentId) -> int:
        """Count the replies."""

    @abstractmethod
    async def page(self, query: CommentQuery) -> list[Comment]: ...

    @abstractmethod
    async def counts(self, asset_id: AssetId) -> dict[int, CommentCount]:
        """Count for each version that has comments."""


class ApprovalRepo(Protocol):
    """Verdicts, and what a studio makes of them."""

    @abstractmethod
    async def add(self, approval: Approval) -> None:
        """Add a verdict, or raise Conflict while another one of the same person on the version stands."""

    @abstractmethod
    async def end(self, approval: Approval) -> None:
        """Write when a standing verdict was withdrawn or replaced; Conflict when it stands no more."""

    @abstractmethod
    async def of(self, asset_id: AssetId, version: int, member_id: MemberId) -> Approval | None:
        """Return the person's latest verdict on the version, whether or not it stands."""

    @abstractmethod
    async def standing(self, asset_id: AssetId) -> list[Approval]:
        """Return the verdicts on any version of the asset that stand, the newest first."""

    @abstractmethod
    async def page(self, asset_id: AssetId, version: int, limit: int, after: UUID | None) -> list[Approval]:
        """Return all verdicts on the version that were ever given, the newest first."""

    @abstractmethod
    async def policy(self) -> ApprovalPolicy | None:
        """Return what the studio has set; None as long as it goes by the usual policy."""

    @abstractmethod
    async def set_policy(self, policy: ApprovalPolicy) -> None:
        """Write a policy whose revision is one more than the stored one; Conflict otherwise."""


class PeopleRepo(Protocol):
    """Who is in the studio."""

    @abstractmethod
    async def names(self, member_ids: Sequence[MemberId]) -> dict[MemberId, str]:
        """Return what those are called whom the studio remembers."""

    @abstractmethod
    async def present(self, member_ids: Sequence[MemberId]) -> dict[MemberId, Member]:
        """Return those of them who may come in."""


class NotificationRepo(Protocol):
    """What members should hear of."""

    @abstractmethod
    async def add(self, *notifications: Notification) -> None: ...

    @abstractmethod
    async def page(
        self, member_id: MemberId, limit: int, after: NotificationId | None, *, unread: bool
    ) -> list[tuple[Notification, str]]:
        """Return the member's notifications with the names of their assets, the newest first."""

    @abstractmethod
    async def unread(self, member_id: MemberId) -> int:
        """Count what the member has not read."""

    @abstractmethod
    async def read(self, member_id: MemberId, ids: Sequence[NotificationId], at: datetime) -> None:
        """Note that these were read; what is not the member's, or was read before, stays as it is."""

    @abstractmethod
    async def read_until(self, member_id: MemberId, last: NotificationId, at: datetime) -> None:
        """Note that everything up to this one was read."""

    @abstractmethod
    async def unmailed(self, member_id: MemberId, until: datetime, limit: int) -> list[tuple[Notification, str]]:
        """Return what was told until then, is unread and was in no mail, with names of assets, the newest first."""

    @abstractmethod
    async def mailed(self, member_id: MemberId, until: datetime, at: datetime) -> None:
        """Note that whatever was told until then has been in a mail, or will be in none."""


@dataclass(frozen=True, slots=True)
class DueDigest:
    """A member for whom something unread has waited long enough, and how often a mail failed so far."""

    studio_id: StudioId
    member_id: MemberId
    failures: int


class DigestRecords(Protocol):
    """Across studios: who is to have a mail. Each call is its own transaction."""

    @abstractmethod
    async def claim(self, token: UUID, told: tuple[datetime, datetime], seconds: float, limit: int) -> list[DueDigest]:
        """Choose members with unread, unmailed notifications told between these two times, and hold them so long.

        Of several callers at once each gets different members. Who is held, or rests after a failure, is left out.
        """

    @abstractmethod
    async def release(self, token: UUID, due: DueDigest, rest_seconds: float | None) -> None:
        """Let go of a member that `token` still holds: for good, or after a failure for this long."""
