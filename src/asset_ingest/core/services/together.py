"""Doing at once what many ask for at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

import anyio

from asset_ingest.core.errors import Conflict, Family, IngestError, UploadInterrupted

MOST_TOGETHER: Final = 100

Item = TypeVar("Item")


@dataclass(slots=True, eq=False)
class _Asked(Generic[Item]):
    item: Item
    is_over: bool = False
    error: Exception | None = None

    def end(self, error: Exception | None) -> None:
        if not self.is_over:
            self.is_over, self.error = True, error


@dataclass(slots=True)
class Together(Generic[Item]):
    """Does `work` for all items that came while it was done for those before them; who comes first does it for all.

    Where it fails because of one item, it is done for each by itself.
    """

    work: Callable[[Sequence[Item]], Awaitable[None]]
    _waiting: list[_Asked[Item]] = field(default_factory=list)
    _working: anyio.Lock = field(default_factory=lambda: anyio.Lock())  # noqa: PLW0108  named here, it would load on import

    @property
    def is_idle(self) -> bool:
        return not self._waiting and not self._working.statistics().tasks_waiting

    async def do(self, *items: Item) -> list[Exception | None]:
        """Return once it is done for these items: for each None, or why it is not done.

        Whoever stops waiting early may not know.
        """
        asked = [_Asked(item) for item in items]
        self._waiting += asked
        try:
            while not all(each.is_over for each in asked):
                async with self._working:
                    if not asked[-1].is_over:  # they are done in their order
                        await self._do_next()
        finally:
            if gone := {each for each in asked if not each.is_over}:
                self._waiting = [each for each in self._waiting if each not in gone]
        return [each.error for each in asked]

    async def _do_next(self) -> None:
        together, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
        async with anyio.create_task_group() as group:  # a shield alone is none against `Task.cancel`
            group.start_soon(self._do_whatever_happens, together)

    async def _do_whatever_happens(self, together: Sequence[_Asked[Item]]) -> None:
        """Do it, though the one who does it for the others has gone away: they have not."""
        try:
            with anyio.CancelScope(shield=True):
                await self._do(together)
        finally:
            for asked in together:
                asked.end(UploadInterrupted())

    async def _do(self, together: Sequence[_Asked[Item]]) -> None:
        try:
            await self.work([asked.item for asked in together])
        except Exception as error:  # noqa: BLE001  each of them raises it where it waits
            if is_of_one(error) and len(together) > 1:
                for asked in together:
                    await self._do([asked])
                return
            for asked in together:
                asked.end(error)
        else:
            for asked in together:
                asked.end(None)


def is_of_one(error: Exception) -> bool:
    """Say whether this may be wrong with one item and not with those beside it; nothing was written down then."""
    of_one = isinstance(error, IngestError) and error.family in {Family.INPUT, Family.QUOTA}
    return of_one or isinstance(error, Conflict)  # its group was removed in this very moment
