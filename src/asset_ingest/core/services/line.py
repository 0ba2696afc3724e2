"""How far a listener has heard, whichever way it came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from asset_ingest.core.ports.notifier import ShortWay, Told


@dataclass(slots=True)
class Line:
    """Facts are heard one after the other: `seen` is the number of the last."""

    may_hear: Callable[[Told], bool]
    short: ShortWay | None
    seen: int = 0

    def take(self, told: Told) -> bool:
        """Let what is plainly next, and for the listener, go the short way; anything else takes the long one.

        There `listen` sorts it out frame by frame.
        """
        if self.short is None or not self.may_hear(told):
            return False
        if told.upto is None:
            return self.short(told)
        if told.follows != self.seen or not self.short(told):
            return False
        self.seen = told.upto
        return True
