"""What a film says of itself, in the words of the catalogue."""

from __future__ import annotations

from asset_ingest.core.formats.film import Film
from asset_ingest.core.pipelines.step import AssetChange


def described_film(film: Film) -> AssetChange:
    """Return what the film's header says, with provenance `file`; `frame_rate` as `30000/1001`, or `25`."""
    told = {
        "frame_rate": str(film.frame_rate) if film.frame_rate else None,
        "duration_seconds": film.duration_seconds,
        "width": film.width,
        "height": film.height,
    }
    claims: dict[str, object] = {name: value for name, value in told.items() if value}
    return AssetChange(metadata=claims, provenance=dict.fromkeys(claims, "file"))
