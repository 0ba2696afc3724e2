"""Verdicts on versions, and what a studio makes of them."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from asset_ingest.adapters.repos.postgres.rows import Table
from asset_ingest.adapters.repos.postgres.studio import StudioSql
from asset_ingest.core.errors import Conflict
from asset_ingest.core.model.ids import AssetId, MemberId
from asset_ingest.core.model.reviews import Approval, ApprovalPolicy
from asset_ingest.core.ports.review_repos import ApprovalRepo

APPROVALS: Final = Table("approval", Approval)
POLICIES: Final = Table("approval_policy", ApprovalPolicy)
LAST: Final = UUID(int=2**128 - 1)  # sorts after every id

_STANDS = "withdrawn_at IS NULL AND replaced_at IS NULL"

ADD = APPROVALS.insert()
END = APPROVALS.update(_STANDS)
OF = APPROVALS.select(f"""
WHERE studio_id = $1 AND asset_id = $2 AND version = $3 AND created_by = $4
ORDER BY ({_STANDS}) DESC, id DESC LIMIT 1""")
STANDING = APPROVALS.select(f"WHERE studio_id = $1 AND asset_id = $2 AND {_STANDS} ORDER BY id DESC")
PAGE = APPROVALS.select("WHERE studio_id = $1 AND asset_id = $2 AND version = $3 AND id < $4 ORDER BY id DESC LIMIT $5")
POLICY = POLICIES.select("WHERE studio_id = $1")
SET_POLICY = POLICIES.insert(f"""
ON CONFLICT (studio_id) DO UPDATE SET {POLICIES.excluded("studio_id")}
WHERE approval_policy.revision = excluded.revision - 1""")


class PostgresApprovals(ApprovalRepo):
    def __init__(self, sql: StudioSql) -> None:
        self._sql = sql

    async def add(self, approval: Approval) -> None:
        await self._sql.write(ADD, approval)

    async def end(self, approval: Approval) -> None:
        await self._sql.save(END, approval)

    async def of(self, asset_id: AssetId, version: int, member_id: MemberId) -> Approval | None:
        return await self._sql.one(APPROVALS, OF, asset_id, version, member_id)

    async def standing(self, asset_id: AssetId) -> list[Approval]:
        return await self._sql.many(APPROVALS, STANDING, asset_id)

    async def page(self, asset_id: AssetId, version: int, limit: int, after: UUID | None) -> list[Approval]:
        return await self._sql.many(APPROVALS, PAGE, asset_id, version, after or LAST, limit)

    async def policy(self) -> ApprovalPolicy | None:
        return await self._sql.one(POLICIES, POLICY)

    async def set_policy(self, policy: ApprovalPolicy) -> None:
        if policy.revision > 1 and not await self.policy():
            raise Conflict("somebody changed this first")
        await self._sql.save(SET_POLICY, policy)
