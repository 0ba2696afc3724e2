"""How often something was tried lately."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from asset_ingest.adapters.repos.memory.tables import Store
from asset_ingest.core.model.sign_in import Attempts
from asset_ingest.core.ports.system_records import AttemptRecords


class MemoryAttempts(AttemptRecords):
    def __init__(self, store: Store) -> None:
        self._store = store

    async def count(self, key: str, window: timedelta, now: datetime) -> Attempts:
        async with self._store.transaction() as tables:
            held = tables.attempts.get(key)
            over = held is None or held.since <= now - window
            tables.attempts[key] = Attempts(1, now) if held is None or over else replace(held, count=held.count + 1)
            return tables.attempts[key]

    async def uncount(self, key: str) -> None:
        async with self._store.transaction() as tables:
            if (held := tables.attempts.get(key)) and held.count > 0:
                tables.attempts[key] = replace(held, count=held.count - 1)

    async def forget(self, key: str) -> None:
        async with self._store.transaction() as tables:
            if key in tables.attempts:
                del tables.attempts[key]
