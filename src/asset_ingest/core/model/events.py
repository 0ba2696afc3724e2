"""Facts worth telling: one past-tense class each, written in the transaction that made the change."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Self
from uuid import UUID

from asset_ingest.core.model.ids import ApprovalId, AssetId, CommentId, GroupId, JobId, MemberId, ShareId, StudioId
from asset_ingest.core.model.reviews import Comment


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, without the envelope."""

    type: ClassVar[str]

    def data(self) -> dict[str, object]:
        """Return the facts as JSON can say them."""
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: str(value) if isinstance(value, UUID) else value for name, value in said.items()}


@dataclass(frozen=True, slots=True)
class SessionMoved(Event):
    """The bytes of an upload reached another state."""

    type: ClassVar[str] = "upload.session.status_changed"
    upload_id: UUID
    status: str


@dataclass(frozen=True, slots=True)
class JobMoved(Event):
    """The row on the screen changed."""

    type: ClassVar[str] = "job.status_changed"
    status: str
    progress: int
    filename: str
    asset_id: AssetId | None = None
    code: str | None = None
    message: str | None = None
    remedy: str | None = None
    group_id: GroupId | None = None


@dataclass(frozen=True, slots=True)
class JobForgotten(Event):
    """Somebody took an ended job out of the history."""

    type: ClassVar[str] = "job.deleted"
    group_id: GroupId | None = None


@dataclass(frozen=True, slots=True)
class StepMoved(Event):
    """A step of a job's run reached another state."""

    type: ClassVar[str] = "pipeline.step.status_changed"
    step: str
    status: str
    attempt: int
    reason: str | None = None


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


@dataclass(frozen=True, slots=True)
class CommentTold(Event):
    """Something happened to a comment; what it says is read where it stands, so that permission is asked there."""

    comment_id: CommentId
    thread_id: CommentId
    version: int
    author_id: MemberId
    comment_revision: int

    @classmethod
    def of(cls, comment: Comment) -> Self:
        return cls(comment.id, comment.thread_id, comment.version, comment.created_by, comment.revision)


@dataclass(frozen=True, slots=True)
class CommentCreated(CommentTold):
    type: ClassVar[str] = "comment.created"


@dataclass(frozen=True, slots=True)
class CommentEdited(CommentTold):
    type: ClassVar[str] = "comment.edited"


@dataclass(frozen=True, slots=True)
class CommentResolved(CommentTold):
    type: ClassVar[str] = "comment.resolved"


@dataclass(frozen=True, slots=True)
class CommentReopened(CommentTold):
    type: ClassVar[str] = "comment.reopened"


@dataclass(frozen=True, slots=True)
class CommentDeleted(CommentTold):
    type: ClassVar[str] = "comment.deleted"


@dataclass(frozen=True, slots=True)
class ApprovalTold(Event):
    """A verdict on a version; `state` is what all verdicts on it came to then."""

    approval_id: ApprovalId
    version: int
    author_id: MemberId
    verdict: str
    state: str


@dataclass(frozen=True, slots=True)
class ApprovalGiven(ApprovalTold):
    type: ClassVar[str] = "approval.given"


@dataclass(frozen=True, slots=True)
class ApprovalWithdrawn(ApprovalTold):
    type: ClassVar[str] = "approval.withdrawn"


@dataclass(frozen=True, slots=True)
class ApprovalPolicyChanged(Event):
    """What makes a version approved is another from now on, for versions with verdicts too."""

    type: ClassVar[str] = "approval.policy_changed"
    needs: dict[str, int]
    approvers: tuple[str, ...]
    not_own: bool


@dataclass(frozen=True, slots=True)
class StudioFounded(Event):
    type: ClassVar[str] = "studio.founded"
    name: str


@dataclass(frozen=True, slots=True)
class MemberInvited(Event):
    """Somebody may join; whom, only the list of invitations says."""

    type: ClassVar[str] = "member.invited"
    role: str


@dataclass(frozen=True, slots=True)
class InvitationWithdrawn(Event):
    type: ClassVar[str] = "member.invitation_withdrawn"
    role: str


@dataclass(frozen=True, slots=True)
class MemberJoined(Event):
    type: ClassVar[str] = "member.joined"
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class MemberRenamed(Event):
    type: ClassVar[str] = "member.renamed"
    name: str
    was: str


@dataclass(frozen=True, slots=True)
class MemberRoleChanged(Event):
    """From now on the policy answers this member differently, on open connections too."""

    type: ClassVar[str] = "member.role_changed"
    role: str
    was: str


@dataclass(frozen=True, slots=True)
class MemberStatusChanged(Event):
    """A member was shut out, let in again, or removed; whoever is shut out is signed out everywhere."""

    type: ClassVar[str] = "member.status_changed"
    status: str


@dataclass(frozen=True, slots=True)
class MemberSignedOut(Event):
    """All sessions and tokens of the member have ended, or all but the one that asked."""

    type: ClassVar[str] = "member.signed_out"
    reason: str


@dataclass(frozen=True, slots=True)
class PasswordChanged(Event):
    type: ClassVar[str] = "member.password_changed"
    by: str  # what vouched for it: "password", "link" or "session"


@dataclass(frozen=True, slots=True)
class KeyCreated(Event):
    type: ClassVar[str] = "member.key_created"
    key_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class KeyRevoked(Event):
    type: ClassVar[str] = "member.key_revoked"
    key_id: UUID
    name: str


class SubjectKind(StrEnum):
    """What a fact is about."""

    JOB = "job"
    ASSET = "asset"
    MEMBER = "member"
    STUDIO = "studio"  # nobody edits it, so facts about it have revision 0


@dataclass(frozen=True, slots=True)
class Fact:
    """An event in its envelope, as stored and told.

    `seq` is empty until the relay numbers it: per studio, in order, without gaps. `revision` is that of the subject
    after the change, so that a snapshot and a replay can be put together without repeating anything. Where a person
    acted, `remote` is the address and `agent` the program that the request came from.
    """

    id: UUID
    studio_id: StudioId
    type: str
    at: datetime
    actor: str
    subject_kind: SubjectKind
    subject_id: UUID
    revision: int
    correlation_id: str
    data: dict[str, object]
    seq: int | None = None
    remote: str | None = None
    agent: str | None = None
