"""Whether people approve of versions, and what makes a version approved."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPMethod
from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import AfterValidator, Field, TypeAdapter

from asset_ingest.core.errors import Code
from asset_ingest.core.model.access import Action, Role
from asset_ingest.core.model.ids import ApprovalId, AssetId
from asset_ingest.core.model.reviews import ANY, MOST_APPROVALS, Verdict
from asset_ingest.core.services.reviews.views import PolicyView, ReviewSummary, VersionReview
from asset_ingest.entrypoints.web.asking import Cursor, Limit, SmallNumber
from asset_ingest.entrypoints.web.comments import LARGEST_SAID, STRICT, Said
from asset_ingest.entrypoints.web.revisions import IF_MATCH, etag, read_by
from asset_ingest.entrypoints.web.wire import Call, Nothing, Operation, Operations


@dataclass(frozen=True, slots=True)
class Judgement:
    __pydantic_config__ = STRICT

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

    __pydantic_config__ = STRICT

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


_POLICY = TypeAdapter(PolicyView)
_MISSING = (Code.NOT_FOUND,)

OPERATIONS: Operations = (
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
        largest_json=LARGEST_SAID,
        refusals=(Code.NOT_FOUND, Code.FORBIDDEN, Code.NOT_POSSIBLE_NOW),
        action=Action.APPROVE,
    ),
    Operation(
        HTTPMethod.DELETE,
        "/assets/{asset_id}/versions/{number}/approval",
        withdraw_verdict,
        "Take your verdict back",
        OneReview,
        VersionReview,
        refusals=(Code.NOT_FOUND, Code.FORBIDDEN, Code.NOT_POSSIBLE_NOW),
        action=Action.APPROVE,
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
        action=Action.SET_APPROVAL_POLICY,
    ),
)
