"""Signing in and out of a browser. The link's token travels in a POST, so that no log and no referrer has it."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPMethod
from typing import Annotated, Any

from aiohttp import web
from pydantic import ConfigDict, Field

from asset_ingest.core.errors import Code
from asset_ingest.core.model.access import Principal, Role
from asset_ingest.core.model.ids import MemberId, StudioId
from asset_ingest.core.services.access import SESSION_LIVES, csrf_token
from asset_ingest.entrypoints.web.auth import (
    COOKIE,
    credential_of,
    refuse_forgery,
    refuse_other_origins,
    session_secret,
)
from asset_ingest.entrypoints.web.headers import correlation_of, over_https
from asset_ingest.entrypoints.web.options import OPTIONS
from asset_ingest.entrypoints.web.wire import Call, Nothing, Operation, Operations

ONLY_STUDIO = "local"
"""The name of the one studio that there is; a Principal does not know its name."""


@dataclass(frozen=True, slots=True)
class LinkToken:
    """What stands behind `#signin=` in the link."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    token: Annotated[str, Field(strict=True, min_length=1, max_length=256, pattern=r"^[A-Za-z0-9._~+/=-]+$")]


@dataclass(frozen=True, slots=True)
class SigningIn:
    body: LinkToken


@dataclass(frozen=True, slots=True)
class MemberView:
    """Who is signed in."""

    id: MemberId
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class StudioView:
    """Where they are at home."""

    id: StudioId
    name: str


@dataclass(frozen=True, slots=True)
class MemberActions:
    """What the one who asks may do on this server, where servers differ."""

    import_url: bool


@dataclass(frozen=True, slots=True)
class Me:
    """Who asks. `csrf_token` goes into the header X-CSRF-Token of every change; a key needs none."""

    member: MemberView
    studio: StudioView
    csrf_token: str | None
    can: MemberActions


async def exchange(call: Call[SigningIn]) -> web.Response:
    refuse_other_origins(call.request)
    who, secret = await call.app.access.exchange(call.asked.body.token, correlation_of(call.request))
    answer = web.json_response(body=_ME.answering.dump_json(_me(call, who, secret)))
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=int(SESSION_LIVES.total_seconds()),
        httponly=True,
        samesite="Strict",
        secure=call.request.app[OPTIONS].secure_cookies or over_https(call.request),
    )
    return answer


async def me(call: Call[Nothing]) -> Me:
    credential = credential_of(call.request)
    return _me(call, call.who, None if credential.is_key else credential.secret)


async def logout(call: Call[Nothing]) -> web.Response:
    answer = web.Response(status=204)
    if secret := session_secret(call.request):
        refuse_forgery(call.request, secret)
        await call.app.access.sign_out(secret)
        answer.del_cookie(COOKIE, httponly=True, samesite="Strict")
    return answer


def _me(call: Call[Any], who: Principal, secret: str | None) -> Me:
    member = MemberView(who.member_id, who.name, who.role)
    can = MemberActions(import_url=call.app.imports.allowed(who))
    return Me(member, StudioView(who.studio_id, ONLY_STUDIO), csrf_token(secret) if secret else None, can)


_ME = Operation(HTTPMethod.GET, "/auth/me", me, "Who is signed in", Nothing, Me)

OPERATIONS: Operations = (
    Operation(
        HTTPMethod.POST,
        "/auth/exchange",
        exchange,
        "Sign a browser in with a one-time link; sets the session cookie",
        SigningIn,
        Me,
        public=True,
        refusals=(Code.UNAUTHENTICATED, Code.FORBIDDEN),
    ),
    _ME,
    Operation(
        HTTPMethod.POST,
        "/auth/logout",
        logout,
        "End the browser's session; ending it twice is no error",
        Nothing,
        status=204,
        public=True,
        refusals=(Code.FORBIDDEN,),
    ),
)
