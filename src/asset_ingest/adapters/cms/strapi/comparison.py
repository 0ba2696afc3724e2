"""Whether two values say the same, however each side writes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from asset_ingest.core.ports.cms import Difference

_EXACT: Final = 1 << 53
"""JavaScript's numbers are exact up to here; larger ones come back rounded."""


def unlike(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[Difference]:
    """Return where `theirs` does not say what `ours` says; what else it says is not our business."""
    return [
        Difference(name, value, theirs.get(name)) for name, value in ours.items() if not same(value, theirs.get(name))
    ]


def same(ours: object, theirs: object) -> bool:
    """Compare as JSON that went through JavaScript and a database: big integers are text, blank is nothing."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(same(value, theirs[name]) for name, value in ours.items())
    if isinstance(ours, list | tuple) and isinstance(theirs, list | tuple):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, bool) or isinstance(theirs, bool):
        return ours is theirs
    if isinstance(ours, int | float):
        return _same_number(ours, theirs)
    if isinstance(ours, str) and isinstance(theirs, str):
        return ours == theirs or (_moment(ours) or ours) == (_moment(theirs) or theirs)
    return (ours or None) == (theirs or None) if _blank(ours) and _blank(theirs) else ours == theirs


def _blank(value: object) -> bool:
    return value is None or value == ""


def _same_number(ours: float, theirs: object) -> bool:
    try:
        if isinstance(theirs, str):
            theirs = int(theirs) if isinstance(ours, int) else float(theirs)
        if not isinstance(theirs, int | float):
            return False
        return ours == theirs or (abs(ours) > _EXACT and float(ours) == float(theirs))
    except (ValueError, OverflowError):
        return False


def _moment(text: str) -> datetime | None:
    """Understand a date or time of ISO 8601; a date is its midnight, a time without a zone is UTC."""
    if not text[:4].isdigit() or text[4:5] != "-":
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
