"""What a server calls the file it sends."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from asset_ingest.core.errors import InvalidRequest
from asset_ingest.core.formats.content_disposition import filename_in


def filename_of(disposition: str, url: str) -> str | None:
    """Return the name in Content-Disposition, else the last part of the address's path, if there is one."""
    try:
        named = filename_in(_as_text(disposition))
    except InvalidRequest:  # a header that nobody can read names nothing
        named = None
    return named or unquote(urlsplit(url).path.rpartition("/")[2]) or None


def _as_text(header: str) -> str:
    """Undo Latin-1, as which headers are read, for the many servers that send UTF-8."""
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header
