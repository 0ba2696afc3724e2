"""Who is asking? The rows that are looked for before a studio is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

import asyncpg

from asset_ingest.adapters.repos.postgres.rows import Table
from asset_ingest.adapters.repos.postgres.sql import statement, transaction
from asset_ingest.core.model.access import ApiKey, BrowserSession, Member, SignInLink, Studio
from asset_ingest.core.ports.system_records import AccessRecords

STUDIOS: Final = Table("studio", Studio)
MEMBERS: Final = Table("member", Member)
KEYS: Final = Table("api_key", ApiKey)
LINKS: Final = Table("sign_in_link", SignInLink)
BROWSERS: Final = Table("browser_session", BrowserSession)

# There is no row to lock before the first studio, so starters queue up at a number.
FOUNDERS_QUEUE = "SELECT pg_advisory_xact_lock(hashtext('asset_ingest.found'))"
IS_FOUNDED = "SELECT EXISTS (SELECT FROM studio)"
ADD_STUDIO, ADD_MEMBER, ADD_KEY = STUDIOS.insert(), MEMBERS.insert(), KEYS.insert()
FIRST_ADMIN = MEMBERS.select("""
WHERE role = 'ADMIN' AND studio_id = (SELECT id FROM studio ORDER BY created_at, id LIMIT 1)
ORDER BY created_at, id LIMIT 1""")
MEMBER = MEMBERS.select("WHERE studio_id = $1 AND id = $2")
BY_KEY = MEMBERS.select("""
WHERE (studio_id, id) = (
    SELECT studio_id, member_id FROM api_key WHERE secret_hash = $1 AND revoked_at IS NULL)""")
ADD_LINK = LINKS.insert()
USE_LINK = "DELETE FROM sign_in_link WHERE token_hash = $1 AND expires_at > $2 RETURNING studio_id, member_id"
ADD_BROWSER = BROWSERS.insert()
BY_BROWSER = MEMBERS.select("""
WHERE (studio_id, id) = (
    SELECT studio_id, member_id FROM browser_session WHERE token_hash = $1 AND expires_at > $2)""")
DROP_BROWSER = "DELETE FROM browser_session WHERE token_hash = $1"
SWEEP = ("DELETE FROM sign_in_link WHERE expires_at <= $1", "DELETE FROM browser_session WHERE expires_at <= $1")


class PostgresAccess(AccessRecords):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

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

    async def by_key(self, secret_hash: str) -> Member | None:
        async with statement(self._pool) as sql:
            return await sql.one(MEMBERS, BY_KEY, secret_hash)

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
        async with statement(self._pool) as sql:
            return await sql.one(MEMBERS, BY_BROWSER, token_hash, now)

    async def drop_session(self, token_hash: str) -> None:
        async with transaction(self._pool) as sql:
            await sql.run(DROP_BROWSER, token_hash)
