"""Share links as members make and end them."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPMethod
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from asset_ingest.core.errors import Code
from asset_ingest.core.model.access import Action
from asset_ingest.core.model.ids import AssetId, ShareId
from asset_ingest.core.services.jobs import Page
from asset_ingest.core.services.shares import LONGEST_PASSWORD, SHORTEST_PASSWORD, NewShare, ShareView
from asset_ingest.entrypoints.web.asking import Cursor, Limit, Moment
from asset_ingest.entrypoints.web.options import OPTIONS
from asset_ingest.entrypoints.web.wire import Call, Operation, Operations

Password = Annotated[str, Field(strict=True, min_length=SHORTEST_PASSWORD, max_length=LONGEST_PASSWORD)]


@dataclass(frozen=True, slots=True)
class WantedShare:
    """Without `version` the link follows the asset's current version; without `expires_at` it lives the usual time."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    version: Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)] | None = None
    expires_at: Moment | None = None
    password: Password | None = field(default=None, repr=False)
    may_download: Annotated[bool, Field(strict=True)] = False


@dataclass(frozen=True, slots=True)
class Sharing:
    asset_id: UUID
    body: WantedShare


@dataclass(frozen=True, slots=True)
class ManyShares:
    asset_id: UUID
    limit: Limit = 50
    cursor: Cursor = None


@dataclass(frozen=True, slots=True)
class OneShare:
    asset_id: UUID
    share_id: UUID


@dataclass(frozen=True, slots=True)
class ShareMade:
    """A new link. `url` is told now and never again; its secret is in the fragment, which no browser sends."""

    share: ShareView
    url: str


async def create_share(call: Call[Sharing]) -> ShareMade:
    body = call.asked.body
    wanted = NewShare(body.version, body.expires_at, body.password, body.may_download)
    share, token = await call.app.shares.create(call.who, AssetId(call.asked.asset_id), wanted)
    request = call.request
    outside = request.app[OPTIONS].public_url or f"{request.scheme}://{request.host}"
    return ShareMade(share, f"{outside.rstrip('/')}/s#{token}")


async def list_shares(call: Call[ManyShares]) -> Page[ShareView]:
    asked = call.asked
    after = ShareId(asked.cursor) if asked.cursor else None
    return await call.app.shares.page(call.who, AssetId(asked.asset_id), asked.limit, after)


async def revoke_share(call: Call[OneShare]) -> None:
    await call.app.shares.revoke(call.who, AssetId(call.asked.asset_id), ShareId(call.asked.share_id))


_REFUSED = (Code.FORBIDDEN, Code.NOT_FOUND)

OPERATIONS: Operations = (
    Operation(
        HTTPMethod.POST,
        "/assets/{asset_id}/shares",
        create_share,
        "Make a link with which people outside can see this asset",
        Sharing,
        ShareMade,
        status=201,
        refusals=(*_REFUSED, Code.NOT_POSSIBLE_NOW),
        action=Action.SHARE,
    ),
    Operation(
        HTTPMethod.GET,
        "/assets/{asset_id}/shares",
        list_shares,
        "Links to this asset, newest first, with those that have ended",
        ManyShares,
        Page[ShareView],
        refusals=_REFUSED,
        action=Action.SHARE,
    ),
    Operation(
        HTTPMethod.DELETE,
        "/assets/{asset_id}/shares/{share_id}",
        revoke_share,
        "End a link now; ending it twice is no error",
        OneShare,
        status=204,
        refusals=(*_REFUSED, Code.CONFLICT),
        action=Action.SHARE,
    ),
)
