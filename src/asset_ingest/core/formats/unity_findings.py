"""What is odd or dangerous in a package without being a reason to refuse it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from asset_ingest.core.formats.plain_text import one_line


class FindingCode(StrEnum):
    """The closed set of oddities. A code is never renamed."""

    # The entry is skipped: its name must never be used.
    TRAVERSAL = "traversal"  # the path climbs out with `..`
    ABSOLUTE_PATH = "absolute_path"  # the path starts at a root or on another machine
    DRIVE_PATH = "drive_path"  # the path starts with a drive letter
    NUL_IN_PATH = "nul_in_path"
    EMPTY_NAME = "empty_name"
    OVERLONG_NAME = "overlong_name"
    NO_PATHNAME = "no_pathname"  # files under a GUID, and nothing says what they are called
    # A member of the archive is skipped.
    LINK = "link"
    DEVICE = "device"  # devices and fifos
    UNEXPECTED_MEMBER = "unexpected_member"
    UNUSABLE_PREVIEW = "unusable_preview"
    # The entry is kept and marked.
    DUPLICATE_GUID = "duplicate_guid"  # the first one wins
    DUPLICATE_PATH = "duplicate_path"
    CASE_CLASH = "case_clash"  # two paths that are one on a disk that ignores case or Unicode form
    NON_UTF8_NAME = "non_utf8_name"  # the displayed name is a guess
    RESERVED_NAME = "reserved_name"  # some operating system cannot store it
    MISSING_META = "missing_meta"
    ODD_META = "odd_meta"
    AUTO_RUN_SCRIPT = "auto_run_script"  # code that the editor runs as soon as it is imported
    NATIVE_EXECUTABLE = "native_executable"
    # The package as a whole.
    BAD_HEADER_RECORD = "bad_header_record"
    BAD_MANIFEST = "bad_manifest"
    NO_END_MARK = "no_end_mark"
    TRAILING_DATA = "trailing_data"


@dataclass(frozen=True, slots=True)
class Finding:
    """One oddity: the code for programs, the sentence for people; `path` is safe to show and never to use."""

    code: FindingCode
    detail: str
    guid: str | None = None
    path: str | None = None


class FindingLog:
    """Keeps the first `most` findings and counts them all, so that a package made of oddities fills no memory."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: list[Finding] = []
        self.counts: Counter[FindingCode] = Counter()

    def add(self, code: FindingCode, detail: str, guid: str | None = None, path: str | None = None) -> None:
        self.counts[code] += 1
        if len(self._kept) < self._most:
            self._kept.append(Finding(code, one_line(detail, 500), guid or None, one_line(path or "", 500) or None))

    @property
    def kept(self) -> tuple[Finding, ...]:
        return tuple(self._kept)
