"""Who is in a studio, and who may join."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from asset_ingest.adapters.repos.postgres.access import MEMBERS, STUDIOS
from asset_ingest.adapters.repos.postgres.rows import Table
from asset_ingest.adapters.repos.postgres.studio import StudioSql
from asset_ingest.core.errors import NotFound
from asset_ingest.core.model.access import Member, Studio
from asset_ingest.core.model.ids import MemberId
from asset_ingest.core.model.sign_in import Invitation
from asset_ingest.core.ports.member_repos import InvitationRepo, MemberRepo

INVITATIONS: Final = Table("invitation", Invitation)
LAST: Final = UUID(int=2**128 - 1)  # sorts after every id

STUDIO = STUDIOS.select("WHERE id = $1")
ADD = MEMBERS.insert()
GET = MEMBERS.select("WHERE studio_id = $1 AND id = $2")
LOCK = MEMBERS.select("WHERE studio_id = $1 AND id = $2 FOR NO KEY UPDATE")
LOCK_ADMINS = MEMBERS.select(
    "WHERE studio_id = $1 AND role = 'ADMIN' AND status = 'ACTIVE' ORDER BY id FOR NO KEY UPDATE"
)
SAVE = MEMBERS.update("revision = {revision} - 1")
PAGE = MEMBERS.select("WHERE studio_id = $1 AND id < $2 AND status <> 'REMOVED' ORDER BY id DESC LIMIT $3")
OF_EMAIL = MEMBERS.select("WHERE studio_id = $1 AND email = $2")

FORGET_EXPIRED = "DELETE FROM invitation WHERE studio_id = $1 AND (email = $2 OR expires_at <= $3)"
ADD_INVITATION = INVITATIONS.insert()
INVITATION_PAGE = INVITATIONS.select("WHERE studio_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3")
TAKE_INVITATION = "DELETE FROM invitation WHERE studio_id = $1 AND id = $2 RETURNING *"


class PostgresMembers(MemberRepo):
    def __init__(self, sql: StudioSql) -> None:
        self._sql = sql

    async def studio(self) -> Studio:
        found = await self._sql.one(STUDIOS, STUDIO)
        if found is None:
            raise NotFound("studio", "of this request")
        return found

    async def add(self, member: Member) -> None:
        await self._sql.write(ADD, member)

    async def get(self, member_id: MemberId) -> Member:
        return await self._sql.get(MEMBERS, GET, "member", member_id)

    async def lock(self, member_id: MemberId) -> Member:
        return await self._sql.get(MEMBERS, LOCK, "member", member_id)

    async def lock_admins(self) -> list[Member]:
        return await self._sql.many(MEMBERS, LOCK_ADMINS)

    async def save(self, member: Member) -> None:
        await self._sql.save(SAVE, member)

    async def page(self, limit: int, after: MemberId | None) -> list[Member]:
        return await self._sql.many(MEMBERS, PAGE, after or LAST, limit)

    async def of_email(self, email: str) -> Member | None:
        return await self._sql.one(MEMBERS, OF_EMAIL, email)


class PostgresInvitations(InvitationRepo):
    def __init__(self, sql: StudioSql) -> None:
        self._sql = sql

    async def put(self, invitation: Invitation) -> None:
        await self._sql.run(FORGET_EXPIRED, invitation.email, invitation.created_at)
        await self._sql.write(ADD_INVITATION, invitation)

    async def page(self, limit: int, after: UUID | None) -> list[Invitation]:
        return await self._sql.many(INVITATIONS, INVITATION_PAGE, after or LAST, limit)

    async def take(self, invitation_id: UUID) -> Invitation:
        return await self._sql.get(INVITATIONS, TAKE_INVITATION, "invitation", invitation_id)
