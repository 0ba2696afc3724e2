"""Inviting people, and their joining."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from asset_ingest.core.errors import Conflict, NotFound, Unauthenticated
from asset_ingest.core.journeys import Journeys
from asset_ingest.core.model.access import Action, Member, MemberStatus, Principal, Role, may, require
from asset_ingest.core.model.events import InvitationWithdrawn, MemberInvited, MemberJoined
from asset_ingest.core.model.ids import MemberId
from asset_ingest.core.model.sign_in import Invitation, Password, checked_name, checked_password, normalised_email
from asset_ingest.core.ports.repos import Transaction
from asset_ingest.core.ports.system_records import AccessRecords
from asset_ingest.core.services.access import digest_of, principal_of
from asset_ingest.core.services.jobs import Page, page_of
from asset_ingest.core.services.letters import Delivery, Letters
from asset_ingest.core.services.sign_in import SignIn

INVITATION_LIVES = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class InvitationView:
    """Who may join as what. It `holds` until it expires or whoever sent it may invite nobody any more."""

    id: UUID
    email: str
    role: Role
    invited_by: MemberId
    holds: bool
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation, and what became of its link."""

    invitation: InvitationView
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Welcome:
    """What somebody who is invited sees before they join: by whom, to which studio, as what."""

    studio: str
    invited_by: str
    email: str
    role: Role
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Invitations:
    """Asks people in."""

    journeys: Journeys
    access: AccessRecords
    sign_in: SignIn
    letters: Letters

    async def invite(self, who: Principal, email: str, role: Role) -> Invited:
        """Invite somebody, in place of an earlier invitation to the same address."""
        require(who, Action.MANAGE_MEMBERS)
        now, token = self.journeys.clock.now(), self.sign_in.tokens.new()
        invitation = Invitation(
            id=self.journeys.new_id(),
            studio_id=who.studio_id,
            email=normalised_email(email),
            role=role,
            token_hash=digest_of(token),
            invited_by=who.member_id,
            created_at=now,
            expires_at=now + INVITATION_LIVES,
        )
        async with self.journeys.change(who.studio_id) as tx:
            if await tx.members.of_email(invitation.email):
                raise Conflict("a member has this e-mail address already")
            await tx.invitations.put(invitation)
            studio = await tx.members.studio()
            told = self.journeys.fact_of_studio(studio.id, MemberInvited(role=role), who.actor, who.correlation_id)
            await tx.events.add(told)
        delivery = await self.letters.invitation(invitation.email, studio.name, who.name, token)
        return Invited(_view(invitation, holds=True), delivery)

    async def page(self, who: Principal, limit: int, after: UUID | None) -> Page[InvitationView]:
        """Return invitations that nobody has used, newest first; expired ones too, until the next one is made."""
        require(who, Action.MANAGE_MEMBERS)
        async with self.journeys.records.reading(who.studio_id) as tx:
            found = await tx.invitations.page(limit + 1, after)
            senders = {each.invited_by for each in found[:limit]}
            inviting = {sender for sender in senders if _invites(await tx.members.get(sender))}
        now = self.journeys.clock.now()
        views = [_view(each, holds=each.invited_by in inviting and each.expires_at > now) for each in found[:limit]]
        return page_of(views, more=len(found) > limit, cursor=lambda view: view.id)

    async def withdraw(self, who: Principal, invitation_id: UUID) -> None:
        """Take an invitation back; its link opens nothing from now on."""
        require(who, Action.MANAGE_MEMBERS)
        async with self.journeys.change(who.studio_id) as tx:
            taken = await tx.invitations.take(invitation_id)
            told = InvitationWithdrawn(role=taken.role)
            await tx.events.add(self.journeys.fact_of_studio(who.studio_id, told, who.actor, who.correlation_id))

    async def welcome(self, token: str) -> Welcome:
        """Show an invitation to whoever holds its token, without using it up."""
        invitation = await self.access.invitation(digest_of(token), self.journeys.clock.now())
        if invitation is None:
            raise _not_invited()
        async with self.journeys.records.reading(invitation.studio_id) as tx:
            studio, inviter = await tx.members.studio(), await _inviter(tx, invitation)
        return Welcome(studio.name, inviter.name, invitation.email, invitation.role, invitation.expires_at)

    async def accept(self, token: str, name: str, password: str, correlation_id: str) -> tuple[Principal, str]:
        """Join; return who that is now and the secret of a browser's session."""
        now, name, password = self.journeys.clock.now(), checked_name(name), checked_password(password)
        invitation = await self.access.invitation(digest_of(token), now)
        if invitation is None:
            raise _not_invited()
        member = Member(
            MemberId(self.journeys.new_id()), invitation.studio_id, name, invitation.role, now, invitation.email
        )
        proof = Password(member.studio_id, member.id, await self.sign_in.passwords.hash(password), now)
        who = principal_of(member, correlation_id)
        async with self.journeys.change(member.studio_id) as tx:
            await _inviter(tx, invitation)
            try:
                await tx.invitations.take(invitation.id)
            except NotFound:  # withdrawn or used since we looked
                raise _not_invited() from None
            await tx.members.add(member)
            await tx.passwords.put(proof)
            told = MemberJoined(name=member.name, role=member.role)
            await self.journeys.tell_member(tx, member, told, who.actor, correlation_id)
            return who, await self.sign_in.open_browser(tx, member)


async def _inviter(tx: Transaction, invitation: Invitation) -> Member:
    """Return who invites; Unauthenticated if they may do so no longer, for then nobody does."""
    inviter = await tx.members.get(invitation.invited_by)
    if not _invites(inviter):
        raise _not_invited()
    return inviter


def _invites(member: Member) -> bool:
    return member.status is MemberStatus.ACTIVE and may(principal_of(member, ""), Action.MANAGE_MEMBERS)


def _not_invited() -> Unauthenticated:
    return Unauthenticated(
        "this invitation is unknown, was used already, has expired, or comes from somebody who may not invite any more:"
        " ask for a new one"
    )


def _view(invitation: Invitation, *, holds: bool) -> InvitationView:
    return InvitationView(
        invitation.id,
        invitation.email,
        invitation.role,
        invitation.invited_by,
        holds,
        invitation.created_at,
        invitation.expires_at,
    )
