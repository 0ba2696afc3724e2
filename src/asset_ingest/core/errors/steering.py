"""How a step steers its runner."""

from __future__ import annotations

from datetime import datetime

from asset_ingest.core.errors.codes import Family, IngestError


class GiveUp(IngestError):
    """A step knows that trying again is useless."""

    family = Family.INPUT
    remedy = "Read the reason; retry once it is gone."


class Defer(Exception):
    """A step asks to be run again, not before `until`; this costs no attempt."""

    def __init__(self, until: datetime, reason: str) -> None:
        super().__init__(reason)
        self.until = until


class LeaseLost(Exception):
    """Another worker owns the step now, or somebody cancelled it: stop at once and write nothing."""
