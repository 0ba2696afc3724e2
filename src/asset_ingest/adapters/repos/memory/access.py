"""Who is asking? The rows that are looked for before a studio is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from asset_ingest.adapters.repos.json_values import stored as as_stored
from asset_ingest.adapters.repos.memory.tables import Store, Tables, insert, refuse_if
from asset_ingest.core.model.access import ApiKey, BrowserSession, Member, MemberStatus, Role, SignInLink, Studio
from asset_ingest.core.model.events import Fact
from asset_ingest.core.model.sign_in import Invitation, Password, PasswordReset, RefreshToken
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
                if studio and member.studio_id == studio.id and member.role is Role.ADMIN and _is_in(member)
            ]
            return min(admins, key=lambda row: (row.created_at, row.id), default=None)

    async def add_key(self, key: ApiKey) -> None:
        async with self._store.transaction() as tables:
            refuse_if(any(other.secret_hash == key.secret_hash for other in tables.keys.values()))
            insert(tables.keys, key.id, key)

    async def by_key(self, secret_hash: str) -> tuple[Member, ApiKey] | None:
        async with self._store.transaction() as tables:
            keys = tables.keys.values()
            key = next((key for key in keys if key.secret_hash == secret_hash and key.revoked_at is None), None)
            member = _active(tables, key.member_id) if key else None
            return (member, key) if key and member else None

    async def used_key(self, key_id: UUID, at: datetime) -> None:
        async with self._store.transaction() as tables:
            if key := tables.keys.get(key_id):
                tables.keys[key_id] = replace(key, last_used_at=at)

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
            return _active(tables, link.member_id)

    async def by_session(self, token_hash: str, now: datetime) -> Member | None:
        async with self._store.transaction() as tables:
            browsers = tables.browsers.values()
            mine = [row for row in browsers if row.token_hash == token_hash and row.expires_at > now]
            return _active(tables, mine[0].member_id) if mine else None

    async def drop_session(self, token_hash: str) -> None:
        async with self._store.transaction() as tables:
            for row in [row for row in tables.browsers.values() if row.token_hash == token_hash]:
                del tables.browsers[row.id]

    async def by_family(self, family_id: UUID, now: datetime) -> Member | None:
        async with self._store.transaction() as tables:
            family = tables.families.get(family_id)
            return _active(tables, family.member_id) if family and family.expires_at > now else None

    async def refresh_token(self, token_hash: str, now: datetime) -> tuple[Member, RefreshToken] | None:
        async with self._store.transaction() as tables:
            token = tables.refreshes.get(token_hash)
            family = tables.families.get(token.family_id) if token else None
            member = _active(tables, family.member_id) if family and family.expires_at > now else None
            return (member, token) if token and member else None

    async def by_email(self, email: str) -> list[tuple[Studio, Member, Password]]:
        async with self._store.transaction() as tables:
            mine = [row for row in tables.members.values() if row.email == email and _is_in(row)]
            return [
                (tables.studios[row.studio_id], row, tables.passwords[row.id])
                for row in sorted(mine, key=lambda row: (row.created_at, row.id))
                if row.id in tables.passwords
            ]

    async def invitation(self, token_hash: str, now: datetime) -> Invitation | None:
        async with self._store.transaction() as tables:
            rows = tables.invitations.values()
            return next((row for row in rows if row.token_hash == token_hash and row.expires_at > now), None)

    async def reset(self, token_hash: str, now: datetime) -> PasswordReset | None:
        async with self._store.transaction() as tables:
            rows = tables.resets.values()
            return next((row for row in rows if row.token_hash == token_hash and row.expires_at > now), None)

    async def register(
        self, studio: Studio, admin: Member, password: Password, facts: Sequence[Fact], *, only_first: bool
    ) -> bool:
        async with self._store.transaction() as tables:
            if only_first and tables.studios:
                return False
            refuse_if(any(other.slug == studio.slug for other in tables.studios.values()))
            insert(tables.studios, studio.id, studio)
            insert(tables.members, admin.id, admin)
            insert(tables.passwords, admin.id, password)
            for fact in facts:
                insert(tables.facts, fact.id, replace(fact, seq=None, data=as_stored(fact.data)))
            return True


def _is_in(member: Member) -> bool:
    return member.status is MemberStatus.ACTIVE


def _active(tables: Tables, member_id: UUID) -> Member | None:
    member = tables.members[member_id]
    return member if _is_in(member) else None
