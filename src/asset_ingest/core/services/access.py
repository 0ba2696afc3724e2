"""Finding out who asks. Secrets are compared by their hashes; only hashes are kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from asset_ingest.core.errors import Unauthenticated
from asset_ingest.core.model.access import Action, ApiKey, BrowserSession, Member, Principal, Role, SignInLink, Studio
from asset_ingest.core.model.ids import MemberId, StudioId
from asset_ingest.core.ports.clock import Clock, NewId
from asset_ingest.core.ports.identity import AccessTokens, Tokens
from asset_ingest.core.ports.system_records import AccessRecords

LINK_LIVES = timedelta(hours=12)
SESSION_LIVES = timedelta(days=14)
USE_IS_NOTED_EVERY = timedelta(hours=1)
"""So that a busy key costs no write for each request."""


@dataclass(frozen=True, slots=True)
class Access:
    """Founds the first studio and tells who asks."""

    records: AccessRecords
    tokens: Tokens
    access_tokens: AccessTokens
    clock: Clock
    new_id: NewId

    async def found_local_studio(self) -> str | None:
        """Create the first studio with its admin; return the admin's API key, once, or None if there was a studio."""
        now, secret = self.clock.now(), self.tokens.new()
        studio = Studio(StudioId(self.new_id()), "local", now, slug="local")
        admin = Member(MemberId(self.new_id()), studio.id, "admin", Role.ADMIN, now)
        key = ApiKey(self.new_id(), studio.id, admin.id, "admin.key", digest_of(secret), now)
        return secret if await self.records.found(studio, admin, key) else None

    async def replace_admin_key(self) -> str:
        """Return a new API key of the first admin, for a folder whose key file was lost."""
        admin, secret = await self._first_admin(), self.tokens.new()
        await self.records.add_key(
            ApiKey(self.new_id(), admin.studio_id, admin.id, "admin.key", digest_of(secret), self.clock.now())
        )
        return secret

    async def sign_in_link(self) -> str:
        """Return a token that signs the first admin in once, within twelve hours."""
        admin, token = await self._first_admin(), self.tokens.new()
        expires_at = self.clock.now() + LINK_LIVES
        await self.records.add_link(SignInLink(self.new_id(), admin.studio_id, admin.id, digest_of(token), expires_at))
        return token

    async def _first_admin(self) -> Member:
        admin = await self.records.first_admin()
        if admin is None:
            raise Unauthenticated("no studio has been founded yet")
        return admin

    async def exchange(self, link_token: str, correlation_id: str) -> tuple[Principal, str]:
        """Use up a sign-in link; return who signed in and the secret of the browser session."""
        now, secret = self.clock.now(), self.tokens.new()
        nobody = (StudioId(self.new_id()), MemberId(self.new_id()))  # replaced by the link's own
        session = BrowserSession(self.new_id(), *nobody, digest_of(secret), now, now + SESSION_LIVES)
        member = await self.records.use_link(digest_of(link_token), session, now)
        if member is None:
            raise Unauthenticated("this sign-in link is unknown, was used already, or has expired")
        return principal_of(member, correlation_id), secret

    async def by_bearer(self, secret: str, correlation_id: str) -> Principal:
        """Tell who an access token or an API key belongs to; only a token holds two dots."""
        ask = self.by_token if secret.count(".") == 2 else self.by_key
        return await ask(secret, correlation_id)

    async def by_key(self, secret: str, correlation_id: str) -> Principal:
        """Tell who an API key belongs to, or raise Unauthenticated."""
        found = await self.records.by_key(digest_of(secret))
        if found is None:
            raise Unauthenticated("the API key is unknown or revoked")
        member, key = found
        now = self.clock.now()
        if key.last_used_at is None or key.last_used_at + USE_IS_NOTED_EVERY <= now:
            await self.records.used_key(key.id, now)
        return principal_of(member, correlation_id, None if key.scopes is None else frozenset(key.scopes))

    async def by_token(self, token: str, correlation_id: str) -> Principal:
        """Tell who an access token belongs to, or raise Unauthenticated, also if its sign-in has ended since."""
        claims = self.access_tokens.read(token)
        member = await self.records.by_family(claims.family_id, self.clock.now())
        if member is None or (member.studio_id, member.id) != (claims.studio_id, claims.member_id):
            raise Unauthenticated("the access token does not hold")
        return principal_of(member, correlation_id)

    async def by_session(self, secret: str, correlation_id: str) -> Principal:
        """Tell who a browser session belongs to, or raise Unauthenticated."""
        member = await self.records.by_session(digest_of(secret), self.clock.now())
        if member is None:
            raise Unauthenticated("you are signed out")
        return principal_of(member, correlation_id)


def digest_of(secret: str) -> str:
    """Return the hash under which a secret is kept; plain SHA-256 is enough for 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def csrf_token(session_secret: str) -> str:
    """Return the token that a page must send with every change: only one that may read our answers knows it."""
    return hashlib.sha256(f"csrf:{session_secret}".encode()).hexdigest()


def principal_of(member: Member, correlation_id: str, scopes: frozenset[Action] | None = None) -> Principal:
    """Return the member as use cases ask for them."""
    return Principal(member.studio_id, member.id, member.name, member.role, correlation_id, scopes=scopes)
