"""What people outside get to see by a share link.

The link's token stands in the fragment of its address, so no log, no referrer and no preview robot has it; the page
sends it in a POST. The pass it gets for that is a cookie that goes to the addresses of this one link alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPMethod
from typing import Annotated, Final
from uuid import UUID

from aiohttp import web
from pydantic import ConfigDict, Field

from asset_ingest.core.errors import Code
from asset_ingest.core.model.assets import RenditionRole
from asset_ingest.core.model.ids import ShareId
from asset_ingest.core.services.shared import PASS_LIVES, SharedView
from asset_ingest.core.services.shares import LONGEST_PASSWORD
from asset_ingest.entrypoints.web.asking import Text
from asset_ingest.entrypoints.web.assets import bytes_of
from asset_ingest.entrypoints.web.auth import address_of, refuse_other_origins
from asset_ingest.entrypoints.web.content import NEVER, serve_download, serve_picture
from asset_ingest.entrypoints.web.headers import correlation_of, over_https
from asset_ingest.entrypoints.web.options import BASE, OPTIONS
from asset_ingest.entrypoints.web.wire import Call, Operation, Operations

PASS: Final = "asset_ingest_share"  # noqa: S105  the name of a cookie


@dataclass(frozen=True, slots=True)
class ShareToken:
    """What stands behind the `#` of the link, and the password if it has one."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    token: Annotated[str, Field(strict=True, max_length=256, pattern=r"^[A-Za-z0-9._~-]+$")] = field(repr=False)
    password: Annotated[str, Field(strict=True, max_length=LONGEST_PASSWORD)] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Opening:
    body: ShareToken


@dataclass(frozen=True, slots=True)
class OneShared:
    share_id: UUID


@dataclass(frozen=True, slots=True)
class OneSharedPicture:
    share_id: UUID
    role: RenditionRole
    v: Text | None = None


async def open_share(call: Call[Opening]) -> web.Response:
    request, body = call.request, call.asked.body
    refuse_other_origins(request)
    opened = await call.app.shared.open(body.token, body.password, address_of(request), correlation_of(request))
    answer = web.json_response(body=_OPEN.answering.dump_json(opened.view))
    answer.set_cookie(
        PASS,
        opened.pass_,
        path=f"{BASE}/shared/{opened.view.id}",
        max_age=int(PASS_LIVES.total_seconds()),
        httponly=True,
        samesite="Strict",
        secure=request.app[OPTIONS].secure_cookies or over_https(request),
    )
    return answer


async def get_shared(call: Call[OneShared]) -> SharedView:
    return await call.app.shared.look(*_pass(call.request, call.asked.share_id))


async def get_shared_content(call: Call[OneShared]) -> web.StreamResponse:
    content = await call.app.shared.content(*_pass(call.request, call.asked.share_id))
    return await serve_download(call.request, content, NEVER)


async def get_shared_picture(call: Call[OneSharedPicture]) -> web.StreamResponse:
    content = await call.app.shared.picture(*_pass(call.request, call.asked.share_id), call.asked.role)
    return await serve_picture(call.request, content, NEVER)


def _pass(request: web.Request, share_id: UUID) -> tuple[ShareId, str]:
    return ShareId(share_id), request.cookies.get(PASS, "")


_REFUSED = (Code.NOT_FOUND, Code.TOO_MANY_REQUESTS)
_BYTES = (*_REFUSED, Code.RANGE_NOT_SATISFIABLE, Code.STORE_UNAVAILABLE)

_OPEN: Operation[Opening, SharedView] = Operation(
    HTTPMethod.POST,
    "/shared/open",
    open_share,
    "Open a share link; sets a cookie for the addresses that the answer names",
    Opening,
    SharedView,
    public=True,
    refusals=(*_REFUSED, Code.FORBIDDEN, Code.PASSWORD_NEEDED),
)

OPERATIONS: Operations = (
    _OPEN,
    Operation(
        HTTPMethod.GET,
        "/shared/{share_id}",
        get_shared,
        "What an opened share link shows",
        OneShared,
        SharedView,
        public=True,
        refusals=_REFUSED,
    ),
    Operation(
        HTTPMethod.GET,
        "/shared/{share_id}/content",
        get_shared_content,
        "The original bytes behind an opened share link that lets them be saved",
        OneShared,
        public=True,
        refusals=_BYTES,
        extra=bytes_of("*/*"),
    ),
    Operation(
        HTTPMethod.GET,
        "/shared/{share_id}/renditions/{role}",
        get_shared_picture,
        "A picture behind an opened share link",
        OneSharedPicture,
        public=True,
        refusals=_BYTES,
        extra=bytes_of("image/png", "image/jpeg", "image/webp"),
    ),
)
