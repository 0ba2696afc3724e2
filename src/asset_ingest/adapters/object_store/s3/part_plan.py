"""How large the parts of an upload are, so that their numbers never run out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from asset_ingest.core.ports.object_store import PartLimits

# With 8 MiB at first and 10,000 parts, everything up to 4.9 GiB goes in small parts, and 20 TiB still fit.
_STAGES: Final = 16
# Where all parts must be equal and the length is unknown: 10,000 of them hold 1.2 TiB.
_EQUAL_FACTOR: Final = 16


@dataclass(frozen=True, slots=True)
class PartPlan:
    """The size of each part of an upload whose length nobody knows yet: `first` bytes, more as the upload goes on."""

    limits: PartLimits
    first: int = 8 << 20

    def size(self, number: int) -> int:
        """Return how many bytes part `number`, counted from 1, holds unless it is the last."""
        if self.limits.equal:
            return self._bounded(self.first * _EQUAL_FACTOR)
        stage = (number - 1) // max(1, self.limits.most // _STAGES)
        return self._bounded(self.first << stage)

    @property
    def capacity(self) -> int:
        """The bytes that all parts together hold."""
        return sum(map(self.size, range(1, self.limits.most + 1)))

    def _bounded(self, size: int) -> int:
        return max(self.limits.smallest, min(size, self.limits.largest))


def equal_parts(length: int, limits: PartLimits, wanted: int) -> tuple[int, int]:
    """Return size and number of the parts for a known `length`, each of about `wanted` bytes, the last one smaller."""
    size = min(limits.largest, max(limits.smallest, wanted, -(-length // limits.most)))
    return size, max(1, -(-length // size))
