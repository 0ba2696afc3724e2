"""The parts of an upload: how large, how many, which bytes."""

from __future__ import annotations

from typing import Final

from asset_ingest.core.model.uploads import FilePart, UploadSession
from asset_ingest.core.ports.object_store import PartLimits, StoredPart

WANTED_PART: Final = 16 << 20
"""Bytes: large enough that a request costs little, small enough to be sent again."""


def part_size(size: int | None, largest: int, limits: PartLimits) -> int:
    """Return the size of an upload's parts: none too small, and so that their numbers never run out."""
    needed = -(-(size or largest) // limits.most)
    return min(limits.largest, max(limits.smallest, WANTED_PART, needed))


def part_count(session: UploadSession) -> int | None:
    if session.size is None or session.part_size is None:
        return None
    return -(-session.size // session.part_size)


def size_of(number: int, session: UploadSession, size: int) -> int:
    return min(size, (session.size or 0) - (number - 1) * size)


def file_part(session: UploadSession, part: StoredPart, size: int) -> FilePart:
    start = (part.number - 1) * size
    return FilePart(session.id, session.studio_id, part.number, start, part.size, part.etag, part.crc64nvme)
