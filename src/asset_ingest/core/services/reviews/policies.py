"""What a studio calls approved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from asset_ingest.core.errors import ChangedMeanwhile, Conflict
from asset_ingest.core.journeys import Journeys
from asset_ingest.core.model.access import Action, Principal, Role, require
from asset_ingest.core.model.events import ApprovalPolicyChanged
from asset_ingest.core.model.ids import StudioId
from asset_ingest.core.model.reviews import ApprovalPolicy
from asset_ingest.core.model.revisions import Read, is_read
from asset_ingest.core.ports.repos import Transaction
from asset_ingest.core.services.reviews.views import PolicyView, policy_view


async def policy_of(tx: Transaction, studio_id: StudioId) -> ApprovalPolicy:
    """Return what the studio goes by."""
    return await tx.approvals.policy() or ApprovalPolicy(studio_id)


@dataclass(frozen=True, slots=True)
class Policies:
    """Reads and sets the approval policy. A change holds at once, for versions with verdicts too."""

    journeys: Journeys

    async def get(self, who: Principal) -> PolicyView:
        """Return the policy of the studio."""
        require(who, Action.READ)
        async with self.journeys.records.reading(who.studio_id) as tx:
            return policy_view(await policy_of(tx, who.studio_id))

    async def set(
        self, who: Principal, approvers: Iterable[Role], needs: Mapping[str, int], read: Read, *, not_own: bool
    ) -> PolicyView:
        """Replace the policy that was read; raises ChangedMeanwhile."""
        require(who, Action.SET_APPROVAL_POLICY)
        wanted = ApprovalPolicy(
            studio_id=who.studio_id,
            approvers=tuple(sorted(set(approvers))),
            needs=dict(sorted(needs.items())),
            not_own=not_own,
            updated_at=self.journeys.clock.now(),
            updated_by=who.member_id,
        )
        try:
            return policy_view(await self._replace(who, wanted, read))
        except Conflict:  # two at the same moment: there was no row yet to hold one of them up
            raise ChangedMeanwhile(await self.get(who)) from None

    async def _replace(self, who: Principal, wanted: ApprovalPolicy, read: Read) -> ApprovalPolicy:
        async with self.journeys.change(who.studio_id) as tx:
            known = await policy_of(tx, who.studio_id)
            if not is_read(known.revision, read):
                raise ChangedMeanwhile(policy_view(known))
            policy = replace(wanted, revision=known.revision + 1)
            await tx.approvals.set_policy(policy)
            told = ApprovalPolicyChanged(policy.needs, policy.approvers, policy.not_own)
            fact = self.journeys.fact_of_studio(who.studio_id, told, who.actor, who.correlation_id)
            await tx.events.add(fact)
        return policy
