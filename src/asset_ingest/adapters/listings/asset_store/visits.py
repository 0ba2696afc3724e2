"""One request at a time over all processes, and a pause before the next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

from asset_ingest.adapters.safe_fetch import Fetched, SafeFetch
from asset_ingest.core.ports.cache import Cache
from asset_ingest.core.ports.clock import Clock
from asset_ingest.core.ports.locks import Locks

Sleep = Callable[[float], Awaitable[None]]

_LOCK: Final = "asset-store"
_LAST: Final = "asset-store/last-request"
_LONGEST_SPACING: Final = timedelta(hours=2)


class Visits:
    """Every request to the store or to its pictures goes through here, inside a turn."""

    def __init__(
        self, fetch: SafeFetch, cache: Cache, locks: Locks, clock: Clock, spacing: timedelta, sleep: Sleep
    ) -> None:
        self._fetch = fetch
        self._cache = cache
        self._locks = locks
        self._clock = clock
        self._spacing = spacing
        self._sleep = sleep

    def turn(self) -> AbstractAsyncContextManager[None]:
        """Keep everybody else of ours away from the store until the context ends."""
        return self._locks.hold(_LOCK)

    async def get(
        self, url: str, *, hosts: Collection[str], largest: int, accept: str, spacing: float = 0.0
    ) -> Fetched:
        """Wait until a request is due, then make it; `spacing` counts where the site asks for more than ours."""
        wait = await self._due_in(max(self._spacing, timedelta(seconds=spacing)))
        if wait > timedelta(0):
            await self._sleep(wait.total_seconds())
        await self._note()
        try:
            return await self._fetch.get(url, hosts=hosts, largest=largest, accept=accept)
        finally:
            await self._note()  # the pause begins when they have done their part

    async def _due_in(self, spacing: timedelta) -> timedelta:
        last = moment(await self._cache.recall(_LAST))
        return min(last + spacing - self._clock.now(), spacing) if last else timedelta(0)

    async def _note(self) -> None:
        now = self._clock.now()
        await self._cache.keep(_LAST, now.isoformat(), now + _LONGEST_SPACING)


def led_to(url: str, fetched: Fetched, hosts: Collection[str]) -> str | None:
    """Return the path a redirect leads to, without its query; None where that is elsewhere, or where we are already."""
    location = quote(fetched.headers.get("location", "").encode("latin-1"), safe="/%:?#[]@!$&'()*+,;=~")
    try:
        parts = urlsplit(urljoin(url, location))
    except ValueError:
        return None
    stays = parts.netloc.lower() in hosts and parts.path != urlsplit(url).path
    return parts.path if stays else None


def moment(value: object) -> datetime | None:
    """Read a moment that was kept as text; what another version kept may be something else."""
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return read if read and read.tzinfo else None
