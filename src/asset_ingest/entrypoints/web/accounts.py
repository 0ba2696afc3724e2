"""E-mail and password: founding a studio, signing in, and finding back in. Secrets travel in bodies alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPMethod
from typing import Annotated

from aiohttp import web
from pydantic import ConfigDict, Field

from asset_ingest.core.errors import Code
from asset_ingest.core.services.accounts import NewPassword, NewStudio
from asset_ingest.core.services.sign_in import Credentials, TokenPair
from asset_ingest.entrypoints.web.access import Me, Secret, signed_in
from asset_ingest.entrypoints.web.asking import Text
from asset_ingest.entrypoints.web.auth import address_of, agent_of, refuse_other_origins, session_secret
from asset_ingest.entrypoints.web.headers import correlation_of
from asset_ingest.entrypoints.web.wire import Call, Nothing, Operation, Operations

_CLOSED = ConfigDict(extra="forbid")

Email = Annotated[str, Field(strict=True, max_length=320)]
Typed = Annotated[str, Field(strict=True, min_length=1, max_length=1024, json_schema_extra={"format": "password"})]
"""A password as somebody typed it."""
Slug = Annotated[str, Field(strict=True, max_length=63)]


@dataclass(frozen=True, slots=True)
class Registration:
    """A studio and its first admin; `slug` is its short name, made of `studio` where it is not given."""

    __pydantic_config__ = _CLOSED

    studio: Text
    name: Text
    email: Email
    password: Typed = field(repr=False)
    slug: Slug | None = None


@dataclass(frozen=True, slots=True)
class RegistrationView:
    """Whether whoever asks now may found a studio."""

    open: bool


@dataclass(frozen=True, slots=True)
class Login:
    """`studio` is the short name of one, for people who are in several."""

    __pydantic_config__ = _CLOSED

    email: Email
    password: Typed = field(repr=False)
    studio: Slug | None = None


@dataclass(frozen=True, slots=True)
class Refresh:
    __pydantic_config__ = _CLOSED

    refresh_token: Secret = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChosenPassword:
    """`current_password` unless there is none yet; then `email` says with which address you will sign in."""

    __pydantic_config__ = _CLOSED

    new_password: Typed = field(repr=False)
    current_password: Typed | None = field(default=None, repr=False)
    email: Email | None = None


@dataclass(frozen=True, slots=True)
class Forgotten:
    __pydantic_config__ = _CLOSED

    email: Email
    studio: Slug | None = None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What stands behind `#reset=` in the link."""

    __pydantic_config__ = _CLOSED

    token: Secret = field(repr=False)
    password: Typed = field(repr=False)


@dataclass(frozen=True, slots=True)
class Registering:
    body: Registration


@dataclass(frozen=True, slots=True)
class LoggingIn:
    body: Login


@dataclass(frozen=True, slots=True)
class Refreshing:
    body: Refresh


@dataclass(frozen=True, slots=True)
class Choosing:
    body: ChosenPassword


@dataclass(frozen=True, slots=True)
class Forgetting:
    body: Forgotten


@dataclass(frozen=True, slots=True)
class Confirming:
    body: Confirmation


async def tell_registration(call: Call[Nothing]) -> RegistrationView:
    return RegistrationView(open=await call.app.accounts.registers())


async def register(call: Call[Registering]) -> web.Response:
    refuse_other_origins(call.request)
    said = call.asked.body
    wanted = NewStudio(said.studio, said.slug, said.name, said.email, said.password, address_of(call.request))
    who, secret = await call.app.accounts.register(wanted, correlation_of(call.request))
    return await signed_in(call, who, secret, status=201)


async def login(call: Call[LoggingIn]) -> web.Response:
    refuse_other_origins(call.request)
    who, secret = await call.app.sign_in.browser(_credentials(call), correlation_of(call.request))
    return await signed_in(call, who, secret)


async def issue_tokens(call: Call[LoggingIn]) -> TokenPair:
    return await call.app.sign_in.service(_credentials(call))


def _credentials(call: Call[LoggingIn]) -> Credentials:
    said, request = call.asked.body, call.request
    return Credentials(said.email, said.password, said.studio, address_of(request), request.remote, agent_of(request))


async def refresh(call: Call[Refreshing]) -> TokenPair:
    return await call.app.sign_in.refresh(call.asked.body.refresh_token, correlation_of(call.request))


async def choose_password(call: Call[Choosing]) -> None:
    said = call.asked.body
    keep = None if "Authorization" in call.request.headers else session_secret(call.request)
    chosen = NewPassword(said.current_password, said.new_password, said.email, keep)
    await call.app.accounts.choose_password(call.who, chosen)


async def ask_for_reset(call: Call[Forgetting]) -> None:
    said = call.asked.body
    await call.app.resets.ask(said.email, said.studio, address_of(call.request))


async def confirm_reset(call: Call[Confirming]) -> None:
    said = call.asked.body
    await call.app.accounts.confirm_reset(said.token, said.password, correlation_of(call.request))


_IN = (Code.UNAUTHENTICATED, Code.CHOOSE_STUDIO, Code.TOO_MANY_REQUESTS)

OPERATIONS: Operations = (
    Operation(
        HTTPMethod.GET,
        "/auth/registration",
        tell_registration,
        "Whether a studio can be founded here",
        Nothing,
        RegistrationView,
        public=True,
    ),
    Operation(
        HTTPMethod.POST,
        "/auth/register",
        register,
        "Found a studio, where an operator lets you, and sign its admin in; sets the session cookie",
        Registering,
        Me,
        status=201,
        public=True,
        refusals=(Code.FORBIDDEN, Code.CONFLICT, Code.TOO_MANY_REQUESTS),
    ),
    Operation(
        HTTPMethod.POST,
        "/auth/login",
        login,
        "Sign a browser in with e-mail and password; sets the session cookie",
        LoggingIn,
        Me,
        public=True,
        refusals=(*_IN, Code.FORBIDDEN),
    ),
    Operation(
        HTTPMethod.POST,
        "/auth/tokens",
        issue_tokens,
        "Sign a service in with e-mail and password: an access token of minutes and a refresh token",
        LoggingIn,
        TokenPair,
        public=True,
        refusals=_IN,
    ),
    Operation(
        HTTPMethod.POST,
        "/auth/refresh",
        refresh,
        "Spend a refresh token for the next pair; one that is used twice ends the whole sign-in",
        Refreshing,
        TokenPair,
        public=True,
        refusals=(Code.UNAUTHENTICATED,),
    ),
    Operation(
        HTTPMethod.POST,
        "/auth/password",
        choose_password,
        "Change your password, or choose the first; all of your other sessions and tokens end",
        Choosing,
        status=204,
        personal=True,
        refusals=(Code.FORBIDDEN, Code.NOT_POSSIBLE_NOW, Code.CONFLICT, Code.TOO_MANY_REQUESTS),
    ),
    Operation(
        HTTPMethod.POST,
        "/auth/password-reset",
        ask_for_reset,
        "Ask for a link to a new password by mail; the answer is the same whether or not anybody has this address",
        Forgetting,
        status=202,
        public=True,
        refusals=(Code.TOO_MANY_REQUESTS,),
    ),
    Operation(
        HTTPMethod.POST,
        "/auth/password-reset/confirm",
        confirm_reset,
        "Choose a new password with the link's token; everything you were signed in with ends",
        Confirming,
        status=204,
        public=True,
        refusals=(Code.UNAUTHENTICATED,),
    ),
)
