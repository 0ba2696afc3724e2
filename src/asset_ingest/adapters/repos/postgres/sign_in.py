"""What members get in with: passwords, sessions and keys."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from asset_ingest.adapters.repos.postgres.access import BROWSERS, KEYS, PASSWORDS, REFRESH_TOKENS, RESETS
from asset_ingest.adapters.repos.postgres.members import LAST
from asset_ingest.adapters.repos.postgres.rows import Table
from asset_ingest.adapters.repos.postgres.studio import StudioSql
from asset_ingest.core.errors import NotFound
from asset_ingest.core.model.access import ApiKey, BrowserSession
from asset_ingest.core.model.ids import MemberId
from asset_ingest.core.model.sign_in import Password, PasswordReset, RefreshToken, TokenFamily
from asset_ingest.core.ports.member_repos import KeyRepo, PasswordRepo, SessionRepo

FAMILIES: Final = Table("token_family", TokenFamily)

PUT_PASSWORD = PASSWORDS.replace("studio_id", "member_id")
PASSWORD = PASSWORDS.select("WHERE studio_id = $1 AND member_id = $2")
REPLACE_PASSWORD = "UPDATE password SET hash = $3, set_at = $4 WHERE studio_id = $1 AND member_id = $2 AND hash = $5"  # noqa: S105  no password
FORGET_PASSWORD = "DELETE FROM password WHERE studio_id = $1 AND member_id = $2"  # noqa: S105  no password
FORGET_RESET = "DELETE FROM password_reset WHERE studio_id = $1 AND member_id = $2"
ADD_RESET = RESETS.insert()
TAKE_RESET = "DELETE FROM password_reset WHERE studio_id = $1 AND id = $2 RETURNING *"

ADD_BROWSER = BROWSERS.insert()
SWEEP_BROWSERS = "DELETE FROM browser_session WHERE studio_id = $1 AND expires_at <= $2"
ADD_FAMILY = FAMILIES.insert()
SWEEP_FAMILIES = "DELETE FROM token_family WHERE studio_id = $1 AND expires_at <= $2"
ADD_TOKEN = REFRESH_TOKENS.insert()
SPEND = """
UPDATE refresh_token SET spent_at = $4
WHERE studio_id = $1 AND token_hash = $2 AND family_id = $3 AND spent_at IS NULL"""
PROLONG = "UPDATE token_family SET expires_at = $3 WHERE studio_id = $1 AND id = $2"
END_FAMILY = "DELETE FROM token_family WHERE studio_id = $1 AND id = $2"
END_BROWSERS = """
DELETE FROM browser_session WHERE studio_id = $1 AND member_id = $2 AND token_hash IS DISTINCT FROM $3"""
END_LINKS = "DELETE FROM sign_in_link WHERE studio_id = $1 AND member_id = $2"
END_FAMILIES = "DELETE FROM token_family WHERE studio_id = $1 AND member_id = $2"

ADD_KEY = KEYS.insert()
KEY_PAGE = KEYS.select("WHERE studio_id = $1 AND id < $2 AND revoked_at IS NULL ORDER BY id DESC LIMIT $3")
REVOKE = "UPDATE api_key SET revoked_at = $3 WHERE studio_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING *"
REVOKE_ALL = "UPDATE api_key SET revoked_at = $3 WHERE studio_id = $1 AND member_id = $2 AND revoked_at IS NULL"


class PostgresPasswords(PasswordRepo):
    def __init__(self, sql: StudioSql) -> None:
        self._sql = sql

    async def put(self, password: Password) -> None:
        await self._sql.write(PUT_PASSWORD, password)

    async def of_member(self, member_id: MemberId) -> Password | None:
        return await self._sql.one(PASSWORDS, PASSWORD, member_id)

    async def replace(self, password: Password, instead_of: str) -> bool:
        self._sql.own(password)
        return bool(
            await self._sql.run(REPLACE_PASSWORD, password.member_id, password.hash, password.set_at, instead_of)
        )

    async def forget(self, member_id: MemberId) -> None:
        await self._sql.run(FORGET_PASSWORD, member_id)
        await self._sql.run(FORGET_RESET, member_id)

    async def put_reset(self, reset: PasswordReset) -> None:
        await self._sql.run(FORGET_RESET, reset.member_id)
        await self._sql.write(ADD_RESET, reset)

    async def take_reset(self, reset_id: UUID) -> PasswordReset:
        return await self._sql.get(RESETS, TAKE_RESET, "link", reset_id)


class PostgresSessions(SessionRepo):
    def __init__(self, sql: StudioSql) -> None:
        self._sql = sql

    async def open_browser(self, session: BrowserSession) -> None:
        await self._sql.run(SWEEP_BROWSERS, session.created_at)
        await self._sql.write(ADD_BROWSER, session)

    async def open_family(self, family: TokenFamily, token: RefreshToken) -> None:
        await self._sql.run(SWEEP_FAMILIES, family.created_at)
        await self._sql.write(ADD_FAMILY, family)
        await self._sql.write(ADD_TOKEN, token)

    async def rotate(self, spent_hash: str, token: RefreshToken, now: datetime, expires_at: datetime) -> bool:
        if not await self._sql.run(SPEND, spent_hash, token.family_id, now):
            return False
        await self._sql.write(ADD_TOKEN, token)
        await self._sql.run(PROLONG, token.family_id, expires_at)
        return True

    async def end_family(self, family_id: UUID) -> None:
        await self._sql.run(END_FAMILY, family_id)

    async def end_all(self, member_id: MemberId, but: str | None = None) -> None:
        await self._sql.run(END_BROWSERS, member_id, but)
        await self._sql.run(END_LINKS, member_id)
        await self._sql.run(END_FAMILIES, member_id)


class PostgresKeys(KeyRepo):
    def __init__(self, sql: StudioSql) -> None:
        self._sql = sql

    async def add(self, key: ApiKey) -> None:
        await self._sql.write(ADD_KEY, key)

    async def page(self, limit: int, after: UUID | None) -> list[ApiKey]:
        return await self._sql.many(KEYS, KEY_PAGE, after or LAST, limit)

    async def revoke(self, key_id: UUID, now: datetime) -> ApiKey:
        found = await self._sql.one(KEYS, REVOKE, key_id, now)
        if found is None:
            raise NotFound("API key", key_id)
        return found

    async def revoke_all(self, member_id: MemberId, now: datetime) -> None:
        await self._sql.run(REVOKE_ALL, member_id, now)
