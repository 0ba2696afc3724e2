"""Notices as short texts between processes: ids and a few names, below the 8,000 bytes of a NOTIFY."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from asset_ingest.core.model.ids import AssetId, JobId, MemberId, StudioId
from asset_ingest.core.model.presence import PEOPLE_AT_MOST, Person, shown
from asset_ingest.core.ports.notifier import (
    FactsNumbered,
    Looking,
    Notice,
    Progressed,
    RightsChanged,
    WorkCommitted,
)


def encode(notice: Notice) -> str:
    """Write a JSON array: a letter for the kind, then the fields."""
    match notice:
        case WorkCommitted():
            fields: list[object] = ["w"]
        case FactsNumbered(studio_id, upto):
            fields = ["f", studio_id.hex, upto]
        case Progressed(studio_id, job_id, progress, step):
            fields = ["p", studio_id.hex, job_id.hex, progress, step]
        case RightsChanged(studio_id, member_id):
            fields = ["r", studio_id.hex, member_id.hex]
        case Looking(studio_id, asset_id, process, people):
            fields = ["l", studio_id.hex, asset_id.hex, process.hex, [[each.id.hex, each.name] for each in people]]
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=False)


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
        case ["r", studio, member]:
            return RightsChanged(StudioId(UUID(studio)), MemberId(UUID(member)))
        case ["l", studio, asset, process, list(people)]:
            seen = tuple(Person(MemberId(UUID(member)), shown(name)) for member, name in people[:PEOPLE_AT_MOST])
            return Looking(StudioId(UUID(studio)), AssetId(UUID(asset)), UUID(process), seen)
    return None
