"""Single values of a store page, made fit to keep or dropped."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import urlsplit

from asset_ingest.core.formats.plain_text import one_line

_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_ADDRESS: Final = re.compile(r"[!#-;=?-\[\]_a-z~]{1,2000}")  # no space, ", <, >, \ or what is not ASCII


def objects(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def text(value: object, longest: int) -> str | None:
    return one_line(value, longest) or None if isinstance(value, str) else None


def number(value: object) -> str | None:
    """Ids become parts of addresses, so they are digits or nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    digits = value if isinstance(value, str) else f"{value:d}" if 0 <= value < 10**18 else ""
    return digits if _NUMBER.fullmatch(digits) else None


def address(value: object) -> str | None:
    """Return a web address, completed where it leaves the scheme to the page, or nothing."""
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        return None
    whole = f"https:{value}" if value.startswith("//") else value
    try:
        parts = urlsplit(whole)
    except ValueError:  # half of an IPv6 address
        return None
    return whole if parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc else None
