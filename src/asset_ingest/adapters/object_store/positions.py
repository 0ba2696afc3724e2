"""Where bytes of an upload go."""

from __future__ import annotations

from asset_ingest.core.errors import LengthMismatch
from asset_ingest.core.ports.object_store import Position


def offset_of(at: Position) -> int:
    """Return how many bytes lie before `at`; raises LengthMismatch if the object has not as many.

    Behind the last part, which may be short, there is the end.
    """
    offset = (at.number - 1) * at.part_size + (at.tail.size if at.tail else 0)
    if at.size is None or offset <= at.size:
        return offset
    if at.tail or offset - at.size >= at.part_size:
        raise LengthMismatch(at.size, offset)
    return at.size
