"""What people say of versions."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPMethod
from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import ConfigDict, Field, TypeAdapter

from asset_ingest.core.errors import Code
from asset_ingest.core.model.access import Action
from asset_ingest.core.model.anchors import LARGEST, Anchor, EntryPlace, FrameRange, Region
from asset_ingest.core.model.ids import AssetId, CommentId, MemberId
from asset_ingest.core.model.reviews import LONGEST_TEXT
from asset_ingest.core.ports.review_repos import CommentQuery
from asset_ingest.core.services.jobs import Page
from asset_ingest.core.services.reviews import NewComment
from asset_ingest.core.services.reviews.accepting import MOST_MENTIONS
from asset_ingest.core.services.reviews.views import CommentView
from asset_ingest.entrypoints.web.asking import Limit, SmallNumber
from asset_ingest.entrypoints.web.revisions import IF_MATCH, etag, read_by
from asset_ingest.entrypoints.web.wire import LARGEST_JSON, Call, Operation, Operations

LARGEST_SAID = 2 * LARGEST_JSON
"""Ten thousand characters fit, even where JSON writes each of them as twelve."""
STRICT = ConfigDict(extra="forbid")
_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
Frame = Annotated[int, Field(strict=True, ge=0, le=LARGEST)]
Rate = Annotated[int, Field(strict=True, ge=1, le=LARGEST)]
Share = Annotated[float, Field(strict=True, ge=0, le=1)]
Said = Annotated[str, Field(strict=True, max_length=LONGEST_TEXT)]
Mentions = Annotated[list[UUID], Field(max_length=MOST_MENTIONS)]
ThreadCursor = Annotated[str, Field(pattern=rf"^{_ID}\.{_ID}$")]
"""The `next_cursor` of the page before."""


@dataclass(frozen=True, slots=True)
class Frames:
    """Frames `start` to `end`, both included, at `rate_num / rate_den` a second."""

    __pydantic_config__ = STRICT

    start: Frame
    end: Frame
    rate_num: Rate
    rate_den: Rate


@dataclass(frozen=True, slots=True)
class PartOfPicture:
    """The upper left corner and the size, where the whole picture is 1 by 1."""

    __pydantic_config__ = STRICT

    x: Share
    y: Share
    width: Share
    height: Share


@dataclass(frozen=True, slots=True)
class Entry:
    __pydantic_config__ = STRICT

    guid: Annotated[str, Field(pattern=r"^[0-9a-fA-F]{32}$")]


@dataclass(frozen=True, slots=True)
class Where:
    """`frames`, `region`, or both for a part of the picture in these frames; or else `entry`."""

    __pydantic_config__ = STRICT

    frames: Frames | None = None
    region: PartOfPicture | None = None
    entry: Entry | None = None

    def anchor(self) -> Anchor:
        frames, region, entry = self.frames, self.region, self.entry
        return Anchor(
            frames=FrameRange(frames.start, frames.end, frames.rate_num, frames.rate_den) if frames else None,
            region=Region(region.x, region.y, region.width, region.height) if region else None,
            entry=EntryPlace(entry.guid.lower()) if entry else None,
        )


@dataclass(frozen=True, slots=True)
class Remark:
    """`version` is the number of the one that is meant; a reply needs none. `id` is a UUIDv7 of the client's own."""

    __pydantic_config__ = STRICT

    text: Said
    version: Annotated[int, Field(strict=True, ge=1, le=LARGEST)] | None = None
    reply_to: UUID | None = None
    anchor: Where | None = None
    mentions: Mentions = Field(default_factory=list)
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Rewording:
    __pydantic_config__ = STRICT

    text: Said
    mentions: Mentions = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ManyComments:
    asset_id: UUID
    version: SmallNumber | None = None
    unresolved: bool = False
    limit: Limit = 50
    cursor: ThreadCursor | None = None


@dataclass(frozen=True, slots=True)
class AddComment:
    asset_id: UUID
    body: Remark


@dataclass(frozen=True, slots=True)
class OneComment:
    comment_id: UUID


@dataclass(frozen=True, slots=True)
class EditComment:
    comment_id: UUID
    body: Rewording


async def list_comments(call: Call[ManyComments]) -> Page[CommentView]:
    asked = call.asked
    after = _place(asked.cursor) if asked.cursor else None
    query = CommentQuery(AssetId(asked.asset_id), asked.limit, after, asked.version, unresolved=asked.unresolved)
    return await call.app.comments.page(call.who, query)


async def add_comment(call: Call[AddComment]) -> web.Response:
    said = call.asked.body
    new = NewComment(
        text=said.text,
        version=said.version,
        reply_to=CommentId(said.reply_to) if said.reply_to else None,
        anchor=said.anchor.anchor() if said.anchor else None,
        mentions=[MemberId(each) for each in said.mentions],
        id=CommentId(said.id) if said.id else None,
    )
    return _comment(await call.app.comments.add(call.who, AssetId(call.asked.asset_id), new), status=201)


async def get_comment(call: Call[OneComment]) -> web.Response:
    return _comment(await call.app.comments.get(call.who, CommentId(call.asked.comment_id)))


async def edit_comment(call: Call[EditComment]) -> web.Response:
    said, comment_id = call.asked.body, CommentId(call.asked.comment_id)
    named = [MemberId(each) for each in said.mentions]
    read = read_by(call.request)
    return _comment(await call.app.comments.edit(call.who, comment_id, said.text, named, read))


async def delete_comment(call: Call[OneComment]) -> None:
    await call.app.comments.delete(call.who, CommentId(call.asked.comment_id), read_by(call.request))


async def resolve_comment(call: Call[OneComment]) -> web.Response:
    return _comment(await call.app.comments.resolve(call.who, CommentId(call.asked.comment_id)))


async def reopen_comment(call: Call[OneComment]) -> web.Response:
    return _comment(await call.app.comments.reopen(call.who, CommentId(call.asked.comment_id)))


def _place(cursor: str) -> tuple[CommentId, CommentId]:
    thread, _, comment = cursor.partition(".")
    return CommentId(UUID(thread)), CommentId(UUID(comment))


def _comment(comment: CommentView, status: int = 200) -> web.Response:
    body = _COMMENT.dump_json(comment)
    headers = etag(comment.revision)
    return web.Response(status=status, body=body, content_type="application/json", headers=headers)


_COMMENT = TypeAdapter(CommentView)
_MISSING = (Code.NOT_FOUND,)
_CHANGES = (Code.NOT_FOUND, Code.FORBIDDEN, Code.NOT_POSSIBLE_NOW)

OPERATIONS: Operations = (
    Operation(
        HTTPMethod.GET,
        "/assets/{asset_id}/comments",
        list_comments,
        "Threads of comments, the newest first, each from its beginning on; `unresolved` leaves out what is resolved",
        ManyComments,
        Page[CommentView],
        refusals=_MISSING,
    ),
    Operation(
        HTTPMethod.POST,
        "/assets/{asset_id}/comments",
        add_comment,
        "Comment on a version, or reply; `@{member_id}` in the text mentions somebody",
        AddComment,
        CommentView,
        status=201,
        largest_json=LARGEST_SAID,
        refusals=(*_CHANGES, Code.CONFLICT),
        action=Action.COMMENT,
    ),
    Operation(
        HTTPMethod.GET, "/comments/{comment_id}", get_comment, "One comment", OneComment, CommentView, refusals=_MISSING
    ),
    Operation(
        HTTPMethod.PATCH,
        "/comments/{comment_id}",
        edit_comment,
        "Put a comment into other words; `If-Match` says which ones are known",
        EditComment,
        CommentView,
        largest_json=LARGEST_SAID,
        refusals=(*_CHANGES, Code.PRECONDITION_FAILED),
        extra=IF_MATCH,
        action=Action.COMMENT,
    ),
    Operation(
        HTTPMethod.DELETE,
        "/comments/{comment_id}",
        delete_comment,
        "Take a comment back; where somebody has replied, its place stays, empty",
        OneComment,
        status=204,
        refusals=(*_CHANGES, Code.PRECONDITION_FAILED),
        extra=IF_MATCH,
        action=Action.COMMENT,
    ),
    Operation(
        HTTPMethod.POST,
        "/comments/{comment_id}/resolve",
        resolve_comment,
        "Say that a thread needs nothing more; doing so twice is no error",
        OneComment,
        CommentView,
        refusals=_CHANGES,
        action=Action.COMMENT,
    ),
    Operation(
        HTTPMethod.POST,
        "/comments/{comment_id}/reopen",
        reopen_comment,
        "Say that a thread needs something after all; doing so twice is no error",
        OneComment,
        CommentView,
        refusals=_CHANGES,
        action=Action.COMMENT,
    ),
)
