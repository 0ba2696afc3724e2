"""What a JSON column holds: the memory store and the database keep the same values, so a test of one is one of both."""

from __future__ import annotations

import json
from dataclasses import asdict, is_dataclass
from datetime import datetime
from uuid import UUID

# Without the look for spaces around, which no JSON column has and which takes longer than to read a small text.
_read = json.JSONDecoder().raw_decode


def dumps(value: object) -> str:
    """Write a JSON text; dataclasses become objects, ids and times their usual texts. NaN has no place in JSON."""
    return _write(value)


def loads(text: str) -> dict[str, object]:
    """Read what a JSON column holds; ours are all objects, many of them empty."""
    if text == "{}":
        return {}
    value: dict[str, object] = _read(text)[0]
    return value


def stored(value: dict[str, object]) -> dict[str, object]:
    """Return `value` as it would come back from a JSON column, sharing nothing with it."""
    return loads(dumps(value)) if value else {}


def _plain(value: object) -> object:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"a {type(value).__name__} cannot be kept as JSON")


_write = json.JSONEncoder(default=_plain, allow_nan=False, separators=(",", ":")).encode  # to make one takes longer
