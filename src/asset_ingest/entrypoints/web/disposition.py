"""File names in Content-Disposition, as browsers write them and as they want them."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

from asset_ingest.core.errors import InvalidRequest
from asset_ingest.core.formats.content_disposition import filename_in, filename_of, parameters

__all__ = ["attachment", "filename_in", "form_filename_in", "parameters"]

_NOT_PLAIN = re.compile(r"[^ !#$&+.0-9A-Za-z^_`~()@=,\[\]{}-]")


def form_filename_in(header: str) -> str | None:
    """Return the file name of a form's part: as above, and with the three escapes that browsers use there."""
    kind, found = parameters(header, "Content-Disposition")
    if kind != "form-data":
        raise InvalidRequest("a part of the form is not form-data", "Content-Disposition")
    name = filename_of(found)
    if name is None or "filename*" in found:
        return name
    return name.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")


def attachment(filename: str) -> str:
    """Return the header that makes a browser save the bytes under this name, whatever it is."""
    plain = unicodedata.normalize("NFKD", filename)
    plain = _NOT_PLAIN.sub("_", "".join(char for char in plain if not unicodedata.combining(char)))
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
