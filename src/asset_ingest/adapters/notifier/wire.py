"""Notices as short texts between processes: ids only, far below the 8,000 bytes of a NOTIFY."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from asset_ingest.core.model.ids import JobId, StudioId
from asset_ingest.core.ports.notifier import FactsNumbered, Notice, Progressed, WorkCommitted


def encode(notice: Notice) -> str:
    """Write a JSON array: a letter for the kind, then the fields."""
    match notice:
        case WorkCommitted():
            fields: list[object] = ["w"]
        case FactsNumbered(studio_id, upto):
            fields = ["f", studio_id.hex, upto]
        case Progressed(studio_id, job_id, progress, step):
            fields = ["p", studio_id.hex, job_id.hex, progress, step]
    return json.dumps(fields, separators=(",", ":"))


def decode(text: str) -> Notice | None:
    """Read what `encode` wrote; None for what another version of the program, or somebody else, may say."""
    try:
        return _read(json.loads(text))
    except (ValueError, TypeError, AttributeError, RecursionError):  # not JSON, not an id, not of that shape, a bomb
        return None


def _read(fields: Any) -> Notice | None:
    match fields:
        case ["w"]:
            return WorkCommitted()
        case ["f", studio, int(upto)]:
            return FactsNumbered(StudioId(UUID(studio)), upto)
        case ["p", studio, job, int(progress), str() | None as step]:
            return Progressed(StudioId(UUID(studio)), JobId(UUID(job)), progress, step)
    return None
