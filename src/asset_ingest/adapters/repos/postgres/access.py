"""Who is asking? The rows that are looked for before a studio is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from asset_ingest.adapters.repos.postgres.events import ADD as ADD_FACT
from asset_ingest.adapters.repos.postgres.readers import Borrowed, Readers
from asset_ingest.adapters.repos.postgres.rows import Table
from asset_ingest.adapters.repos.postgres.sql import Sql, statement, transaction
from asset_ingest.core.model.access import ApiKey, BrowserSession, Member, SignInLink, Studio
from asset_ingest.core.model.events import Fact
from asset_ingest.core.model.sign_in import Invitation, Password, PasswordReset, RefreshToken
from asset_ingest.core.ports.system_records import AccessRecords

STUDIOS: Final = Table("studio", Studio)
MEMBERS: Final = Table("member", Member)
KEYS: Final = Table("api_key", ApiKey)
LINKS: Final = Table("sign_in_link", SignInLink)
BROWSERS: Final = Table("browser_session", BrowserSession)
PASSWORDS: Final = Table("password", Password)
RESETS: Final = Table("password_reset", PasswordReset)
REFRESH_TOKENS: Final = Table("refresh_token", RefreshToken)
_INVITATIONS: Final = Table("invitation", Invitation)

# There is no row to lock before the first studio, so starters queue up at a number.
FOUNDERS_QUEUE = "SELECT pg_advisory_xact_lock(hashtext('asset_ingest.found'))"
IS_FOUNDED = "SELECT EXISTS (SELECT FROM studio)"
ADD_STUDIO, ADD_MEMBER, ADD_KEY = STUDIOS.insert(), MEMBERS.insert(), KEYS.insert()
FIRST_ADMIN = MEMBERS.select("""
WHERE role = 'ADMIN' AND status = 'ACTIVE' AND studio_id = (SELECT id FROM studio ORDER BY created_at, id LIMIT 1)
ORDER BY created_at, id LIMIT 1""")
MEMBER = MEMBERS.select("WHERE studio_id = $1 AND id = $2 AND status = 'ACTIVE'")
BY_KEY = """
SELECT member.*, key.id AS key_id, key.name AS key_name, key.created_at AS key_created_at,
    member_id, secret_hash, revoked_at, scopes, last_used_at
FROM api_key AS key JOIN member ON member.studio_id = key.studio_id AND member.id = key.member_id
WHERE secret_hash = $1 AND revoked_at IS NULL AND status = 'ACTIVE'"""
USED_KEY = "UPDATE api_key SET last_used_at = $2 WHERE id = $1"
ADD_LINK = LINKS.insert()
USE_LINK = "DELETE FROM sign_in_link WHERE token_hash = $1 AND expires_at > $2 RETURNING studio_id, member_id"
ADD_BROWSER = BROWSERS.insert()
BY_BROWSER = MEMBERS.select("""
WHERE (studio_id, id) = (
    SELECT studio_id, member_id FROM browser_session WHERE token_hash = $1 AND expires_at > $2)
    AND status = 'ACTIVE'""")
BY_FAMILY = MEMBERS.select("""
WHERE (studio_id, id) = (SELECT studio_id, member_id FROM token_family WHERE id = $1 AND expires_at > $2)
    AND status = 'ACTIVE'""")
REFRESH_TOKEN = REFRESH_TOKENS.select("WHERE token_hash = $1")
# One round trip for whoever it is, so that the time says nothing.
MEMBERSHIPS = """
SELECT member.*, studio.name AS studio_name, studio.created_at AS studio_created_at, slug, member_id, hash, set_at
FROM member JOIN studio ON studio.id = studio_id JOIN password USING (studio_id)
WHERE email = $1 AND status = 'ACTIVE' AND member_id = member.id ORDER BY member.created_at, member.id LIMIT 50"""
INVITATION = _INVITATIONS.select("WHERE token_hash = $1 AND expires_at > $2")
RESET = RESETS.select("WHERE token_hash = $1 AND expires_at > $2")
ADD_PASSWORD = PASSWORDS.insert()
DROP_BROWSER = "DELETE FROM browser_session WHERE token_hash = $1"
SWEEP = ("DELETE FROM sign_in_link WHERE expires_at <= $1", "DELETE FROM browser_session WHERE expires_at <= $1")


class PostgresAccess(AccessRecords):
    """`doormen` are connections for finding out who asks; where there are none, the pool does it."""

    def __init__(self, pool: asyncpg.Pool, doormen: Readers | None = None) -> None:
        self._pool, self._doormen = pool, doormen

    def _asking(self) -> AbstractAsyncContextManager[Sql]:
        return statement(self._pool) if self._doormen is None else Borrowed(self._doormen, Sql)

    async def found(self, studio: Studio, admin: Member, key: ApiKey) -> bool:
        async with transaction(self._pool) as sql:
            await sql.run(FOUNDERS_QUEUE)
            if await sql.value(IS_FOUNDED):
                return False
            await sql.write(ADD_STUDIO, studio)
            await sql.write(ADD_MEMBER, admin)
            await sql.write(ADD_KEY, key)
            return True

    async def first_admin(self) -> Member | None:
        async with transaction(self._pool) as sql:
            return await sql.one(MEMBERS, FIRST_ADMIN)

    async def add_key(self, key: ApiKey) -> None:
        async with transaction(self._pool) as sql:
            await sql.write(ADD_KEY, key)

    async def by_key(self, secret_hash: str) -> tuple[Member, ApiKey] | None:
        async with self._asking() as sql:
            found = await sql.record(BY_KEY, secret_hash)
        if found is None:
            return None
        own = {name: found[f"key_{name}"] for name in ("id", "name", "created_at")}
        return MEMBERS.read(found), KEYS.read({**found, **own})

    async def used_key(self, key_id: UUID, at: datetime) -> None:
        async with transaction(self._pool) as sql:
            await sql.run(USED_KEY, key_id, at)

    async def add_link(self, link: SignInLink) -> None:
        async with transaction(self._pool) as sql:
            await sql.write(ADD_LINK, link)

    async def use_link(self, token_hash: str, session: BrowserSession, now: datetime) -> Member | None:
        async with transaction(self._pool) as sql:
            link = await sql.record(USE_LINK, token_hash, now)
            if link is None:
                return None
            for statement in SWEEP:  # each sign-in leaves a row behind, so each takes the dead ones along
                await sql.run(statement, now)
            opened = replace(session, studio_id=link["studio_id"], member_id=link["member_id"])
            await sql.write(ADD_BROWSER, opened)
            return await sql.one(MEMBERS, MEMBER, opened.studio_id, opened.member_id)

    async def by_session(self, token_hash: str, now: datetime) -> Member | None:
        async with self._asking() as sql:
            return await sql.one(MEMBERS, BY_BROWSER, token_hash, now)

    async def drop_session(self, token_hash: str) -> None:
        async with transaction(self._pool) as sql:
            await sql.run(DROP_BROWSER, token_hash)

    async def by_family(self, family_id: UUID, now: datetime) -> Member | None:
        async with self._asking() as sql:
            return await sql.one(MEMBERS, BY_FAMILY, family_id, now)

    async def refresh_token(self, token_hash: str, now: datetime) -> tuple[Member, RefreshToken] | None:
        async with statement(self._pool) as sql:
            token = await sql.one(REFRESH_TOKENS, REFRESH_TOKEN, token_hash)
            if token is None:
                return None
            member = await sql.one(MEMBERS, BY_FAMILY, token.family_id, now)
            return (member, token) if member else None

    async def by_email(self, email: str) -> list[tuple[Studio, Member, Password]]:
        async with statement(self._pool) as sql:
            found = await sql.records(MEMBERSHIPS, email)
        return [(_studio(row), MEMBERS.read(row), PASSWORDS.read(row)) for row in found]

    async def invitation(self, token_hash: str, now: datetime) -> Invitation | None:
        async with statement(self._pool) as sql:
            return await sql.one(_INVITATIONS, INVITATION, token_hash, now)

    async def reset(self, token_hash: str, now: datetime) -> PasswordReset | None:
        async with statement(self._pool) as sql:
            return await sql.one(RESETS, RESET, token_hash, now)

    async def register(
        self, studio: Studio, admin: Member, password: Password, facts: Sequence[Fact], *, only_first: bool
    ) -> bool:
        async with transaction(self._pool) as sql:
            await sql.run(FOUNDERS_QUEUE)
            if only_first and await sql.value(IS_FOUNDED):
                return False
            await sql.write(ADD_STUDIO, studio)
            await sql.write(ADD_MEMBER, admin)
            await sql.write(ADD_PASSWORD, password)
            await sql.write_each(ADD_FACT, facts)
            return True


def _studio(row: Mapping[str, Any]) -> Studio:
    return Studio(row["studio_id"], row["studio_name"], row["studio_created_at"], row["slug"])
