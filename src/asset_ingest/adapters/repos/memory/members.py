"""Who is in a studio, and who may join."""

from __future__ import annotations

from uuid import UUID

from asset_ingest.adapters.repos.memory.tables import StudioTables, refuse_if
from asset_ingest.core.errors import NotFound
from asset_ingest.core.model.access import Member, MemberStatus, Role, Studio
from asset_ingest.core.model.ids import MemberId
from asset_ingest.core.model.sign_in import Invitation
from asset_ingest.core.ports.member_repos import InvitationRepo, MemberRepo


class MemoryMembers(MemberRepo):
    def __init__(self, rows: StudioTables) -> None:
        self._rows = rows
        self._members = rows.tables.members

    async def studio(self) -> Studio:
        found = self._rows.tables.studios.get(self._rows.studio_id)
        if found is None:
            raise NotFound("studio", "of this request")
        return found

    async def add(self, member: Member) -> None:
        refuse_if(member.email is not None and await self.of_email(member.email) is not None)
        self._rows.add(self._members, member)

    async def get(self, member_id: MemberId) -> Member:
        return self._rows.get(self._members, member_id, "member")

    async def lock(self, member_id: MemberId) -> Member:
        return await self.get(member_id)

    async def lock_admins(self) -> list[Member]:
        mine = self._rows.mine(self._members.values())
        admins = [row for row in mine if row.role is Role.ADMIN and row.status is MemberStatus.ACTIVE]
        return sorted(admins, key=lambda row: row.id)

    async def save(self, member: Member) -> None:
        other = await self.of_email(member.email) if member.email else None
        refuse_if(other is not None and other.id != member.id)
        self._rows.save(self._members, member, believed=lambda row: row.revision == member.revision - 1)

    async def page(self, limit: int, after: MemberId | None) -> list[Member]:
        found = self._rows.newest_first(self._members.values(), after)
        return [row for row in found if row.status is not MemberStatus.REMOVED][:limit]

    async def of_email(self, email: str) -> Member | None:
        return next((row for row in self._rows.mine(self._members.values()) if row.email == email), None)


class MemoryInvitations(InvitationRepo):
    def __init__(self, rows: StudioTables) -> None:
        self._rows = rows
        self._invitations = rows.tables.invitations

    async def put(self, invitation: Invitation) -> None:
        for row in self._rows.mine(list(self._invitations.values())):
            if row.email == invitation.email or row.expires_at <= invitation.created_at:
                del self._invitations[row.id]
        refuse_if(any(row.token_hash == invitation.token_hash for row in self._invitations.values()))
        self._rows.add(self._invitations, invitation)

    async def page(self, limit: int, after: UUID | None) -> list[Invitation]:
        return self._rows.newest_first(self._invitations.values(), after)[:limit]

    async def take(self, invitation_id: UUID) -> Invitation:
        found = self._rows.get(self._invitations, invitation_id, "invitation")
        del self._invitations[invitation_id]
        return found
