"""Signing in and out of a browser. The link's token travels in a POST, so that no log and no referrer has it."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPMethod
from typing import Annotated, Any

from aiohttp import web
from pydantic import ConfigDict, Field

from asset_ingest.core.errors import Code
from asset_ingest.core.model.access import Action, Principal, Role, may
from asset_ingest.core.model.ids import MemberId, StudioId
from asset_ingest.core.services.access import SESSION_LIVES, csrf_token
from asset_ingest.entrypoints.web.asking import Text
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

SECRET = Field(min_length=1, max_length=256, pattern=r"^[A-Za-z0-9._~+/=-]+$")
Secret = Annotated[str, Field(strict=True), SECRET]
"""A token that we made."""


@dataclass(frozen=True, slots=True)
class LinkToken:
    """What stands behind `#signin=` in the link."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    token: Secret


@dataclass(frozen=True, slots=True)
class SigningIn:
    body: LinkToken


@dataclass(frozen=True, slots=True)
class OwnChange:
    """What one may change of oneself."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: Text


@dataclass(frozen=True, slots=True)
class ChangingMe:
    body: OwnChange


@dataclass(frozen=True, slots=True)
class Myself:
    """Who is signed in. Without an `email` there is no password either."""

    id: MemberId
    name: str
    role: Role
    email: str | None


@dataclass(frozen=True, slots=True)
class StudioView:
    """Where they are at home."""

    id: StudioId
    name: str
    slug: str | None


@dataclass(frozen=True, slots=True)
class MemberActions:
    """What the one who asks may do on this server, where servers differ."""

    import_url: bool


@dataclass(frozen=True, slots=True)
class Me:
    """Who asks, and what the policy lets them do.

    `csrf_token` goes into the header X-CSRF-Token of every change; a key needs none.
    """

    member: Myself
    studio: StudioView
    csrf_token: str | None
    can: MemberActions
    actions: list[Action]


async def exchange(call: Call[SigningIn]) -> web.Response:
    refuse_other_origins(call.request)
    who, secret = await call.app.access.exchange(call.asked.body.token, correlation_of(call.request))
    return await signed_in(call, who, secret)


async def me(call: Call[Nothing]) -> Me:
    credential = credential_of(call.request)
    return await _me(call, call.who, None if credential.is_key else credential.secret)


async def change_me(call: Call[ChangingMe]) -> Me:
    who, credential = await call.app.accounts.rename(call.who, call.asked.body.name), credential_of(call.request)
    return await _me(call, who, None if credential.is_key else credential.secret)


async def logout(call: Call[Nothing]) -> web.Response:
    """End what the request came with: a browser's session, or a service's sign-in with its refresh tokens.

    An access token that has expired proves nothing any more: whoever holds it refreshes it first.
    """
    answer = web.Response(status=204)
    if "Authorization" in call.request.headers:
        await call.app.sign_in.sign_out_service(credential_of(call.request).secret)
    elif secret := session_secret(call.request):
        refuse_forgery(call.request, secret)
        await call.app.sign_in.sign_out_browser(secret)
        forget_cookie(answer)
    return answer


async def logout_everywhere(call: Call[Nothing]) -> web.Response:
    await call.app.sign_in.sign_out_everywhere(call.who)
    answer = web.Response(status=204)
    forget_cookie(answer)
    return answer


async def signed_in(call: Call[Any], who: Principal, secret: str, status: int = 200) -> web.Response:
    """Tell a browser who it is now, and give it the cookie to prove that."""
    answer = web.json_response(body=_ME.answering.dump_json(await _me(call, who, secret)), status=status)
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=int(SESSION_LIVES.total_seconds()),
        httponly=True,
        samesite="Strict",
        secure=call.request.app[OPTIONS].secure_cookies or over_https(call.request),
    )
    return answer


def forget_cookie(answer: web.Response) -> None:
    answer.del_cookie(COOKIE, httponly=True, samesite="Strict")


async def _me(call: Call[Any], who: Principal, secret: str | None) -> Me:
    studio, member = await call.app.accounts.home(who)
    return Me(
        Myself(who.member_id, who.name, who.role, member.email),
        StudioView(studio.id, studio.name, studio.slug),
        csrf_token(secret) if secret else None,
        MemberActions(import_url=call.app.imports.allowed(who)),
        [action for action in Action if may(who, action)],
    )


_ME = Operation(HTTPMethod.GET, "/auth/me", me, "Who is signed in", Nothing, Me, personal=True)

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
        HTTPMethod.PATCH,
        "/auth/me",
        change_me,
        "Give yourself another name",
        ChangingMe,
        Me,
        personal=True,
        refusals=(Code.FORBIDDEN,),
    ),
    Operation(
        HTTPMethod.POST,
        "/auth/logout",
        logout,
        "End the browser's session, or the sign-in of the access token; ending it twice is no error",
        Nothing,
        status=204,
        public=True,
        refusals=(Code.UNAUTHENTICATED, Code.FORBIDDEN),
    ),
    Operation(
        HTTPMethod.POST,
        "/auth/logout-everywhere",
        logout_everywhere,
        "End all of your sessions and tokens at once; API keys go on",
        Nothing,
        status=204,
        personal=True,
        refusals=(Code.FORBIDDEN,),
    ),
)
