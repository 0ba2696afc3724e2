"""Cursors of the catalogue: opaque to clients, and of no use in another studio, order or selection."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, replace
from datetime import UTC, datetime
from uuid import UUID

from asset_ingest.core.errors import InvalidRequest
from asset_ingest.core.model.ids import AssetId, StudioId
from asset_ingest.core.ports.asset_repos import AssetQuery, AssetSort, Place


def cursor_to(place: Place, studio_id: StudioId, query: AssetQuery) -> str:
    """Return what asks for the rows behind `place` in this list of this studio."""
    value = place.value.isoformat() if isinstance(place.value, datetime) else place.value
    told = json.dumps([_binding(studio_id, query), value, str(place.id)])
    return urlsafe_b64encode(told.encode()).decode().rstrip("=")


def place_in(cursor: str, studio_id: StudioId, query: AssetQuery) -> Place:
    """Return the place that a cursor says; raises InvalidRequest for one that is not of this very list."""
    try:
        binding, value, ident = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        is_ours = binding == _binding(studio_id, query)
        place = Place(_value(value, query.sort), AssetId(UUID(ident)))
    except (AttributeError, OverflowError, RecursionError, TypeError, ValueError):
        is_ours = False
    if not is_ours:
        raise InvalidRequest("is not one of this list: begin with its first page", "cursor")
    return place


def _value(said: str, sort: AssetSort) -> datetime | str:
    """Return what the list is sorted by; raises ValueError for what no row has."""
    if sort is AssetSort.NAME:
        if "\0" in said:
            raise ValueError("no text has a NUL")
        return said.encode().decode()
    moment = datetime.fromisoformat(said)
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment.astimezone(UTC)


def _binding(studio_id: StudioId, query: AssetQuery) -> str:
    chosen = asdict(replace(query, limit=0, after=None))
    return hashlib.sha256(json.dumps([studio_id, chosen], default=str).encode()).hexdigest()[:16]
