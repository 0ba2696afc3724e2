"""Whether what we stand on answers."""

from __future__ import annotations

from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass

import anyio

from asset_ingest.core.errors import IngestError, ObjectMissing
from asset_ingest.core.ports.object_store import ObjectStore
from asset_ingest.core.ports.system_records import AccessRecords

PATIENCE_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Readiness:
    """Says whether what the program stands on answers."""

    records: AccessRecords
    store: ObjectStore

    async def __call__(self) -> dict[str, str]:
        """Return `ok` or what is wrong, for each thing outside; never raises for one that does not answer."""
        return {
            "database": await _answer(self.records.first_admin()),
            "object_store": await _answer(_look(self.store)),
        }


async def _look(store: ObjectStore) -> None:
    with suppress(ObjectMissing):
        await store.stat("ready")


async def _answer(question: Awaitable[object]) -> str:
    try:
        with anyio.fail_after(PATIENCE_SECONDS):
            await question
    except TimeoutError:
        return f"no answer within {PATIENCE_SECONDS} seconds"
    except IngestError as error:
        return error.message
    return "ok"
