"""What a film says of its frames and its length, found while its bytes pass by."""

from __future__ import annotations

from typing import Final

from asset_ingest.core.formats.film_boxes import box_walk
from asset_ingest.core.formats.film_elements import element_walk
from asset_ingest.core.formats.film_walk import Film, Unreadable, Walk

__all__ = ["Film", "FilmReader"]

_WALKS: Final = {
    "video/mp4": box_walk,
    "video/quicktime": box_walk,
    "video/x-m4v": box_walk,
    "video/3gpp": box_walk,
    "video/webm": element_walk,
    "video/x-matroska": element_walk,
}


class FilmReader:
    """Reads a film's header wherever in the file it lies, holding no more of the file than that.

    It raises nothing, whatever the bytes are: what cannot be read says nothing. Blocking: run it in a thread.
    """

    def __init__(self, content_type: str) -> None:
        self._film = Film()
        self._walk: Walk | None = None
        self._held = bytearray()
        if content_type in _WALKS:
            self._walk = _WALKS[content_type]()
            self._skip, self._take = next(self._walk)

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the file."""
        at = 0
        while self._walk is not None:
            passed = min(self._skip, len(chunk) - at)
            self._skip -= passed
            at += passed
            piece = chunk[at : at + self._take - len(self._held)]
            self._held += piece
            at += len(piece)
            if len(self._held) < self._take:
                return
            self._go_on(self._walk)

    def close(self) -> Film:
        """Return what was found up to here."""
        return self._film

    def _go_on(self, walk: Walk) -> None:
        held, self._held = self._held, bytearray()
        try:
            self._skip, self._take = walk.send(held)
        except StopIteration as end:
            self._film, self._walk = end.value, None
        except Unreadable:
            self._walk = None
