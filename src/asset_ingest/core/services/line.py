"""How far a listener has heard, whichever way it came."""

from __future__ import annotations

from dataclasses import dataclass

from asset_ingest.core.ports.notifier import ShortWay, Told
from asset_ingest.core.services.listening import Listener


@dataclass(slots=True)
class Line:
    """Facts are heard one after the other: `seen` is the number of the last."""

    listener: Listener
    short: ShortWay | None
    seen: int = 0

    def take(self, told: Told) -> bool:
        """Let what is plainly next, and for the listener, go the short way; anything else takes the long one.

        There `listen` sorts it out frame by frame, and asks for the listener's rights again where it must.
        """
        listener = self.listener
        if self.short is None or not told.needs <= listener.hears:
            return False
        if told.rights_of and listener.who.member_id in told.rights_of:
            return False
        if told.upto is None:
            return self.short(told)
        if told.follows != self.seen or not self.short(told):
            return False
        self.seen = told.upto
        return True
