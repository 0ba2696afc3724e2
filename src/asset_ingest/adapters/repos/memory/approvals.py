"""Verdicts on versions, and what a studio makes of them."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from asset_ingest.adapters.repos.memory.tables import StudioTables, refuse_if
from asset_ingest.core.errors import Conflict
from asset_ingest.core.model.ids import AssetId, MemberId
from asset_ingest.core.model.reviews import Approval, ApprovalPolicy
from asset_ingest.core.ports.review_repos import ApprovalRepo


class MemoryApprovals(ApprovalRepo):
    def __init__(self, rows: StudioTables) -> None:
        self._rows = rows
        self._approvals = rows.tables.approvals
        self._policies = rows.tables.policies

    async def add(self, approval: Approval) -> None:
        earlier = await self.of(approval.asset_id, approval.version, approval.created_by)
        refuse_if(earlier is not None and earlier.stands)
        self._rows.add(self._approvals, approval)

    async def end(self, approval: Approval) -> None:
        self._rows.save(self._approvals, approval, believed=lambda stored: stored.stands)

    async def of(self, asset_id: AssetId, version: int, member_id: MemberId) -> Approval | None:
        found = await self.page(asset_id, version, len(self._approvals), None)
        own = [each for each in found if each.created_by == member_id]
        return max(own, key=lambda each: (each.stands, each.id), default=None)

    async def standing(self, asset_id: AssetId) -> list[Approval]:
        found = self._rows.newest_first(self._approvals.values(), None)
        return [each for each in found if each.asset_id == asset_id and each.stands]

    async def page(self, asset_id: AssetId, version: int, limit: int, after: UUID | None) -> list[Approval]:
        found = self._rows.newest_first(self._approvals.values(), after)
        return [each for each in found if (each.asset_id, each.version) == (asset_id, version)][:limit]

    async def policy(self) -> ApprovalPolicy | None:
        return self._policies.get(self._rows.studio_id)

    async def set_policy(self, policy: ApprovalPolicy) -> None:
        self._rows.own(policy)
        stored = await self.policy()
        if (stored.revision if stored else 0) != policy.revision - 1:
            raise Conflict("somebody changed this first")
        self._policies[policy.studio_id] = replace(policy, needs=dict(policy.needs))
