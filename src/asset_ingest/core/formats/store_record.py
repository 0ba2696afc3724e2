"""The record that the Asset Store writes into the gzip header of a download: the product, told without inflating.

Nothing signs it and no checksum covers it, so it is a claim: anybody can forge it, and it stays when the
body is replaced.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Final

from asset_ingest.core.formats.gzip_header import extra_field
from asset_ingest.core.formats.plain_text import one_line

MAX_RECORD_PREFIX: Final = 12 + 0xFFFF  # as far into the file as the record can reach
_ID_DIGITS: Final = 18
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class StoreRecord:
    """What the store's server said of the product when it packed the download."""

    id: str | None = None
    title: str | None = None
    version: str | None = None
    version_id: str | None = None
    upload_id: str | None = None
    pubdate: str | None = None  # ISO 8601
    unity_version: str | None = None
    category_id: str | None = None
    category: str | None = None  # the store's old names, not today's breadcrumbs
    publisher_id: str | None = None
    publisher: str | None = None


class BadRecord(ValueError):
    """There is a record, and this sentence says why it cannot be read; the package reader makes a finding of it."""


def read_store_record(prefix: bytes) -> StoreRecord | None:
    """Return the record, from the first `MAX_RECORD_PREFIX` bytes of a file; None if there is none that can be read."""
    try:
        return record_in(extra_field(prefix))
    except BadRecord:
        return None


def record_in(extra: bytes | None) -> StoreRecord | None:
    """Return the record in a gzip extra field; None if the field is for something else. Raises BadRecord."""
    for kind, body in _subfields(extra or b""):
        if kind == b"A$":
            return _record(_parse(body))
    return None


def _subfields(extra: bytes) -> Iterator[tuple[bytes, bytes]]:
    pos = 0
    while pos + 4 <= len(extra):
        kind, length = struct.unpack_from("<2sH", extra, pos)
        body = extra[pos + 4 : pos + 4 + length]
        if len(body) < length:
            raise BadRecord(f"a field of the gzip header promises {length} bytes and {len(body)} are there")
        yield kind, body
        pos += 4 + length


def _parse(body: bytes) -> dict[str, object]:
    try:
        parsed = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise BadRecord("the record in the gzip header is not JSON") from error
    if not isinstance(parsed, dict):
        raise BadRecord("the record in the gzip header is not an object")
    return parsed


def _record(parsed: dict[str, object]) -> StoreRecord:
    category, publisher, link = (_object(parsed.get(key)) for key in ("category", "publisher", "link"))
    return StoreRecord(
        id=_number(parsed.get("id")) or _number(link.get("id")),
        title=_text(parsed.get("title")),
        version=_text(parsed.get("version")),
        version_id=_number(parsed.get("version_id")),
        upload_id=_number(parsed.get("upload_id")),
        pubdate=_date(parsed.get("pubdate")),
        unity_version=_text(parsed.get("unity_version")),
        category_id=_number(category.get("id")),
        category=_text(category.get("label")),
        publisher_id=_number(publisher.get("id")),
        publisher=_text(publisher.get("label")),
    )


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return one_line(value, 500) or None if isinstance(value, str) else None


def _number(value: object) -> str | None:
    """Ids become parts of addresses elsewhere, so they are digits or nothing."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if text.isascii() and text.isdigit() and len(text) <= _ID_DIGITS else None


def _date(value: object) -> str | None:
    """`10 Oct 2022`, in English whatever our locale is."""
    match value.split() if isinstance(value, str) else ():
        case [day, month, year] if month in _MONTHS and _fits(day, 2) and _fits(year, 4):
            with suppress(ValueError):  # 31 Feb
                return date(int(year), _MONTHS.index(month) + 1, int(day)).isoformat()
    return None


def _fits(digits: str, width: int) -> bool:
    return digits.isascii() and digits.isdigit() and len(digits) <= width
