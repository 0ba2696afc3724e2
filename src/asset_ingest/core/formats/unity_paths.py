"""The `pathname` of an asset, read with suspicion: it is shown and stored as text, and never opens a file."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple

from asset_ingest.core.formats.plain_text import is_showable
from asset_ingest.core.formats.unity_findings import FindingCode

_SEGMENT_LIMIT: Final = 255  # bytes: what the usual file systems store
_PORTS: Final = tuple(f"{port}{digit}" for port in ("com", "lpt") for digit in "123456789¹²³")
_RESERVED: Final = frozenset(
    ("con", "prn", "aux", "nul", "conin$", "conout$", *_PORTS)
)  # by Windows, with any extension
# A path in which nothing can be wrong, found in one go, for nearly all are like this: names of common characters that
# end in no dot or space, and do not start like a reserved one (those get a long look).
_USUAL: Final = re.compile(
    rb"((?:Assets|Packages|ProjectSettings)"
    rb"(?:/(?![CPANLcpanl][ORUPorup][MNXLTmnxlt](?:[^A-HJ-NP-Za-hj-np-z_-]|$))"
    rb"[\w+()\[\]{}!#$%&',;=@^~. -]{0,200}[\w+()\[\]{}!#$%&',;=@^~-]){1,20})(?:\n|\Z)"
)
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_FORBIDDEN: Final = frozenset('<>:"|?*')
_GUESSES: Final = ("cp932", "gb18030", "latin-1")  # where most of the non-Unicode packages come from


class Pathname(NamedTuple):
    """A path to show, and what is wrong with it: `skip` says that it must never be used."""

    path: str
    raw: bytes | None = None  # only when it is not UTF-8, and `path` a guess
    problems: tuple[FindingCode, ...] = ()
    skip: bool = False


def usual_path(data: bytes, start: int, stop: int) -> str | None:
    """Return the path in a `pathname` file if it is one in which nothing can be wrong; nearly all are."""
    found = _USUAL.match(data, start, stop)
    return found[1].decode() if found else None


def read_pathname(body: bytes, limit: int) -> Pathname:
    """Read the first line of a `pathname` file; the store writes `00` on a second one, older editors a hash."""
    line = body.partition(b"\n")[0].removeprefix(b"\xef\xbb\xbf").rstrip(b"\r")
    text, raw = _decode(line[:limit])
    shown = _showable(text)
    problem = _reason_to_skip(line, text, limit)
    if problem:
        return Pathname(shown, raw, (problem,), skip=True)
    path = "/".join(part for part in shown.split("/") if part not in ("", "."))
    problems: tuple[FindingCode, ...] = (FindingCode.NON_UTF8_NAME,) if raw is not None else ()
    if "\\" in text or "\ufffd" in path or any(map(_is_reserved, path.split("/"))):
        problems += (FindingCode.RESERVED_NAME,)
    return Pathname(path, raw, problems)


def _decode(line: bytes) -> tuple[str, bytes | None]:
    try:
        return line.decode(), None
    except UnicodeDecodeError:
        return next(filter(None, (_guess(line, name) for name in _GUESSES))), line


def _guess(line: bytes, encoding: str) -> str | None:
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        return None


def _showable(text: str) -> str:
    """Give it one form of Unicode, one separator, nothing that breaks a line or turns the reading order."""
    path = unicodedata.normalize("NFC", text).replace("\\", "/")
    return "".join(char if is_showable(char) else "\ufffd" for char in path)


def _reason_to_skip(line: bytes, text: str, limit: int) -> FindingCode | None:
    path = text.replace("\\", "/")
    parts = [part.strip() for part in path.split("/")]
    reasons = {
        FindingCode.OVERLONG_NAME: len(line) > limit,
        FindingCode.NUL_IN_PATH: "\0" in path,
        FindingCode.TRAVERSAL: ".." in parts,
        FindingCode.EMPTY_NAME: not any(part.strip(".") for part in parts),
        FindingCode.ABSOLUTE_PATH: path.startswith("/"),
        FindingCode.DRIVE_PATH: _DRIVE.match(path) is not None,
    }
    return next((code for code, holds in reasons.items() if holds), None)


def _is_reserved(name: str) -> bool:
    """Tell whether some operating system in use cannot store a file of this name."""
    return (
        name[-1:] in (".", " ")
        or not _FORBIDDEN.isdisjoint(name)
        or len(name.encode()) > _SEGMENT_LIMIT
        or name.partition(".")[0].rstrip().lower() in _RESERVED
    )
