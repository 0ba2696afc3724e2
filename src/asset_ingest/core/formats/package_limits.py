"""How much a Unity package may ask of us before we refuse it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

KIB: Final = 1 << 10
MIB: Final = 1 << 20
GIB: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class PackageLimits:
    """Bounds on one package; time is the caller's to bound.

    The defaults leave room above the largest honest packages reported (16 GB, 200,000 assets) and above the highest
    honest inflation measured (14 times), while deflate itself could reach 1,032 times.
    """

    entries: int = 500_000
    headers: int = 5_000_000  # tar members of any kind: an honest asset has five, ten with PAX headers
    inflated: int = 64 * GIB
    ratio_floor: int = GIB  # below this no ratio is asked for: tiny packages of zeros are honest
    ratio: int = 200
    member: int = 16 * GIB
    pathname: int = 4 * KIB
    meta: int = 64 * KIB  # read this far; the rest of a longer `.meta` is skipped
    preview: int = 4 * MIB
    longname: int = 64 * KIB  # GNU long names and PAX headers
    manifest: int = 256 * KIB
    kept_metadata_bytes: int = 256 * MIB
    findings: int = 1_000

    def allowed(self, compressed: int) -> int:
        """How many bytes `compressed` bytes may become."""
        return min(self.inflated, max(self.ratio_floor, self.ratio * compressed))
