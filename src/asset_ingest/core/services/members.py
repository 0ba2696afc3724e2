"""The people of a studio: who they are, what they may, and that somebody may always manage them."""

from __future__ import annotations

from dataclasses import dataclass

from asset_ingest.core.errors import NotFound, NotPossibleNow
from asset_ingest.core.journeys import Journeys
from asset_ingest.core.model.access import Action, Member, MemberStatus, Principal, Role, require
from asset_ingest.core.model.events import Event, MemberRoleChanged, MemberStatusChanged
from asset_ingest.core.model.ids import MemberId
from asset_ingest.core.ports.repos import Transaction
from asset_ingest.core.services.jobs import Page, page_of
from asset_ingest.core.services.people import MemberView, member_view, touched


class LastAdmin(NotPossibleNow):
    """Without an admin nobody could ever manage this studio again."""

    remedy = "Make somebody else an ADMIN first."

    def __init__(self) -> None:
        super().__init__("this is the last admin of the studio")


@dataclass(frozen=True, slots=True)
class Members:
    """Lists members and changes what they are; each change holds at once."""

    journeys: Journeys

    async def page(self, who: Principal, limit: int, after: MemberId | None) -> Page[MemberView]:
        """Return members, newest first."""
        require(who, Action.READ)
        async with self.journeys.records.reading(who.studio_id) as tx:
            found = await tx.members.page(limit + 1, after)
        return page_of(
            [member_view(who, member) for member in found[:limit]], more=len(found) > limit, cursor=lambda view: view.id
        )

    async def change(
        self, who: Principal, member_id: MemberId, *, role: Role | None, active: bool | None
    ) -> MemberView:
        """Give a member another role, shut them out, or let them in again."""
        require(who, Action.MANAGE_MEMBERS)
        async with self.journeys.change(who.studio_id) as tx:
            member = await self._locked(tx, member_id, keeps_admin=role in {None, Role.ADMIN} and active is not False)
            if role is not None and role is not member.role:
                told: Event = MemberRoleChanged(role=role, was=member.role)
                member = await self._tell(tx, who, await touched(tx, member, role=role), told)
            if active is not None and active is not (member.status is MemberStatus.ACTIVE):
                status = MemberStatus.ACTIVE if active else MemberStatus.DEACTIVATED
                member = await self._move(tx, who, member, status)
            return member_view(who, member)

    async def remove(self, who: Principal, member_id: MemberId) -> None:
        """Take a member out; their name stays on what they made, their address is free."""
        require(who, Action.MANAGE_MEMBERS)
        async with self.journeys.change(who.studio_id) as tx:
            member = await self._locked(tx, member_id, keeps_admin=False)
            await tx.passwords.forget(member.id)
            await self._move(tx, who, member, MemberStatus.REMOVED)

    async def _locked(self, tx: Transaction, member_id: MemberId, *, keeps_admin: bool) -> Member:
        """Lock the member behind all admins: so two who demote each other do it one after the other."""
        admins = await tx.members.lock_admins()
        member = await tx.members.lock(member_id)
        if member.status is MemberStatus.REMOVED:
            raise NotFound("member", member_id)
        if not keeps_admin and [each.id for each in admins] == [member.id]:
            raise LastAdmin
        return member

    async def _move(self, tx: Transaction, who: Principal, member: Member, status: MemberStatus) -> Member:
        """Bring a member to a status; whoever may not come in keeps nothing to come in with."""
        if status is not MemberStatus.ACTIVE:
            await tx.sessions.end_all(member.id)
            await tx.keys.revoke_all(member.id, self.journeys.clock.now())
        email = None if status is MemberStatus.REMOVED else member.email
        moved = await touched(tx, member, status=status, email=email)
        return await self._tell(tx, who, moved, MemberStatusChanged(status=status))

    async def _tell(self, tx: Transaction, who: Principal, member: Member, event: Event) -> Member:
        await self.journeys.tell_member(tx, member, event, who.actor, who.correlation_id)
        return member
