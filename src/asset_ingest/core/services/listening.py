"""One who listens: who they are now, where they sit, and the assets they look at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import anyio

from asset_ingest.core.model.access import Action, Principal
from asset_ingest.core.model.hearing import hears
from asset_ingest.core.model.ids import AssetId
from asset_ingest.core.ports.notifier import Frame, Seat

Ask = Callable[[], Awaitable[Principal]]
"""Tells who a connection's credential belongs to now; raises Unauthenticated once it holds no more."""


@dataclass(slots=True, eq=False)
class Listener:
    """An open connection. What it may hear is worked out when its rights are asked, not for every fact."""

    who: Principal
    ask: Ask
    rooms: set[AssetId] = field(default_factory=set)
    hears: frozenset[Action] = field(init=False)
    _asked: int = 0
    _known: int = 0
    _seat: Seat | None = None
    _seated: anyio.Event = field(default_factory=anyio.Event)

    def __post_init__(self) -> None:
        self.hears = hears(self.who)

    async def ask_again(self) -> None:
        """Learn what the listener is now; raises Unauthenticated for one who may listen no more.

        Of two who ask at once the later counts: an answer that was long on its way brings no lost rights back.
        """
        self._asked += 1
        turn = self._asked
        who = await self.ask()
        if turn > self._known:
            self._known = turn
            self.be(who)

    def be(self, who: Principal) -> None:
        """Hear from now on what this one may."""
        self.who, self.hears = who, hears(who)

    def may_hear(self, frame: Frame) -> bool:
        """Say whether the policy allows it, by the rights that were asked last."""
        return (frame.needs or Action.READ) in self.hears

    def sit(self, seat: Seat) -> None:
        self._seat = seat
        self._seated.set()

    async def seated(self) -> None:
        """Return once frames for this one alone have a place to go."""
        await self._seated.wait()

    def hear(self, frame: Frame) -> None:
        """Take a frame that is for this one alone; one too slow to have room for it is about to be dropped anyway.

        Where it would have had the listener ask again, nothing is heard until somebody does.
        """
        if self._seat and not self._seat.hear(frame) and frame.rights_of:
            self.hears = frozenset()
