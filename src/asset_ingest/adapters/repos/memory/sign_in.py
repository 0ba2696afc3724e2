"""What members get in with: passwords, sessions and keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from asset_ingest.adapters.repos.memory.tables import StudioTables, insert, refuse_if
from asset_ingest.core.errors import NotFound
from asset_ingest.core.model.access import ApiKey, BrowserSession
from asset_ingest.core.model.ids import MemberId
from asset_ingest.core.model.sign_in import Password, PasswordReset, RefreshToken, TokenFamily
from asset_ingest.core.ports.member_repos import KeyRepo, PasswordRepo, SessionRepo


class MemoryPasswords(PasswordRepo):
    def __init__(self, rows: StudioTables) -> None:
        self._rows = rows
        self._passwords, self._resets = rows.tables.passwords, rows.tables.resets

    async def put(self, password: Password) -> None:
        self._rows.own(password)
        self._passwords[password.member_id] = password

    async def of_member(self, member_id: MemberId) -> Password | None:
        found = self._passwords.get(member_id)
        return found if found and found.studio_id == self._rows.studio_id else None

    async def replace(self, password: Password, instead_of: str) -> bool:
        held = await self.of_member(password.member_id)
        if held is None or held.hash != instead_of:
            return False
        await self.put(password)
        return True

    async def forget(self, member_id: MemberId) -> None:
        if await self.of_member(member_id):
            del self._passwords[member_id]
        self._forget_reset(member_id)

    async def put_reset(self, reset: PasswordReset) -> None:
        self._forget_reset(reset.member_id)
        refuse_if(any(row.token_hash == reset.token_hash for row in self._resets.values()))
        self._rows.add(self._resets, reset)

    async def take_reset(self, reset_id: UUID) -> PasswordReset:
        found = self._rows.get(self._resets, reset_id, "link")
        del self._resets[reset_id]
        return found

    def _forget_reset(self, member_id: MemberId) -> None:
        for row in self._rows.mine(list(self._resets.values())):
            if row.member_id == member_id:
                del self._resets[row.id]


class MemorySessions(SessionRepo):
    def __init__(self, rows: StudioTables) -> None:
        self._rows = rows
        tables = rows.tables
        self._browsers, self._families, self._tokens = tables.browsers, tables.families, tables.refreshes
        self._links = tables.links

    async def open_browser(self, session: BrowserSession) -> None:
        for row in self._rows.mine(list(self._browsers.values())):
            if row.expires_at <= session.created_at:
                del self._browsers[row.id]
        self._rows.add(self._browsers, session)

    async def open_family(self, family: TokenFamily, token: RefreshToken) -> None:
        for row in self._rows.mine(list(self._families.values())):
            if row.expires_at <= family.created_at:
                await self.end_family(row.id)
        self._rows.add(self._families, family)
        self._add_token(token)

    async def rotate(self, spent_hash: str, token: RefreshToken, now: datetime, expires_at: datetime) -> bool:
        spent, family = self._tokens.get(spent_hash), self._families.get(token.family_id)
        if spent is None or family is None or spent.spent_at or spent.family_id != family.id:
            return False
        self._rows.own(spent)
        self._tokens[spent_hash] = replace(spent, spent_at=now)
        self._add_token(token)
        self._families[family.id] = replace(family, expires_at=expires_at)
        return True

    async def end_family(self, family_id: UUID) -> None:
        family = self._families.get(family_id)
        if family is None or family.studio_id != self._rows.studio_id:
            return
        del self._families[family_id]
        for row in [row for row in self._tokens.values() if row.family_id == family_id]:
            del self._tokens[row.token_hash]

    async def end_all(self, member_id: MemberId, but: str | None = None) -> None:
        for browser in self._rows.mine(list(self._browsers.values())):
            if browser.member_id == member_id and browser.token_hash != but:
                del self._browsers[browser.id]
        for link in self._rows.mine(list(self._links.values())):
            if link.member_id == member_id:
                del self._links[link.id]
        for family in self._rows.mine(list(self._families.values())):
            if family.member_id == member_id:
                await self.end_family(family.id)

    def _add_token(self, token: RefreshToken) -> None:
        self._rows.own(token)
        insert(self._tokens, token.token_hash, token)


class MemoryKeys(KeyRepo):
    def __init__(self, rows: StudioTables) -> None:
        self._rows = rows
        self._keys = rows.tables.keys

    async def add(self, key: ApiKey) -> None:
        refuse_if(any(other.secret_hash == key.secret_hash for other in self._keys.values()))
        self._rows.add(self._keys, key)

    async def page(self, limit: int, after: UUID | None) -> list[ApiKey]:
        found = self._rows.newest_first(self._keys.values(), after)
        return [row for row in found if row.revoked_at is None][:limit]

    async def revoke(self, key_id: UUID, now: datetime) -> ApiKey:
        found = self._rows.get(self._keys, key_id, "API key")
        if found.revoked_at:
            raise NotFound("API key", key_id)
        self._keys[key_id] = replace(found, revoked_at=now)
        return self._keys[key_id]

    async def revoke_all(self, member_id: MemberId, now: datetime) -> None:
        for row in self._rows.mine(list(self._keys.values())):
            if row.member_id == member_id and row.revoked_at is None:
                self._keys[row.id] = replace(row, revoked_at=now)
