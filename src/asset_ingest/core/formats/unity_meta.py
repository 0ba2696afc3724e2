"""The three facts we want of a `.meta`, found by search: YAML parsers are slow, reject real files and can be bombed."""

from __future__ import annotations

import re
from typing import Final

from asset_ingest.core.formats.unity_types import IMPORTERS

_GUID_LINE: Final = re.compile(rb"^(?:\xef\xbb\xbf)?guid: *([0-9A-Fa-f]{32})", re.MULTILINE)
_IMPORTER_LINE: Final = re.compile(rb"^(\w{1,56}Importer):", re.MULTILINE)
_USUAL_START: Final = b"fileFormatVersion: 2\nguid: "
_USUAL: Final = {name.encode(): name for name in IMPORTERS}


def read_meta(body: bytes) -> tuple[bytes | None, str | None, bool]:
    """Find GUID in lower case, importer, and whether the asset is a folder."""
    if body.startswith(_USUAL_START):  # then, mostly, the importer follows right after the GUID
        importer = _USUAL.get(body[60 : body.find(b":", 60)])
        if importer is not None:
            return body[27:59], importer, False
    return _search(body)


def _search(body: bytes) -> tuple[bytes | None, str | None, bool]:
    guid, importer = _GUID_LINE.search(body), _IMPORTER_LINE.search(body)
    head = body[: importer.start()] if importer else body
    return (
        guid[1].lower() if guid else None,
        importer[1].decode("ascii", "replace") if importer else None,
        b"\nfolderAsset: yes" in head,
    )
