"""The audit trail: who did what, when and from where. It is the facts, read backwards."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from asset_ingest.core.errors import NotFound
from asset_ingest.core.model.access import Action, Principal, may, require
from asset_ingest.core.model.events import Fact, SubjectKind
from asset_ingest.core.model.ids import AssetId
from asset_ingest.core.ports.repos import Records, Transaction
from asset_ingest.core.services.jobs import Page, page_of

NEWEST = 2**63 - 1
"""Behind every number."""
FACTS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class AuditView:
    """One thing that happened. `remote` and `agent` say from where, to those who may read the studio's trail."""

    seq: int
    at: datetime
    type: str
    actor: str
    subject_kind: SubjectKind
    subject_id: UUID
    revision: int
    remote: str | None
    agent: str | None
    correlation_id: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Audit:
    """Reads the trail of a studio, or of one asset; also of one that is deleted for good."""

    records: Records

    async def page(
        self, who: Principal, asset_id: AssetId | None, limit: int, before: int = NEWEST, kind: str = ""
    ) -> Page[AuditView]:
        """Return what happened before the fact with that number, the newest first; `kind` begins their types."""
        require(who, Action.READ_AUDIT if asset_id is None else Action.READ)
        async with self.records.reading(who.studio_id) as tx:
            found = await tx.events.before(before, limit + 1, asset_id, kind)
            if asset_id is not None:
                await _refuse_unknown(tx, asset_id, found or await tx.events.before(NEWEST, 1, asset_id))
        views = [_view(who, fact) for fact in found[:limit]]
        return page_of(views, more=len(found) > limit, cursor=lambda view: view.seq)

    async def export(self, who: Principal, asset_id: AssetId | None, kind: str = "") -> AsyncGenerator[list[AuditView]]:
        """Yield all of it, the newest first, in batches; each is read when the one before is taken."""
        before = NEWEST
        while True:
            page = await self.page(who, asset_id, FACTS_AT_ONCE, before, kind)
            yield page.items
            if page.next_cursor is None:
                return
            before = page.items[-1].seq


async def _refuse_unknown(tx: Transaction, asset_id: AssetId, found: list[Fact]) -> None:
    """Raise NotFound for an asset that neither is there nor was; a job's facts are no asset's."""
    if not found:
        await tx.assets.get(asset_id)
    elif found[0].subject_kind is not SubjectKind.ASSET:
        raise NotFound("asset", asset_id)


def _view(who: Principal, fact: Fact) -> AuditView:
    everything = may(who, Action.READ_AUDIT)
    return AuditView(
        seq=fact.seq or 0,
        at=fact.at,
        type=fact.type,
        actor=fact.actor,
        subject_kind=fact.subject_kind,
        subject_id=fact.subject_id,
        revision=fact.revision,
        remote=fact.remote if everything else None,
        agent=fact.agent if everything else None,
        correlation_id=fact.correlation_id,
        data=fact.data,
    )
