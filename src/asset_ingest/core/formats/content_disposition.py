"""File names in Content-Disposition, as RFC 6266 and RFC 8187 write them. Nothing of them is believed here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from asset_ingest.core.errors import InvalidRequest

_PARAMETER = re.compile(
    r"""\s*;\s*(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^";]*))""",
    re.DOTALL,
)
_QUOTED_PAIR = re.compile(r'\\(["\\])')  # any other backslash is part of a Windows path
_CHARSETS = {"utf-8": "utf-8", "iso-8859-1": "latin-1"}


def parameters(header: str, field: str) -> tuple[str, dict[str, str]]:
    """Split `type; name=value; …` into the type and its parameters, the first of each name.

    Raises InvalidRequest naming `field` for what is not written like that.
    """
    header = header.rstrip(" \t;")
    kind = header.partition(";")[0]
    found: dict[str, str] = {}
    at = len(kind)
    while at < len(header):
        match = _PARAMETER.match(header, at)
        if match is None:
            raise InvalidRequest(f"this header cannot be read after character {at}", field)
        quoted, bare = match["quoted"], match["bare"]
        value = bare.strip() if quoted is None else _QUOTED_PAIR.sub(r"\1", quoted)
        found.setdefault(match["name"].lower(), value)
        at = match.end()
    return kind.strip().lower(), found


def filename_in(header: str, field: str = "Content-Disposition") -> str | None:
    """Return the file name a client gives, `filename*` before `filename`; None where it gives none."""
    return filename_of(parameters(header, field)[1])


def filename_of(found: Mapping[str, str]) -> str | None:
    """Return the same of parameters that have been read."""
    extended = _extended(found["filename*"]) if "filename*" in found else None
    return found.get("filename") if extended is None else extended


def _extended(value: str) -> str | None:
    charset, _, rest = value.partition("'")
    _, mark, encoded = rest.partition("'")
    if not mark or charset.lower() not in _CHARSETS:
        return None
    try:
        return unquote_to_bytes(encoded).decode(_CHARSETS[charset.lower()])
    except UnicodeDecodeError:
        return None
