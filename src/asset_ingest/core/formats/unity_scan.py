"""A look at the first bytes of an asset for code that runs by itself. It is a look, not a proof: hiding is easy."""

from __future__ import annotations

import re
import struct
from typing import Final

from asset_ingest.core.formats.unity_findings import FindingCode

SCANNED: Final = 64 << 10
_CODE: Final = frozenset(("cs", "js", "boo", "dll", "exe"))
# What a computer starts on a double click, whatever is inside.
PROGRAMS: Final = frozenset(
    re.findall(r"\w+", "exe com scr msi bat cmd ps1 vbs vbe wsf hta lnk pif cpl reg sh command desktop apk app")
)
_MACHINE_CODE: Final = (
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
)
_FAT_OR_JAVA: Final = b"\xca\xfe\xba\xbe"
_AUTO_RUN: Final = re.compile(
    rb"(?<!Runtime)InitializeOnLoad|InitializeOnEnterPlayMode|DidReloadScripts|AssetPostprocessor|AssetModificationProcessor"
)
_WIDE_TEXT: Final = (b"\xff\xfe", b"\xfe\xff")
_TELLING: Final = frozenset(magic[:2] for magic in (b"MZ", _FAT_OR_JAVA, *_MACHINE_CODE, *_WIDE_TEXT))


def scan(data: bytes, start: int, stop: int, extension: str | None) -> tuple[FindingCode, ...]:
    """Tell what the head of an asset, `data[start:stop]`, shows; without an extension, what it shows if it is code."""
    telling = data[start : start + 2] in _TELLING
    is_program = telling and _is_program(data, start, stop)
    if extension is not None and extension not in _CODE:
        runs = False
    elif telling and data.startswith(_WIDE_TEXT, start, stop):
        runs = _AUTO_RUN.search(data[start:stop].replace(b"\0", b"")) is not None
    else:  # all these names live in UnityEditor, and one plain search is ten times as fast as the pattern
        runs = data.find(b"UnityEditor", start, stop) >= 0 and _AUTO_RUN.search(data, start, stop) is not None
    if not is_program and not runs:
        return ()
    return (FindingCode.NATIVE_EXECUTABLE,) * is_program + (FindingCode.AUTO_RUN_SCRIPT,) * runs


def fitting(found: tuple[FindingCode, ...], extension: str) -> tuple[FindingCode, ...]:
    """Return those of `found` that stand now that the extension is known, and what the extension alone tells."""
    if extension in PROGRAMS and FindingCode.NATIVE_EXECUTABLE not in found:
        found = (FindingCode.NATIVE_EXECUTABLE, *found)
    return tuple(code for code in found if extension in _CODE or code is not FindingCode.AUTO_RUN_SCRIPT)


def _is_program(data: bytes, start: int, stop: int) -> bool:
    """Tell whether machine code starts here that no .NET runtime looks after."""
    if data.startswith(b"MZ", start, stop):
        return not _is_managed(data[start:stop])
    if data.startswith(_FAT_OR_JAVA, start, stop):  # then comes the number of processors, or a version from 45 on
        return int.from_bytes(data[start + 4 : min(start + 8, stop)], "big") < 45
    return data.startswith(_MACHINE_CODE, start, stop)


def _is_managed(head: bytes) -> bool:
    """Tell whether a Windows executable is .NET code: its fifteenth data directory is filled."""
    try:
        (offset,) = struct.unpack_from("<I", head, 0x3C)
        signature, optional = struct.unpack_from("<4s20xH", head, offset)
        (directory,) = struct.unpack_from("<I", head, offset + 24 + (208 if optional == 0x10B else 224))
    except struct.error:
        return False
    return bool(signature == b"PE\0\0" and directory)
