"""What an object store says of new objects: S3 records as MinIO, Ceph and AWS send them, and the events of B2."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote_plus

from asset_ingest.core.errors import InvalidRequest

_CREATED: Final = "ObjectCreated:"


def created_keys(body: bytes) -> list[str]:
    """Return the keys of the objects that a notification says are new; other events and what is unknown are left out.

    Raises InvalidRequest for what is no JSON object. A key is a stranger's word: nothing says that it is there.
    """
    return list(dict.fromkeys(_keys(_parsed(body))))


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise InvalidRequest("the body is not a JSON object")
    return told


def _keys(told: Mapping[str, Any]) -> Iterator[str]:
    for record in _mappings(told.get("Records")):
        if _is_creation(record.get("eventName")):
            key = _inside(record, "s3", "object", "key")
            if isinstance(key, str):
                # MinIO and AWS quote keys as forms do, Ceph does not; ours look the same either way.
                yield unquote_plus(key)
    for event in _mappings(told.get("events")):
        key = event.get("objectName")
        if _is_creation(event.get("eventType")) and isinstance(key, str):
            yield key


def _mappings(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _is_creation(name: object) -> bool:
    """Say whether the event is a new object, with the prefix of its maker (`s3:`, `b2:`) or without."""
    return isinstance(name, str) and name.removeprefix("s3:").removeprefix("b2:").startswith(_CREATED)


def _inside(value: object, *path: str) -> object:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
