"""Rows to keep: complete, valid, and different each time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any, Final
from uuid import UUID

from asset_ingest.core.model.access import ApiKey, BrowserSession, Member, Role, SignInLink, Studio
from asset_ingest.core.model.assets import (
    Asset,
    AssetKind,
    AssetVersion,
    Blob,
    PackageEntry,
    Publication,
    PublicationStatus,
    Publisher,
    Rendition,
    RenditionRole,
)
from asset_ingest.core.model.events import Fact, SubjectKind
from asset_ingest.core.model.ids import (
    ApprovalId,
    AssetId,
    BlobId,
    CommentId,
    JobId,
    MemberId,
    NotificationId,
    PublisherId,
    RunId,
    StepId,
    StudioId,
    UploadId,
    VersionId,
)
from asset_ingest.core.model.jobs import JobStatus, PipelineRun, RunStatus, StepRun, StepStatus, UploadJob
from asset_ingest.core.model.notifications import Notification, Reason
from asset_ingest.core.model.reviews import Approval, Comment, Verdict
from asset_ingest.core.model.sign_in import Invitation, Password, PasswordReset, RefreshToken, TokenFamily
from asset_ingest.core.model.uploads import SessionStatus, UploadSession
from asset_ingest.core.ports.repos import Transaction

LONG_AGO: Final = datetime(2020, 1, 1, tzinfo=UTC)
FAR_AHEAD: Final = datetime(2100, 1, 1, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)

_births = count(1)


def new_id() -> UUID:
    """Return an identity that sorts after all earlier ones, as UUIDv7s of one process do."""
    return UUID(int=0x0190_0000_0000 << 80 | 0x7 << 76 | 0b10 << 62 | next(_births))


def digest(value: object) -> str:
    return sha256(str(value).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Samples:
    """Makes the rows of one studio; `changes` replace fields."""

    studio: Studio
    member: Member

    @classmethod
    def fresh(cls, created_at: datetime = LONG_AGO) -> Samples:
        ident = StudioId(new_id())
        studio = Studio(ident, "Studio", created_at, f"studio-{ident.hex}")
        admin = Member(MemberId(new_id()), studio.id, "Ada", Role.ADMIN, created_at, f"ada-{ident.hex}@example.org")
        return cls(studio, admin)

    @property
    def id(self) -> StudioId:
        return self.studio.id

    def key(self, **changes: Any) -> ApiKey:
        own = self._secret("secret_hash") | {"name": "key", "created_at": LONG_AGO}
        return ApiKey(**own | changes)

    def link(self, **changes: Any) -> SignInLink:
        own = self._secret("token_hash") | {"expires_at": FAR_AHEAD}
        return SignInLink(**own | changes)

    def browser(self, **changes: Any) -> BrowserSession:
        own = self._secret("token_hash") | {"created_at": LONG_AGO, "expires_at": FAR_AHEAD}
        return BrowserSession(**own | changes)

    def colleague(self, **changes: Any) -> Member:
        ident = MemberId(new_id())
        own: dict[str, Any] = {
            "id": ident,
            "studio_id": self.id,
            "name": "Bo",
            "role": Role.ARTIST,
            "created_at": LONG_AGO,
            "email": f"bo-{ident.hex}@example.org",
        }
        return Member(**own | changes)

    def password(self, **changes: Any) -> Password:
        own: dict[str, Any] = {"studio_id": self.id, "member_id": self.member.id, "hash": "h1", "set_at": LONG_AGO}
        return Password(**own | changes)

    def reset(self, **changes: Any) -> PasswordReset:
        return PasswordReset(**self._secret("token_hash") | {"expires_at": FAR_AHEAD} | changes)

    def invitation(self, **changes: Any) -> Invitation:
        own = self._secret("token_hash") | {"created_at": LONG_AGO, "expires_at": FAR_AHEAD, "role": Role.DIRECTOR}
        own |= {"invited_by": own.pop("member_id"), "email": f"{own['id'].hex}@example.org"}
        return Invitation(**own | changes)

    def family(self, **changes: Any) -> TokenFamily:
        return TokenFamily(**self._owned() | {"created_at": LONG_AGO, "expires_at": FAR_AHEAD} | changes)

    def refresh_token(self, family: TokenFamily, **changes: Any) -> RefreshToken:
        own: dict[str, Any] = {"token_hash": digest(new_id()), "studio_id": self.id, "family_id": family.id}
        return RefreshToken(**own | changes)

    def job(self, **changes: Any) -> UploadJob:
        own: dict[str, Any] = {
            "id": JobId(new_id()),
            "studio_id": self.id,
            "upload_id": UploadId(new_id()),
            "original_filename": "Forest.unitypackage",
            "status": JobStatus.PENDING,
            "created_by": self.member.id,
            "correlation_id": "c-1",
            "created_at": LONG_AGO,
            "updated_at": LONG_AGO,
        }
        return UploadJob(**own | changes)

    def upload(self, job: UploadJob, **changes: Any) -> UploadSession:
        own: dict[str, Any] = {
            "id": job.upload_id,
            "studio_id": self.id,
            "job_id": job.id,
            "object_key": f"studios/{self.id}/uploads/{job.upload_id}/1",
            "filename": job.original_filename,
            "status": SessionStatus.UPLOADING,
            "created_at": LONG_AGO,
            "expires_at": FAR_AHEAD,
        }
        return UploadSession(**own | changes)

    def run(self, job: UploadJob, **changes: Any) -> PipelineRun:
        own: dict[str, Any] = {
            "id": RunId(new_id()),
            "studio_id": self.id,
            "job_id": job.id,
            "upload_id": job.upload_id,
            "pipeline": "unity",
            "status": RunStatus.QUEUED,
            "created_at": LONG_AGO,
        }
        return PipelineRun(**own | changes)

    def step(self, run: PipelineRun, position: int = 0, **changes: Any) -> StepRun:
        own: dict[str, Any] = {
            "id": StepId(new_id()),
            "studio_id": self.id,
            "run_id": run.id,
            "job_id": run.job_id,
            "position": position,
            "name": f"step-{position}",
            "queue": "ingest",
            "status": StepStatus.READY,
            "not_before": LONG_AGO,
        }
        return StepRun(**own | changes)

    def blob(self, **changes: Any) -> Blob:
        ident = BlobId(new_id())
        own: dict[str, Any] = {
            "id": ident,
            "studio_id": self.id,
            "sha256": digest(ident),
            "object_key": f"blobs/{ident}",
            "size": 7,
            "created_at": LONG_AGO,
        }
        return Blob(**own | changes)

    def asset(self, **changes: Any) -> Asset:
        own: dict[str, Any] = {
            "id": AssetId(new_id()),
            "studio_id": self.id,
            "name": "Forest",
            "kind": AssetKind.UNITY_PACKAGE,
            "created_by": self.member.id,
            "created_at": LONG_AGO,
            "updated_at": LONG_AGO,
        }
        return Asset(**own | changes)

    def version(self, asset: Asset, blob: Blob, **changes: Any) -> AssetVersion:
        own: dict[str, Any] = {
            "id": VersionId(new_id()),
            "studio_id": self.id,
            "asset_id": asset.id,
            "number": 1,
            "blob_id": blob.id,
            "filename": "Forest.unitypackage",
            "content_type": "application/gzip",
            "created_by": self.member.id,
            "created_at": LONG_AGO,
        }
        return AssetVersion(**own | changes)

    def publisher(self, **changes: Any) -> Publisher:
        ident = PublisherId(new_id())
        own: dict[str, Any] = {
            "source": "store",
            "external_id": str(ident),
            "name": "Trees Ltd",
            "created_at": LONG_AGO,
        }
        return Publisher(**{"id": ident, "studio_id": self.id} | own | changes)

    def rendition(self, version: AssetVersion, **changes: Any) -> Rendition:
        own: dict[str, Any] = {
            "version_id": version.id,
            "studio_id": self.id,
            "role": RenditionRole.THUMBNAIL,
            "recipe": "r1",
            "object_key": f"renditions/{new_id()}",
            "content_type": "image/webp",
            "size": 9,
        }
        return Rendition(**own | changes)

    def entry(self, version: AssetVersion, number: int, **changes: Any) -> PackageEntry:
        own: dict[str, Any] = {
            "version_id": version.id,
            "studio_id": self.id,
            "number": number,
            "guid": f"{number:032x}",
            "path": f"Assets/{number}.png",
            "kind": "texture",
            "size": 3,
        }
        return PackageEntry(**own | changes)

    def publication(self, asset: Asset, **changes: Any) -> Publication:
        own: dict[str, Any] = {
            "asset_id": asset.id,
            "studio_id": self.id,
            "target": "strapi",
            "status": PublicationStatus.PENDING,
            "updated_at": LONG_AGO,
        }
        return Publication(**own | changes)

    def comment(self, asset: Asset, thread: Comment | None = None, **changes: Any) -> Comment:
        ident = CommentId(new_id())
        own: dict[str, Any] = {
            "id": ident,
            "studio_id": self.id,
            "asset_id": asset.id,
            "version": 1,
            "thread_id": thread.id if thread else ident,
            "text": "Too dark",
            "created_by": self.member.id,
            "created_at": LONG_AGO,
        }
        return Comment(**own | changes)

    def approval(self, asset: Asset, **changes: Any) -> Approval:
        own: dict[str, Any] = {
            "id": ApprovalId(new_id()),
            "studio_id": self.id,
            "asset_id": asset.id,
            "version": 1,
            "sha256": digest(asset.id),
            "verdict": Verdict.APPROVED,
            "note": "",
            "created_by": self.member.id,
            "created_at": LONG_AGO,
        }
        return Approval(**own | changes)

    def notification(self, asset: Asset, **changes: Any) -> Notification:
        own: dict[str, Any] = {
            "id": NotificationId(new_id()),
            "studio_id": self.id,
            "member_id": self.member.id,
            "reason": Reason.COMMENT,
            "asset_id": asset.id,
            "version": 1,
            "created_by": self.member.id,
            "created_at": LONG_AGO,
        }
        return Notification(**own | changes)

    def fact(self, **changes: Any) -> Fact:
        own: dict[str, Any] = {
            "id": new_id(),
            "studio_id": self.id,
            "type": "job.status_changed",
            "at": LONG_AGO,
            "actor": "worker",
            "subject_kind": SubjectKind.JOB,
            "subject_id": new_id(),
            "revision": 1,
            "correlation_id": "c-1",
            "data": {"status": "QUEUED"},
        }
        return Fact(**own | changes)

    def _owned(self) -> dict[str, Any]:
        return {"id": new_id(), "studio_id": self.id, "member_id": self.member.id}

    def _secret(self, field: str) -> dict[str, Any]:
        own = self._owned()
        return {**own, field: digest(own["id"])}


async def keep_asset(tx: Transaction, of: Samples, **changes: Any) -> tuple[Asset, AssetVersion]:
    """Store an asset with its first version and new content."""
    asset = of.asset(**changes)
    version = of.version(asset, await tx.versions.put_blob(of.blob()))
    await tx.assets.add(asset, version)
    return asset, version


async def keep_steps(tx: Transaction, of: Samples, *changes: dict[str, Any], **of_run: Any) -> list[StepRun]:
    """Store a job whose run has one step for each of `changes`."""
    job = of.job()
    run = of.run(job, **of_run)
    steps = [of.step(run, position, **change) for position, change in enumerate(changes)]
    await tx.jobs.add(job)
    await tx.runs.add([run], steps)
    return steps
