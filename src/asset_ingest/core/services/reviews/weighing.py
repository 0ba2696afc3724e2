"""What verdicts come to, by the policy and the roles of now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from asset_ingest.core.model.assets import AssetVersion
from asset_ingest.core.model.ids import AssetId
from asset_ingest.core.model.reviews import Approval, ApprovalPolicy, Reviewed, review
from asset_ingest.core.ports.repos import Transaction


@dataclass(frozen=True, slots=True)
class Weighed:
    """One version with the verdicts on it that stand, and what they come to. They are bound to `sha256`."""

    sha256: str
    given: list[Approval]
    reviewed: Reviewed


async def weigh(tx: Transaction, version: AssetVersion, policy: ApprovalPolicy) -> Weighed:
    """Weigh the verdicts on one version."""
    given = await given_on(tx, version.asset_id)
    return (await weigh_each(tx, [version], given, policy))[version.number]


async def weigh_each(
    tx: Transaction, versions: Sequence[AssetVersion], given: dict[int, list[Approval]], policy: ApprovalPolicy
) -> dict[int, Weighed]:
    """Weigh the verdicts on versions of one asset."""
    authors = {each.created_by for version in versions for each in given.get(version.number, ())}
    people = await tx.people.present(sorted(authors)) if authors else {}
    roles = {member_id: member.role for member_id, member in people.items()}
    weighed: dict[int, Weighed] = {}
    for version in versions:
        sha256, on_it = (await tx.versions.blob(version.blob_id)).sha256, given.get(version.number, [])
        weighed[version.number] = Weighed(sha256, on_it, review(on_it, sha256, version.created_by, roles, policy))
    return weighed


async def given_on(tx: Transaction, asset_id: AssetId) -> dict[int, list[Approval]]:
    """Return the verdicts that stand, by the numbers of the versions; others have none."""
    given: defaultdict[int, list[Approval]] = defaultdict(list)
    for each in await tx.approvals.standing(asset_id):
        given[each.version].append(each)
    return given
