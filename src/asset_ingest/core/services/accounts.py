"""A person's own affairs: founding a studio, choosing a password, and finding back in."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum

from asset_ingest.core.errors import Forbidden, InvalidRequest, NotFound, NotPossibleNow, Unauthenticated
from asset_ingest.core.journeys import Journeys
from asset_ingest.core.model.access import Member, MemberStatus, Principal, Role, Studio, require_person
from asset_ingest.core.model.events import MemberJoined, MemberRenamed, PasswordChanged, StudioFounded
from asset_ingest.core.model.ids import MemberId, StudioId
from asset_ingest.core.model.sign_in import (
    Password,
    checked_name,
    checked_password,
    checked_slug,
    normalised_email,
    slug_of,
)
from asset_ingest.core.ports.repos import Transaction
from asset_ingest.core.ports.system_records import AccessRecords
from asset_ingest.core.services.access import digest_of, principal_of
from asset_ingest.core.services.attempts import Allowance
from asset_ingest.core.services.people import touched
from asset_ingest.core.services.sign_in import SignIn

FOUNDING = Allowance(10, timedelta(hours=1))


class Registration(StrEnum):
    """Who may found a studio over HTTP."""

    FIRST = "first"  # whoever comes first, while there is none
    OPEN = "open"  # everybody
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class NewStudio:
    """A studio with the person who founds it; `address` is where from."""

    studio: str
    slug: str | None
    name: str
    email: str
    password: str = field(repr=False)
    address: str


@dataclass(frozen=True, slots=True)
class NewPassword:
    """What a member chooses. `email` is for one who has none yet, `keep` the browser's session that asks."""

    current: str | None = field(repr=False)
    new: str = field(repr=False)
    email: str | None = None
    keep: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Accounts:
    """Founds studios and changes passwords."""

    journeys: Journeys
    access: AccessRecords
    sign_in: SignIn
    registration: Registration = Registration.FIRST

    # --- founding -----------------------------------------------------------------------------------------------

    async def register(self, wanted: NewStudio, correlation_id: str) -> tuple[Principal, str]:
        """Found a studio; return its admin and the secret of a browser's session."""
        await self._let_register(wanted.address)
        studio, admin = self._founded(wanted)
        checked = checked_password(wanted.password)
        proof = Password(studio.id, admin.id, await self.sign_in.passwords.hash(checked), studio.created_at)
        who = principal_of(admin, correlation_id)
        founded = StudioFounded(name=studio.name)
        told = (
            self.journeys.fact_of_studio(studio.id, founded, who.actor, correlation_id),
            self.journeys.fact_of_member(
                admin, MemberJoined(name=admin.name, role=admin.role), who.actor, correlation_id
            ),
        )
        only_first = self.registration is Registration.FIRST
        if not await self.access.register(studio, admin, proof, told, only_first=only_first):
            raise _not_open()
        async with self.journeys.change(studio.id) as tx:
            return who, await self.sign_in.open_browser(tx, admin)

    async def _let_register(self, address: str) -> None:
        """Refuse before anything slow is done for a stranger."""
        if not await self.registers():
            raise _not_open()
        await self.sign_in.attempts.count("register", address, FOUNDING)

    async def registers(self) -> bool:
        """Say whether somebody who comes now may found a studio."""
        if self.registration is Registration.FIRST:
            return await self.access.first_admin() is None
        return self.registration is Registration.OPEN

    def _founded(self, wanted: NewStudio) -> tuple[Studio, Member]:
        now, named = self.journeys.clock.now(), checked_name(wanted.studio, "studio")
        slug = checked_slug(wanted.slug) if wanted.slug is not None else slug_of(named)
        studio = Studio(StudioId(self.journeys.new_id()), named, now, slug)
        name, email = checked_name(wanted.name), normalised_email(wanted.email)
        return studio, Member(MemberId(self.journeys.new_id()), studio.id, name, Role.ADMIN, now, email)

    async def home(self, who: Principal) -> tuple[Studio, Member]:
        """Return the studio of the one who asks, and themselves in it."""
        async with self.journeys.records.reading(who.studio_id) as tx:
            return await tx.members.studio(), await tx.members.get(who.member_id)

    async def rename(self, who: Principal, name: str) -> Principal:
        """Give the one who asks another name, and return them under it."""
        require_person(who)
        name = checked_name(name)
        async with self.journeys.change(who.studio_id) as tx:
            member = await tx.members.lock(who.member_id)
            if name != member.name:
                told = MemberRenamed(name=name, was=member.name)
                await self.journeys.tell_member(
                    tx, await touched(tx, member, name=name), told, who.actor, who.correlation_id
                )
        return replace(who, name=name)

    # --- passwords ----------------------------------------------------------------------------------------------

    async def choose_password(self, who: Principal, chosen: NewPassword) -> None:
        """Change the password, or choose the first; every other session and token of the member ends."""
        require_person(who)
        new = checked_password(chosen.new, "new_password")
        proved = await self._prove(who, chosen.current)
        digest = await self.sign_in.passwords.hash(new)
        async with self.journeys.change(who.studio_id) as tx:
            member = await tx.members.lock(who.member_id)
            if member.status is not MemberStatus.ACTIVE or await tx.passwords.of_member(member.id) != proved:
                raise Forbidden("you were shut out, or the password was changed, while this was under way")
            member = await touched(tx, member, email=_address(member, chosen.email))
            vouched = "session" if chosen.current is None else "password"
            await self._set(tx, member, digest, vouched, who.correlation_id, keep=chosen.keep)

    async def _prove(self, who: Principal, current: str | None) -> Password | None:
        """Return what was held against it; raise Forbidden unless this is the password, or there is none."""
        async with self.journeys.records.reading(who.studio_id) as tx:
            held = await tx.passwords.of_member(who.member_id)
        if held is None:
            return None
        attempts = self.sign_in.attempts
        await attempts.count("password", str(who.member_id), attempts.patience.account)
        if current is None or not await self.sign_in.passwords.verify(
            held.hash, unicodedata.normalize("NFKC", current)
        ):
            raise Forbidden("the current password is wrong")
        return held

    async def confirm_reset(self, token: str, password: str, correlation_id: str) -> None:
        """Use up the link to a new password; everything that the member was signed in with ends."""
        new = checked_password(password)
        reset = await self.access.reset(digest_of(token), self.journeys.clock.now())
        if reset is None:
            raise _no_link()
        digest = await self.sign_in.passwords.hash(new)
        async with self.journeys.change(reset.studio_id) as tx:
            member = await tx.members.lock(reset.member_id)
            try:
                await tx.passwords.take_reset(reset.id)
            except NotFound:  # used since we looked
                raise _no_link() from None
            if member.status is not MemberStatus.ACTIVE:
                raise _no_link()
            await self._set(tx, await touched(tx, member), digest, "link", correlation_id)
        if member.email:
            await self.sign_in.attempts.reopen(member.email)

    async def _set(
        self,
        tx: Transaction,
        member: Member,
        digest: str,
        vouched: str,
        correlation_id: str,
        *,
        keep: str | None = None,
    ) -> None:
        await tx.passwords.forget(member.id)  # a link that is under way, too
        await tx.passwords.put(Password(member.studio_id, member.id, digest, self.journeys.clock.now()))
        await tx.sessions.end_all(member.id, but=digest_of(keep) if keep else None)
        told = PasswordChanged(by=vouched)
        await self.journeys.tell_member(tx, member, told, f"member:{member.id}", correlation_id)


def _address(member: Member, wanted: str | None) -> str:
    if wanted is None:
        if member.email is None:
            raise InvalidRequest("is needed to sign in with a password", "email")
        return member.email
    email = normalised_email(wanted)
    if member.email not in {None, email}:
        raise NotPossibleNow("you have another e-mail address, which cannot be changed here")
    return email


def _not_open() -> Forbidden:
    return Forbidden("nobody may found a studio here; ask to be invited to one")


def _no_link() -> Unauthenticated:
    return Unauthenticated("this link is unknown, was used already, or has expired")
