"""What people say of versions, and whether they approve of them."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPMethod
from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter

from asset_ingest.core.errors import Code
from asset_ingest.core.model.access import Role
from asset_ingest.core.model.anchors import LARGEST, Anchor, EntryPlace, FrameRange, Region
from asset_ingest.core.model.ids import ApprovalId, AssetId, CommentId, MemberId
from asset_ingest.core.model.reviews import ANY, LONGEST_TEXT, MOST_APPROVALS, Verdict
from asset_ingest.core.ports.review_repos import CommentQuery
from asset_ingest.core.services.jobs import Page
from asset_ingest.core.services.reviews import NewComment
from asset_ingest.core.services.reviews.accepting import MOST_MENTIONS
from asset_ingest.core.services.reviews.views import CommentView, PolicyView, ReviewSummary, VersionReview
from asset_ingest.entrypoints.web.asking import Cursor, Limit
from asset_ingest.entrypoints.web.assets import SmallNumber
from asset_ingest.entrypoints.web.revisions import IF_MATCH, etag, read_by
from asset_ingest.entrypoints.web.wire import LARGEST_JSON, Call, Nothing, Operation, Operations

_LARGEST = 2 * LARGEST_JSON
"""Ten thousand characters fit, even where JSON writes each of them as twelve."""
_STRICT = ConfigDict(extra="forbid")
_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
Frame = Annotated[int, Field(strict=True, ge=0, le=LARGEST)]
Rate = Annotated[int, Field(strict=True, ge=1, le=LARGEST)]
Share = Annotated[float, Field(strict=True, ge=0, le=1)]
Said = Annotated[str, Field(strict=True, max_length=LONGEST_TEXT)]
Mentions = Annotated[list[UUID], Field(max_length=MOST_MENTIONS)]
ThreadCursor = Annotated[str, Field(pattern=rf"^{_ID}\.{_ID}$")]
"""The `next_cursor` of the page before."""


# --- comments ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Frames:
    """Frames `start` to `end`, both included, at `rate_num / rate_den` a second."""

    __pydantic_config__ = _STRICT

    start: Frame
    end: Frame
    rate_num: Rate
    rate_den: Rate


@dataclass(frozen=True, slots=True)
class PartOfPicture:
    """The upper left corner and the size, where the whole picture is 1 by 1."""

    __pydantic_config__ = _STRICT

    x: Share
    y: Share
    width: Share
    height: Share


@dataclass(frozen=True, slots=True)
class Entry:
    __pydantic_config__ = _STRICT

    guid: Annotated[str, Field(pattern=r"^[0-9a-fA-F]{32}$")]


@dataclass(frozen=True, slots=True)
class Where:
    """Exactly one of the three."""

    __pydantic_config__ = _STRICT

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

    __pydantic_config__ = _STRICT

    text: Said
    version: Annotated[int, Field(strict=True, ge=1, le=LARGEST)] | None = None
    reply_to: UUID | None = None
    anchor: Where | None = None
    mentions: Mentions = Field(default_factory=list)
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Rewording:
    __pydantic_config__ = _STRICT

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


# --- approvals --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Judgement:
    __pydantic_config__ = _STRICT

    verdict: Verdict
    note: Said = ""


@dataclass(frozen=True, slots=True)
class GiveVerdict:
    asset_id: UUID
    number: SmallNumber
    body: Judgement


@dataclass(frozen=True, slots=True)
class OneReview:
    asset_id: UUID
    number: SmallNumber


@dataclass(frozen=True, slots=True)
class ManyVerdicts:
    asset_id: UUID
    number: SmallNumber
    limit: Limit = 50
    cursor: Cursor = None


@dataclass(frozen=True, slots=True)
class OneAssetsReviews:
    asset_id: UUID


@dataclass(frozen=True, slots=True)
class Reviews:
    items: list[ReviewSummary]


def _is_a_need(name: str) -> str:
    if name != ANY and name not in set(Role):
        raise ValueError("should be a role, or 'any'")
    return name


Need = Annotated[str, AfterValidator(_is_a_need)]
Count = Annotated[int, Field(strict=True, ge=1, le=MOST_APPROVALS)]


@dataclass(frozen=True, slots=True)
class Policy:
    """`needs` says how many approvals it takes, for each role or for `any` of the `approvers` together."""

    __pydantic_config__ = _STRICT

    approvers: Annotated[list[Role], Field(min_length=1, max_length=len(Role))]
    needs: Annotated[dict[Need, Count], Field(min_length=1)]
    not_own: Annotated[bool, Field(strict=True)]


@dataclass(frozen=True, slots=True)
class SetPolicy:
    body: Policy


async def list_verdicts(call: Call[ManyVerdicts]) -> VersionReview:
    asked = call.asked
    after = ApprovalId(asked.cursor) if asked.cursor else None
    return await call.app.approvals.of_version(call.who, AssetId(asked.asset_id), asked.number, asked.limit, after)


async def give_verdict(call: Call[GiveVerdict]) -> VersionReview:
    asked, said = call.asked, call.asked.body
    return await call.app.approvals.give(call.who, AssetId(asked.asset_id), asked.number, said.verdict, said.note)


async def withdraw_verdict(call: Call[OneReview]) -> VersionReview:
    return await call.app.approvals.withdraw(call.who, AssetId(call.asked.asset_id), call.asked.number)


async def list_reviews(call: Call[OneAssetsReviews]) -> Reviews:
    return Reviews(await call.app.approvals.summary(call.who, AssetId(call.asked.asset_id)))


async def get_policy(call: Call[Nothing]) -> web.Response:
    return _policy(await call.app.policies.get(call.who))


async def set_policy(call: Call[SetPolicy]) -> web.Response:
    said, read = call.asked.body, read_by(call.request)
    return _policy(await call.app.policies.set(call.who, said.approvers, said.needs, read, not_own=said.not_own))


def _policy(policy: PolicyView) -> web.Response:
    body = _POLICY.dump_json(policy)
    return web.Response(body=body, content_type="application/json", headers=etag(policy.revision))


_COMMENT = TypeAdapter(CommentView)
_POLICY = TypeAdapter(PolicyView)
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
        largest_json=_LARGEST,
        refusals=(*_CHANGES, Code.CONFLICT),
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
        largest_json=_LARGEST,
        refusals=(*_CHANGES, Code.PRECONDITION_FAILED),
        extra=IF_MATCH,
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
    ),
    Operation(
        HTTPMethod.POST,
        "/comments/{comment_id}/resolve",
        resolve_comment,
        "Say that a thread needs nothing more; doing so twice is no error",
        OneComment,
        CommentView,
        refusals=_CHANGES,
    ),
    Operation(
        HTTPMethod.POST,
        "/comments/{comment_id}/reopen",
        reopen_comment,
        "Say that a thread needs something after all; doing so twice is no error",
        OneComment,
        CommentView,
        refusals=_CHANGES,
    ),
    Operation(
        HTTPMethod.GET,
        "/assets/{asset_id}/reviews",
        list_reviews,
        "Comments, unresolved threads and state of each version that somebody has said something of",
        OneAssetsReviews,
        Reviews,
        refusals=_MISSING,
    ),
    Operation(
        HTTPMethod.GET,
        "/assets/{asset_id}/versions/{number}/approvals",
        list_verdicts,
        "How a version stands, and all verdicts on it, the newest first",
        ManyVerdicts,
        VersionReview,
        refusals=_MISSING,
    ),
    Operation(
        HTTPMethod.POST,
        "/assets/{asset_id}/versions/{number}/approval",
        give_verdict,
        "Approve a version or request changes, in place of what you said before of it",
        GiveVerdict,
        VersionReview,
        largest_json=_LARGEST,
        refusals=(Code.NOT_FOUND, Code.FORBIDDEN),
    ),
    Operation(
        HTTPMethod.DELETE,
        "/assets/{asset_id}/versions/{number}/approval",
        withdraw_verdict,
        "Take your verdict back",
        OneReview,
        VersionReview,
        refusals=_CHANGES,
    ),
    Operation(
        HTTPMethod.GET, "/approval-policy", get_policy, "What makes a version approved here", Nothing, PolicyView
    ),
    Operation(
        HTTPMethod.PUT,
        "/approval-policy",
        set_policy,
        "Set what makes a version approved; it holds at once, for versions with verdicts too",
        SetPolicy,
        PolicyView,
        refusals=(Code.FORBIDDEN, Code.PRECONDITION_FAILED),
        extra=IF_MATCH,
    ),
)
