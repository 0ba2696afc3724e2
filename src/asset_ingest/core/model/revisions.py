"""Edits that meet: a writer says which revision it has read, and only what still is so is changed."""

from __future__ import annotations

Read = frozenset[int] | None
"""Revisions that a writer has read; None where it changes whatever there is."""


def is_read(revision: int, read: Read) -> bool:
    """Say whether a thing at this revision is as its writer has read it."""
    return read is None or revision in read
