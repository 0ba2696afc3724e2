"""How often and after which pauses something is tried again."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import anyio

from asset_ingest.client.errors import PASSING, ClientError

Made = TypeVar("Made")

LONGEST_ASKED = 60.0
"""Seconds that a server may make us wait with Retry-After."""


def may_pass(error: ClientError) -> bool:
    """Tell whether the same request may well succeed a little later."""
    return isinstance(error, PASSING)


@dataclass(frozen=True, slots=True)
class Backoff:
    """Doubling pauses from `shortest` to `longest` seconds, at most halved by chance.

    Chance keeps clients from marching in step. `sleep` and `chance` (0 to 1) are time and luck: a test brings its own.
    """

    attempts: int = 5
    shortest: float = 0.25
    longest: float = 15.0
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    chance: Callable[[], float] = random.random

    async def persist(
        self, attempt: Callable[[], Awaitable[Made]], worth_it: Callable[[ClientError], bool] = may_pass
    ) -> Made:
        """Return what `attempt` made, tried again while its failures are `worth_it`; raise the last of them."""
        for failures in range(1, self.attempts):
            try:
                return await attempt()
            except ClientError as error:
                if not worth_it(error):
                    raise
                retry_after = error.retry_after
            await self.rest(failures, retry_after)
        return await attempt()

    async def rest(self, failures: int, retry_after: float | None = None) -> None:
        """Wait after the `failures`-th failure in a row, as long as the server asked where it did."""
        if retry_after is not None:
            await self.sleep(min(max(retry_after, 0.0), LONGEST_ASKED))
            return
        pause = min(self.shortest * 2.0 ** min(failures - 1, 16), self.longest)
        await self.sleep(pause * (1 + self.chance()) / 2)
