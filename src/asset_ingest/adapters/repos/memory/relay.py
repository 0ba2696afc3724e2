"""The relay's numbers: per studio, in order, without gaps."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from asset_ingest.adapters.repos.memory.tables import Store
from asset_ingest.core.model.events import Fact
from asset_ingest.core.ports.system_records import RelayRecords


class MemoryRelay(RelayRecords):
    def __init__(self, store: Store) -> None:
        self._store = store

    async def number(self, limit: int) -> list[Fact]:
        async with self._store.transaction() as tables:
            fresh: list[Fact] = []
            for fact in list(islice((fact for fact in tables.facts.values() if fact.seq is None), limit)):
                seq = tables.watermarks.get(fact.studio_id, 0) + 1
                tables.watermarks[fact.studio_id] = seq
                tables.facts[fact.id] = numbered = replace(fact, seq=seq)
                fresh.append(numbered)
            return fresh
