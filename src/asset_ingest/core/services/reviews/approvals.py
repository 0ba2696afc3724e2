"""Verdicts on versions, and what they come to by the policy of now."""

from __future__ import annotations

from collections import defaultdict
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
    Reviewed,
    Standing,
    StandingTrigger,
    Verdict,
    VersionState,
    review,
    said,
    standing,
)
from asset_ingest.core.model.states import advance
from asset_ingest.core.ports.repos import Transaction
from asset_ingest.core.ports.review_repos import CommentCount
from asset_ingest.core.services.reviews.policies import policy_of
from asset_ingest.core.services.reviews.telling import Discussed, Telling, discuss, version_of
from asset_ingest.core.services.reviews.views import ReviewActions, ReviewSummary, VersionReview, approval_views

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
        async with self.journeys.records.transaction(who.studio_id) as tx:
            await tx.assets.get(asset_id)
            return await self._review(tx, who, await version_of(tx, asset_id, number), limit, after)

    async def summary(self, who: Principal, asset_id: AssetId) -> list[ReviewSummary]:
        """Return what there is to each version that somebody has said something of, the newest first."""
        require(who, Action.READ)
        async with self.journeys.records.transaction(who.studio_id) as tx:
            await tx.assets.get(asset_id)
            counts = await tx.comments.counts(asset_id)
            states = await self._states(tx, who, asset_id)
        nothing = CommentCount(0, 0)
        return [
            ReviewSummary(
                number,
                counts.get(number, nothing).comments,
                counts.get(number, nothing).unresolved,
                states.get(number, VersionState.PENDING),
            )
            for number in sorted(counts | states, reverse=True)
        ]

    async def _states(self, tx: Transaction, who: Principal, asset_id: AssetId) -> dict[int, VersionState]:
        """Return the states of the versions with verdicts that stand."""
        given: defaultdict[int, list[Approval]] = defaultdict(list)
        for each in await tx.approvals.standing(asset_id):
            given[each.version].append(each)
        versions = [each for each in await tx.versions.of_asset(asset_id) if each.number in given]
        return {each.number: (await _weighed(tx, who, each, given[each.number]))[0].state for each in versions}

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
        given = await _standing_on(tx, at.version)
        reviewed, _sha256 = await _weighed(tx, who, at.version, given)
        told = event(
            approval_id=approval.id,
            version=approval.version,
            author_id=approval.created_by,
            verdict=approval.verdict,
            state=reviewed.state,
        )
        await Telling(self.journeys).everybody(tx, who, at.asset, told)

    async def _review(
        self, tx: Transaction, who: Principal, version: AssetVersion, limit: int, after: ApprovalId | None
    ) -> VersionReview:
        given = await _standing_on(tx, version)
        reviewed, sha256 = await _weighed(tx, who, version, given)
        policy = await policy_of(tx, who.studio_id)
        found = await tx.approvals.page(version.asset_id, version.number, limit + 1, after)
        own = [each for each in given if each.created_by == who.member_id]
        return VersionReview(
            asset_id=version.asset_id,
            version=version.number,
            sha256=sha256,
            state=reviewed.state,
            missing=reviewed.missing,
            can=ReviewActions(
                approve=may(who, Action.APPROVE) and policy.admits(who.role, own=version.created_by == who.member_id),
                withdraw=may(who, Action.APPROVE) and standing(own) is not Standing.PENDING,
            ),
            items=await approval_views(tx, found[:limit], reviewed),
            next_cursor=str(found[limit - 1].id) if len(found) > limit else None,
        )


async def _standing_on(tx: Transaction, version: AssetVersion) -> list[Approval]:
    return [each for each in await tx.approvals.standing(version.asset_id) if each.version == version.number]


async def _weighed(
    tx: Transaction, who: Principal, version: AssetVersion, given: list[Approval]
) -> tuple[Reviewed, str]:
    """Weigh verdicts by the policy and the roles of now; also return the content that they have to be bound to."""
    sha256 = (await tx.versions.blob(version.blob_id)).sha256
    people = await tx.people.present([each.created_by for each in given]) if given else {}
    roles = {member_id: member.role for member_id, member in people.items()}
    return review(given, sha256, version.created_by, roles, await policy_of(tx, who.studio_id)), sha256


def _require_approver(who: Principal, version: AssetVersion, policy: ApprovalPolicy) -> None:
    if not policy.admits(who.role, own=False):
        raise Forbidden(f"the studio's approval policy does not count the role {who.role}")
    if not policy.admits(who.role, own=version.created_by == who.member_id):
        raise OwnVersion
