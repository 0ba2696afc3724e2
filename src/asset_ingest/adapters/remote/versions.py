"""What a server calls one version of a file, and which part of it an answer brings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final

from asset_ingest.core.errors import SourceUnavailable

_STRONG_TAG: Final = re.compile(r'"[!\x23-\x7e]{1,200}"')
_RANGE: Final = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")
_SETTLED: Final = timedelta(seconds=60)
"""A date this much older than its answer names one version: that second was over (RFC 9110, 8.8.2.2)."""


def version_of(headers: Mapping[str, str]) -> str | None:
    """Return what `If-Range` takes for these very bytes: a strong tag, else a date that is old enough."""
    tag = headers.get("etag", "").strip()
    if _STRONG_TAG.fullmatch(tag):
        return tag
    changed, now = _date(headers.get("last-modified", "")), _date(headers.get("date", ""))
    if tag or changed is None or now is None or now - changed < _SETTLED:
        return None
    return format_datetime(changed, usegmt=True)


def is_of(headers: Mapping[str, str], version: str) -> bool:
    """Tell whether an answer says of itself that its bytes are of `version`: not every server minds `If-Range`."""
    return headers.get("etag" if version.startswith('"') else "last-modified", "").strip() == version


def part_of(headers: Mapping[str, str], start: int, size: int | None) -> tuple[int, int]:
    """Return how many bytes a partial answer brings, and the size of the whole; raises where it is not what was asked.

    A server may send fewer bytes than were asked for, but only from the first of them on, and of a file as large as it
    was.
    """
    found = _RANGE.fullmatch(headers.get("content-range", "").strip().lower())
    if found is None:
        raise SourceUnavailable("its server sends a part of the file and does not say which")
    first, last = int(found[1]), int(found[2])
    whole = size if found[3] == "*" else int(found[3])
    if whole is None:
        raise SourceUnavailable("its server sends a part of the file and does not say how large that is")
    if size is not None and whole != size:
        raise SourceUnavailable("its server says of the same file that it has another size")
    if first != start or not first <= last < whole:
        raise SourceUnavailable("its server sends another part of the file than was asked for")
    length = last - first + 1
    if headers.get("content-length", str(length)) != str(length):
        raise SourceUnavailable("its server sends a part of the file that is not as long as it says")
    return length, whole


def _date(header: str) -> datetime | None:
    """Read a date, if it is written just as HTTP has it: only then can it be said back to its server."""
    try:
        read = parsedate_to_datetime(header.strip())
        return read if format_datetime(read, usegmt=True) == header.strip() else None
    except (ValueError, OverflowError):
        return None
