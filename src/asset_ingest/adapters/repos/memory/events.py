"""Facts: the outbox and, once numbered, the audit trail."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from asset_ingest.adapters.repos.json_values import stored as as_stored
from asset_ingest.adapters.repos.memory.tables import StudioTables
from asset_ingest.core.model.events import Fact
from asset_ingest.core.ports.repos import EventRepo


class MemoryEvents(EventRepo):
    def __init__(self, rows: StudioTables) -> None:
        self._rows = rows
        self._facts = rows.tables.facts

    async def add(self, *facts: Fact) -> None:
        for fact in facts:
            self._rows.add(self._facts, replace(fact, seq=None, data=as_stored(fact.data)))

    async def after(self, seq: int, limit: int) -> list[Fact]:
        # Numbers are given in the order of this table, so it is the order of numbers too.
        mine = self._rows.mine(self._facts.values())
        return [fact for fact in mine if fact.seq is not None and fact.seq > seq][:limit]

    async def before(self, seq: int, limit: int, subject: UUID | None = None, kind: str = "") -> list[Fact]:
        mine = self._rows.mine(self._facts.values())
        found = [fact for fact in mine if fact.seq is not None and fact.seq < seq]
        wanted = (fact for fact in reversed(found) if kind in {"", fact.type.partition(".")[0]})
        return [fact for fact in wanted if subject in {None, fact.subject_id}][:limit]

    async def watermark(self) -> int:
        return self._rows.tables.watermarks.get(self._rows.studio_id, 0)
