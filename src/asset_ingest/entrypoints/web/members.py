"""The people of a studio: members, and those who are invited."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPMethod
from uuid import UUID

from aiohttp import web
from pydantic import ConfigDict

from asset_ingest.core.errors import Code
from asset_ingest.core.model.access import Action, Role
from asset_ingest.core.model.ids import MemberId
from asset_ingest.core.services.invitations import InvitationView, Invited, Welcome
from asset_ingest.core.services.jobs import Page
from asset_ingest.core.services.letters import Delivery
from asset_ingest.core.services.people import MemberView
from asset_ingest.entrypoints.web.access import Me, Secret, signed_in
from asset_ingest.entrypoints.web.accounts import Email, Typed
from asset_ingest.entrypoints.web.asking import Cursor, Limit, Text
from asset_ingest.entrypoints.web.auth import refuse_other_origins
from asset_ingest.entrypoints.web.headers import correlation_of
from asset_ingest.entrypoints.web.wire import Call, Operation, Operations

_CLOSED = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class MemberChange:
    """`active` false shuts a member out: their sessions and keys end at once."""

    __pydantic_config__ = _CLOSED

    role: Role | None = None
    active: bool | None = None


@dataclass(frozen=True, slots=True)
class NewInvitation:
    __pydantic_config__ = _CLOSED

    email: Email
    role: Role


@dataclass(frozen=True, slots=True)
class Invitation:
    """What stands behind `#invitation=` in the link."""

    __pydantic_config__ = _CLOSED

    token: Secret = field(repr=False)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What stands behind `#invitation=` in the link, and who you are."""

    __pydantic_config__ = _CLOSED

    name: Text
    token: Secret = field(repr=False)
    password: Typed = field(repr=False)


@dataclass(frozen=True, slots=True)
class Many:
    limit: Limit = 50
    cursor: Cursor = None


@dataclass(frozen=True, slots=True)
class OneMember:
    member_id: UUID


@dataclass(frozen=True, slots=True)
class ChangeMember:
    member_id: UUID
    body: MemberChange


@dataclass(frozen=True, slots=True)
class Inviting:
    body: NewInvitation


@dataclass(frozen=True, slots=True)
class OneInvitation:
    invitation_id: UUID


@dataclass(frozen=True, slots=True)
class OpeningInvitation:
    body: Invitation


@dataclass(frozen=True, slots=True)
class Accepting:
    body: Acceptance


async def list_members(call: Call[Many]) -> Page[MemberView]:
    after = MemberId(call.asked.cursor) if call.asked.cursor else None
    return await call.app.members.page(call.who, call.asked.limit, after)


async def change_member(call: Call[ChangeMember]) -> MemberView:
    member_id, said = MemberId(call.asked.member_id), call.asked.body
    return await call.app.members.change(call.who, member_id, role=said.role, active=said.active)


async def remove_member(call: Call[OneMember]) -> None:
    await call.app.members.remove(call.who, MemberId(call.asked.member_id))


async def reset_member_password(call: Call[OneMember]) -> Delivery:
    return await call.app.resets.link_for(call.who, MemberId(call.asked.member_id))


async def list_invitations(call: Call[Many]) -> Page[InvitationView]:
    return await call.app.invitations.page(call.who, call.asked.limit, call.asked.cursor)


async def invite(call: Call[Inviting]) -> Invited:
    return await call.app.invitations.invite(call.who, call.asked.body.email, call.asked.body.role)


async def withdraw_invitation(call: Call[OneInvitation]) -> None:
    await call.app.invitations.withdraw(call.who, call.asked.invitation_id)


async def open_invitation(call: Call[OpeningInvitation]) -> Welcome:
    return await call.app.invitations.welcome(call.asked.body.token)


async def accept_invitation(call: Call[Accepting]) -> web.Response:
    refuse_other_origins(call.request)
    said = call.asked.body
    who, secret = await call.app.invitations.accept(said.token, said.name, said.password, correlation_of(call.request))
    return await signed_in(call, who, secret, status=201)


_MANAGED = (Code.FORBIDDEN, Code.NOT_FOUND)

OPERATIONS: Operations = (
    Operation(
        HTTPMethod.GET,
        "/members",
        list_members,
        "Who is in your studio, newest first; only an admin sees addresses",
        Many,
        Page[MemberView],
    ),
    Operation(
        HTTPMethod.PATCH,
        "/members/{member_id}",
        change_member,
        "Give a member another role, shut them out, or let them in again; it holds at once",
        ChangeMember,
        MemberView,
        action=Action.MANAGE_MEMBERS,
        refusals=(*_MANAGED, Code.NOT_POSSIBLE_NOW),
    ),
    Operation(
        HTTPMethod.DELETE,
        "/members/{member_id}",
        remove_member,
        "Remove a member; their name stays on what they made",
        OneMember,
        status=204,
        action=Action.MANAGE_MEMBERS,
        refusals=(*_MANAGED, Code.NOT_POSSIBLE_NOW),
    ),
    Operation(
        HTTPMethod.POST,
        "/members/{member_id}/password-reset",
        reset_member_password,
        "Make a link with which a member chooses a new password within an hour; mailed, or here to hand over",
        OneMember,
        Delivery,
        action=Action.MANAGE_MEMBERS,
        refusals=(*_MANAGED, Code.NOT_POSSIBLE_NOW),
    ),
    Operation(
        HTTPMethod.GET,
        "/invitations",
        list_invitations,
        "Who is invited, newest first",
        Many,
        Page[InvitationView],
        action=Action.MANAGE_MEMBERS,
        refusals=(Code.FORBIDDEN,),
    ),
    Operation(
        HTTPMethod.POST,
        "/invitations",
        invite,
        "Invite somebody; the link is mailed, or here to hand over",
        Inviting,
        Invited,
        status=201,
        action=Action.MANAGE_MEMBERS,
        refusals=(Code.FORBIDDEN, Code.CONFLICT),
    ),
    Operation(
        HTTPMethod.DELETE,
        "/invitations/{invitation_id}",
        withdraw_invitation,
        "Take an invitation back",
        OneInvitation,
        status=204,
        action=Action.MANAGE_MEMBERS,
        refusals=_MANAGED,
    ),
    Operation(
        HTTPMethod.POST,
        "/invitations/open",
        open_invitation,
        "Show an invitation to whoever holds its token: by whom, to which studio, as what",
        OpeningInvitation,
        Welcome,
        public=True,
        refusals=(Code.UNAUTHENTICATED,),
    ),
    Operation(
        HTTPMethod.POST,
        "/invitations/accept",
        accept_invitation,
        "Join with the token of an invitation, which works once; sets the session cookie",
        Accepting,
        Me,
        status=201,
        public=True,
        refusals=(Code.UNAUTHENTICATED, Code.FORBIDDEN, Code.CONFLICT),
    ),
)
