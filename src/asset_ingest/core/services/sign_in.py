"""Signing in with e-mail and password, and what comes of it: a browser's session, or a service's tokens."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from asset_ingest.core.errors import ChooseStudio, Unauthenticated
from asset_ingest.core.journeys import Journeys
from asset_ingest.core.model.access import BrowserSession, Member, MemberStatus, Principal, Studio, require_person
from asset_ingest.core.model.events import MemberSignedIn, MemberSignedOut
from asset_ingest.core.model.sign_in import Password, RefreshToken, TokenFamily, normalised_email
from asset_ingest.core.ports.identity import AccessClaims, AccessTokens, Passwords, Tokens
from asset_ingest.core.ports.repos import Transaction
from asset_ingest.core.ports.system_records import AccessRecords
from asset_ingest.core.services.access import SESSION_LIVES, digest_of, principal_of
from asset_ingest.core.services.attempts import Attempts
from asset_ingest.core.services.people import touched

WRONG: Final = "the e-mail address or the password is wrong, or you are in several studios and have to name one"
ENDED: Final = "the refresh token does not hold"


@dataclass(frozen=True, slots=True)
class TokenLives:
    access: timedelta = timedelta(minutes=10)
    refresh: timedelta = timedelta(days=30)  # after the last refresh


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a person types in.

    `address` is where from, as far as it counts against guessing; `remote` and `agent` are what the trail says of it.
    """

    email: str
    password: str = field(repr=False)
    studio: str | None
    address: str
    remote: str | None = None
    agent: str | None = None


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a service goes on with; seconds from now. The refresh token works once and brings the next one."""

    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str
    refresh_expires_in: int


Membership = tuple[Studio, Member, Password]


@dataclass(frozen=True, slots=True)
class SignIn:
    """Lets members in, and out."""

    journeys: Journeys
    access: AccessRecords
    attempts: Attempts
    passwords: Passwords
    tokens: Tokens
    access_tokens: AccessTokens
    lives: TokenLives = TokenLives()

    async def browser(self, said: Credentials, correlation_id: str) -> tuple[Principal, str]:
        """Return who it is and the secret of a new session; raises Unauthenticated, and why is nobody's business."""
        member, password = await self._prove(said)
        who = replace(principal_of(member, correlation_id), remote=said.remote, agent=said.agent)
        async with self.journeys.change(member.studio_id) as tx:
            await self._still(tx, member, password)
            secret = await self.open_browser(tx, member)
            await self.journeys.tell_member(tx, member, MemberSignedIn(), who, correlation_id)
        return who, secret

    async def service(self, said: Credentials) -> TokenPair:
        """Return the first tokens of a new family; raises Unauthenticated, and why is nobody's business."""
        member, password = await self._prove(said)
        now = self.journeys.clock.now()
        secret, ends = self.tokens.new(), now + self.lives.refresh
        family = TokenFamily(self.journeys.new_id(), member.studio_id, member.id, now, ends)
        async with self.journeys.change(member.studio_id) as tx:
            await self._still(tx, member, password)
            await tx.sessions.open_family(family, RefreshToken(digest_of(secret), member.studio_id, family.id))
        return self._pair(family, secret, now)

    async def refresh(self, token: str, correlation_id: str) -> TokenPair:
        """Spend a refresh token for the next pair.

        One that was spent before is in two hands, and one of them is a thief's: the whole family ends.
        """
        now, secret = self.journeys.clock.now(), self.tokens.new()
        found = await self.access.refresh_token(digest_of(token), now)
        if found is None:
            raise Unauthenticated(ENDED)
        member, held = found
        family = TokenFamily(held.family_id, member.studio_id, member.id, now, now + self.lives.refresh)
        next_one = RefreshToken(digest_of(secret), member.studio_id, family.id)
        async with self.journeys.change(member.studio_id) as tx:
            member = await tx.members.lock(member.id)
            rotated = await tx.sessions.rotate(held.token_hash, next_one, now, family.expires_at)
            if not rotated:
                await tx.sessions.end_family(family.id)
                member = await touched(tx, member)
                told = MemberSignedOut("a refresh token was used twice")
                await self.journeys.tell_member(tx, member, told, "server", correlation_id)
        if not rotated:
            raise Unauthenticated(ENDED)
        return self._pair(family, secret, now)

    async def sign_out_service(self, access_token: str) -> None:
        """End the family of an access token; its tokens hold no more from now on."""
        claims = self.access_tokens.read(access_token)
        async with self.journeys.change(claims.studio_id) as tx:
            member = await tx.members.lock(claims.member_id)
            await tx.sessions.end_family(claims.family_id)
        await self.journeys.tell_rights(member)

    async def sign_out_browser(self, secret: str) -> None:
        """End the browser's session; ending it twice is no error."""
        member = await self.access.by_session(digest_of(secret), self.journeys.clock.now())
        await self.access.drop_session(digest_of(secret))
        if member:
            await self.journeys.tell_rights(member)

    async def sign_out_everywhere(self, who: Principal) -> None:
        """End every session and family of the one who asks, this one too; API keys go on."""
        require_person(who)
        async with self.journeys.change(who.studio_id) as tx:
            member = await touched(tx, await tx.members.lock(who.member_id))
            await tx.sessions.end_all(member.id)
            told = MemberSignedOut("asked for")
            await self.journeys.tell_member(tx, member, told, who.actor, who.correlation_id)

    async def open_browser(self, tx: Transaction, member: Member) -> str:
        """Open a browser's session in the caller's transaction and return its secret."""
        now, secret = self.journeys.clock.now(), self.tokens.new()
        await tx.sessions.open_browser(
            BrowserSession(
                self.journeys.new_id(), member.studio_id, member.id, digest_of(secret), now, now + SESSION_LIVES
            )
        )
        return secret

    # --- proving ------------------------------------------------------------------------------------------------

    async def _prove(self, said: Credentials) -> tuple[Member, Password]:
        """Return whose credentials these are. Right or wrong, known or not: one look-up and one slow hash."""
        email, typed = normalised_email(said.email), unicodedata.normalize("NFKC", said.password)
        await self.attempts.sign_in(email, said.address)
        found = await self.access.by_email(email)
        if said.studio is not None:
            found = [each for each in found if each[0].slug == said.studio]
        held = found[0][2].hash if found else None
        if not await self.passwords.verify(held, typed) or not found:
            raise Unauthenticated(WRONG)
        await self.attempts.signed_in(email, said.address)
        await self._only_one(found, typed)
        _studio, member, password = found[0]
        return member, await self._renewed(password, typed)

    async def _only_one(self, found: list[Membership], typed: str) -> None:
        """Ask which studio is meant, naming only those that this very password opens."""
        others = [each for each in found[1:] if await self.passwords.verify(each[2].hash, typed)]
        if others:
            opened = [found[0], *others]
            raise ChooseStudio(tuple(studio.slug or str(studio.id) for studio, _member, _password in opened))

    async def _renewed(self, password: Password, typed: str) -> Password:
        """Hash anew where we would hash differently today; whoever changed the password meanwhile has won."""
        if not self.passwords.is_stale(password.hash):
            return password
        fresh = Password(
            password.studio_id, password.member_id, await self.passwords.hash(typed), self.journeys.clock.now()
        )
        async with self.journeys.records.transaction(password.studio_id) as tx:
            replaced = await tx.passwords.replace(fresh, password.hash)
        return fresh if replaced else password

    async def _still(self, tx: Transaction, member: Member, password: Password) -> None:
        """Lock the member and refuse if what was proved has changed since: then it opens nothing that outlives it."""
        here, held = await tx.members.lock(member.id), await tx.passwords.of_member(member.id)
        if here.status is not MemberStatus.ACTIVE or held is None or held.hash != password.hash:
            raise Unauthenticated(WRONG)

    def _pair(self, family: TokenFamily, refresh_token: str, now: datetime) -> TokenPair:
        ends = now + self.lives.access
        token = self.access_tokens.issue(AccessClaims(family.studio_id, family.member_id, family.id, ends))
        lives = int(self.lives.access.total_seconds()), int(self.lives.refresh.total_seconds())
        return TokenPair(token, "Bearer", lives[0], refresh_token, lives[1])
