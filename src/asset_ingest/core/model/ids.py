"""Identities. All are UUIDv7 made by the NewId port, so they sort by birth."""

from __future__ import annotations

from typing import NewType
from uuid import UUID

StudioId = NewType("StudioId", UUID)
MemberId = NewType("MemberId", UUID)
UploadId = NewType("UploadId", UUID)
GroupId = NewType("GroupId", UUID)
JobId = NewType("JobId", UUID)
RunId = NewType("RunId", UUID)
StepId = NewType("StepId", UUID)
BlobId = NewType("BlobId", UUID)
AssetId = NewType("AssetId", UUID)
VersionId = NewType("VersionId", UUID)
PublisherId = NewType("PublisherId", UUID)
ShareId = NewType("ShareId", UUID)
CommentId = NewType("CommentId", UUID)
ApprovalId = NewType("ApprovalId", UUID)
NotificationId = NewType("NotificationId", UUID)
