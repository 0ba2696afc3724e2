"""Who is asking? The rows that are looked for before a studio is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from asset_ingest.adapters.repos.memory.tables import Store, insert, refuse_if
from asset_ingest.core.model.access import ApiKey, BrowserSession, Member, Role, SignInLink, Studio
from asset_ingest.core.ports.system_records import AccessRecords


class MemoryAccess(AccessRecords):
    def __init__(self, store: Store) -> None:
        self._store = store

    async def found(self, studio: Studio, admin: Member, key: ApiKey) -> bool:
        async with self._store.transaction() as tables:
            if tables.studios:
                return False
            tables.studios[studio.id] = studio
            tables.members[admin.id] = admin
            tables.keys[key.id] = key
            return True

    async def first_admin(self) -> Member | None:
        async with self._store.transaction() as tables:
            studio = min(tables.studios.values(), key=lambda row: (row.created_at, row.id), default=None)
            admins = [
                member
                for member in tables.members.values()
                if studio and member.studio_id == studio.id and member.role is Role.ADMIN
            ]
            return min(admins, key=lambda row: (row.created_at, row.id), default=None)

    async def add_key(self, key: ApiKey) -> None:
        async with self._store.transaction() as tables:
            refuse_if(any(other.secret_hash == key.secret_hash for other in tables.keys.values()))
            insert(tables.keys, key.id, key)

    async def by_key(self, secret_hash: str) -> Member | None:
        async with self._store.transaction() as tables:
            keys = tables.keys.values()
            mine = [key for key in keys if key.secret_hash == secret_hash and key.revoked_at is None]
            return tables.members[mine[0].member_id] if mine else None

    async def add_link(self, link: SignInLink) -> None:
        async with self._store.transaction() as tables:
            refuse_if(any(other.token_hash == link.token_hash for other in tables.links.values()))
            insert(tables.links, link.id, link)

    async def use_link(self, token_hash: str, session: BrowserSession, now: datetime) -> Member | None:
        async with self._store.transaction() as tables:
            links = tables.links.values()
            link = next((link for link in links if link.token_hash == token_hash and link.expires_at > now), None)
            if link is None:
                return None
            del tables.links[link.id]
            opened = replace(session, studio_id=link.studio_id, member_id=link.member_id)
            insert(tables.browsers, session.id, opened)
            return tables.members[link.member_id]

    async def by_session(self, token_hash: str, now: datetime) -> Member | None:
        async with self._store.transaction() as tables:
            browsers = tables.browsers.values()
            mine = [row for row in browsers if row.token_hash == token_hash and row.expires_at > now]
            return tables.members[mine[0].member_id] if mine else None

    async def drop_session(self, token_hash: str) -> None:
        async with self._store.transaction() as tables:
            for row in [row for row in tables.browsers.values() if row.token_hash == token_hash]:
                del tables.browsers[row.id]
