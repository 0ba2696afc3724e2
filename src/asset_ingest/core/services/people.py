"""What all use cases about members share: their next revision, and how they are shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from asset_ingest.core.model.access import Action, Member, MemberStatus, Principal, Role, may
from asset_ingest.core.model.ids import MemberId
from asset_ingest.core.ports.repos import Transaction


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member as the studio sees them; only who manages members sees addresses."""

    id: MemberId
    name: str
    role: Role
    status: MemberStatus
    email: str | None
    created_at: datetime
    revision: int


def member_view(who: Principal, member: Member) -> MemberView:
    email = member.email if may(who, Action.MANAGE_MEMBERS) or member.id == who.member_id else None
    return MemberView(member.id, member.name, member.role, member.status, email, member.created_at, member.revision)


async def touched(tx: Transaction, member: Member, **changes: Any) -> Member:
    """Write a locked member as the next revision: facts about one subject have revisions in order."""
    changed = replace(member, revision=member.revision + 1, **changes)
    await tx.members.save(changed)
    return changed
