"""Verdicts on versions, and what they come to by the policy of now."""

from __future__ import annotations

from dataclasses import dataclass, replace

from asset_ingest.core.errors import Forbidden, OwnVersion
from asset_ingest.core.journeys import Journeys
from asset_ingest.core.model.access import Action, Principal, may, require
from asset_ingest.core.model.assets import AssetVersion
from asset_ingest.core.model.events import ApprovalGiven, ApprovalTold, ApprovalWithdrawn
from asset_ingest.core.model.ids import ApprovalId, AssetId
from asset_ingest.core.model.notifications import Reason
from asset_ingest.core.model.reviews import (
    STANDING_MOVES,
    Approval,
    ApprovalPolicy,
    StandingTrigger,
    Verdict,
    VersionState,
    said,
    standing,
)
from asset_ingest.core.model.states import advance
from asset_ingest.core.ports.repos import Transaction
from asset_ingest.core.ports.review_repos import CommentCount
from asset_ingest.core.services.reviews.policies import policy_of
from asset_ingest.core.services.reviews.telling import Discussed, Telling, discuss
from asset_ingest.core.services.reviews.views import ReviewActions, ReviewSummary, VersionReview, approval_views
from asset_ingest.core.services.reviews.weighing import Weighed, given_on, weigh, weigh_each

_TRIGGERS = {
    Verdict.APPROVED: StandingTrigger.APPROVE,
    Verdict.CHANGES_REQUESTED: StandingTrigger.REQUEST_CHANGES,
}
_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Approvals:
    """Gives and withdraws verdicts, and says how versions stand."""

    journeys: Journeys

    async def give(self, who: Principal, asset_id: AssetId, number: int, verdict: Verdict, note: str) -> VersionReview:
        """Say whether the version is good, in place of what the same person said before of it.

        Saying the same again changes nothing. Raises Forbidden where the policy does not want this person's word.
        """
        require(who, Action.APPROVE)
        note = said(note, "note")
        async with self.journeys.change(who.studio_id) as tx:
            at = await discuss(tx, asset_id, number)
            _require_approver(who, at.version, await policy_of(tx, who.studio_id))
            earlier = await tx.approvals.of(asset_id, number, who.member_id)
            if earlier is None or not earlier.stands or (earlier.verdict, earlier.note) != (verdict, note):
                await self._replace(tx, who, at, earlier, await self._new(tx, who, at, verdict, note))
            return await self._review(tx, who, at.version, _AT_ONCE, None)

    async def withdraw(self, who: Principal, asset_id: AssetId, number: int) -> VersionReview:
        """Take one's verdict back; raises NotPossibleNow where none stands."""
        require(who, Action.APPROVE)
        async with self.journeys.change(who.studio_id) as tx:
            at = await discuss(tx, asset_id, number)
            last = await tx.approvals.of(asset_id, number, who.member_id)
            advance(STANDING_MOVES, standing([last] if last else []), StandingTrigger.WITHDRAW)
            if last is not None:
                await tx.approvals.end(replace(last, withdrawn_at=self.journeys.clock.now()))
                await self._tell(tx, who, at, last, ApprovalWithdrawn)
            return await self._review(tx, who, at.version, _AT_ONCE, None)

    async def of_version(
        self, who: Principal, asset_id: AssetId, number: int, limit: int, after: ApprovalId | None
    ) -> VersionReview:
        """Return how the version stands, with the verdicts on it, those that stand no more too."""
        require(who, Action.READ)
        async with self.journeys.records.reading(who.studio_id) as tx:
            await tx.assets.get(asset_id)
            return await self._review(tx, who, await tx.versions.numbered(asset_id, number), limit, after)

    async def summary(self, who: Principal, asset_id: AssetId) -> list[ReviewSummary]:
        """Return what there is to each version that somebody has said something of, the newest first."""
        require(who, Action.READ)
        async with self.journeys.records.reading(who.studio_id) as tx:
            await tx.assets.get(asset_id)
            counts, given = await tx.comments.counts(asset_id), await given_on(tx, asset_id)
            judged = [each for each in await tx.versions.of_asset(asset_id) if each.number in given]
            weighed = await weigh_each(tx, judged, given, await policy_of(tx, who.studio_id))
        return [
            _summary(number, counts.get(number), weighed.get(number))
            for number in sorted({*counts, *weighed}, reverse=True)
        ]

    async def _new(self, tx: Transaction, who: Principal, at: Discussed, verdict: Verdict, note: str) -> Approval:
        return Approval(
            id=ApprovalId(self.journeys.new_id()),
            studio_id=who.studio_id,
            asset_id=at.asset.id,
            version=at.version.number,
            sha256=(await tx.versions.blob(at.version.blob_id)).sha256,
            verdict=verdict,
            note=note,
            created_by=who.member_id,
            created_at=self.journeys.clock.now(),
        )

    async def _replace(
        self, tx: Transaction, who: Principal, at: Discussed, earlier: Approval | None, new: Approval
    ) -> None:
        advance(STANDING_MOVES, standing([earlier] if earlier else []), _TRIGGERS[new.verdict])
        if earlier is not None and earlier.stands:
            await tx.approvals.end(replace(earlier, replaced_at=new.created_at))
        await tx.approvals.add(new)
        await self._tell(tx, who, at, new, ApprovalGiven)
        await Telling(self.journeys).those(tx, who, at, {at.version.created_by: Reason.VERDICT}, new.id)

    async def _tell(
        self, tx: Transaction, who: Principal, at: Discussed, approval: Approval, event: type[ApprovalTold]
    ) -> None:
        weighed = await weigh(tx, at.version, await policy_of(tx, who.studio_id))
        told = event(
            approval_id=approval.id,
            version=approval.version,
            author_id=approval.created_by,
            verdict=approval.verdict,
            state=weighed.reviewed.state,
        )
        await Telling(self.journeys).everybody(tx, who, at.asset, told)

    async def _review(
        self, tx: Transaction, who: Principal, version: AssetVersion, limit: int, after: ApprovalId | None
    ) -> VersionReview:
        policy = await policy_of(tx, who.studio_id)
        weighed = await weigh(tx, version, policy)
        found = await tx.approvals.page(version.asset_id, version.number, limit + 1, after)
        return VersionReview(
            asset_id=version.asset_id,
            version=version.number,
            sha256=weighed.sha256,
            state=weighed.reviewed.state,
            missing=weighed.reviewed.missing,
            can=_actions(who, version, weighed, policy),
            items=await approval_views(tx, found[:limit], weighed.reviewed),
            next_cursor=str(found[limit - 1].id) if len(found) > limit else None,
        )


def _actions(who: Principal, version: AssetVersion, weighed: Weighed, policy: ApprovalPolicy) -> ReviewActions:
    may_approve = may(who, Action.APPROVE)
    return ReviewActions(
        approve=may_approve and policy.admits(who.role, own=version.created_by == who.member_id),
        withdraw=may_approve and any(each.created_by == who.member_id for each in weighed.given),
    )


def _summary(number: int, count: CommentCount | None, weighed: Weighed | None) -> ReviewSummary:
    count = count or CommentCount(0, 0)
    state = weighed.reviewed.state if weighed else VersionState.PENDING
    return ReviewSummary(number, count.comments, count.unresolved, state)


def _require_approver(who: Principal, version: AssetVersion, policy: ApprovalPolicy) -> None:
    if not policy.admits(who.role, own=False):
        raise Forbidden(f"the studio's approval policy does not count the role {who.role}")
    if not policy.admits(who.role, own=version.created_by == who.member_id):
        raise OwnVersion
