"""What may be asked of any store: keys, the beginnings of keys, and ranges of bytes."""

from __future__ import annotations

import re
from typing import Final

from asset_ingest.core.errors import InvalidRequest, RangeNotSatisfiable

LONGEST_KEY: Final = 512

# No segment starts with a dot: that rules out `.` and `..` and leaves dotted names to the store itself.
_SEGMENT: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")


def is_segment(name: str) -> bool:
    """Say whether `name` may stand between two slashes of a key."""
    return _SEGMENT.fullmatch(name) is not None


def checked_key(key: str) -> str:
    """Return `key`, or raise InvalidRequest for one that is not ours."""
    if len(key) > LONGEST_KEY or not all(is_segment(segment) for segment in key.split("/")):
        raise InvalidRequest("the object key is not one of ours")
    return key


def checked_prefix(prefix: str) -> tuple[str, str]:
    """Split the beginning of some key at its last slash, or raise InvalidRequest where no key starts like this."""
    folder, slash, stub = prefix.rpartition("/")
    for part in (folder, stub):
        if part or (slash and part is folder):
            checked_key(part)
    return folder, stub


def checked_range(start: int, end: int | None, size: int) -> tuple[int, int]:
    """Return the bounds inside an object of `size` bytes, or raise RangeNotSatisfiable."""
    last = size if end is None else end
    if not 0 <= start <= last <= size:
        raise RangeNotSatisfiable(size)
    return start, last
