"""The signs that a site does not want us now, and how long we keep away from it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from asset_ingest.adapters.listings.asset_store.visits import moment
from asset_ingest.adapters.safe_fetch import Fetched
from asset_ingest.core.errors import ServiceUnavailable
from asset_ingest.core.ports.cache import Cache
from asset_ingest.core.ports.clock import Clock
from asset_ingest.core.ports.listings import Blocked

REASONS: Final = {
    401: "it asks us to sign in (401)",
    403: "it refuses us (403)",
    429: "we asked too often (429)",
    503: "it is busy and asks for patience (503)",
}
CHALLENGE: Final = re.compile(
    rb"captcha|are you a (?:robot|human)|not a robot|unusual traffic|just a moment|access denied|verify you are human",
    re.IGNORECASE,
)
_LOOKED_AT: Final = 256 << 10
_REMEMBERED: Final = timedelta(days=1)  # after which the next pause is a short one again
_DIGITS: Final = re.compile(r"[0-9]{1,9}")


class Walled(Exception):
    """The site shows us the door. The message completes "the store does not answer us now: …"."""

    def __init__(self, reason: str, wait: timedelta = timedelta(0)) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait


def challenges(body: bytes) -> bool:
    """Tell whether a page that is not what we asked for wants to see a person."""
    return CHALLENGE.search(body, 0, _LOOKED_AT) is not None


def refuse_walls(fetched: Fetched, now: datetime, *, also: frozenset[int] = frozenset()) -> None:
    """Raise Walled for an answer that keeps us out, by `also` or any other status; ServiceUnavailable for a fault."""
    wait = asked_wait(fetched.headers.get("retry-after", ""), now)
    status = fetched.status
    if status == 429 or status in also or (status == 503 and wait is not None):
        raise Walled(REASONS.get(status, f"it answers {status}"), wait or timedelta(0))
    if status == 202:
        raise Walled("it takes our request and does not answer it (202)")
    if status >= 500:
        raise ServiceUnavailable(f"the Asset Store has a fault of its own (status {status})")


def asked_wait(value: str, now: datetime) -> timedelta | None:
    """Read Retry-After: seconds, or a date."""
    if _DIGITS.fullmatch(value.strip()):
        return timedelta(seconds=int(value))
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return max(date.replace(tzinfo=date.tzinfo or UTC) - now, timedelta(0))


class Breaker:
    """Keeps us away from a site after it walled us, each time twice as long, until it answers again."""

    def __init__(self, cache: Cache, clock: Clock, first: timedelta, longest: timedelta) -> None:
        self._cache = cache
        self._clock = clock
        self._first = first
        self._longest = longest

    async def blocked(self, origin: str) -> Blocked | None:
        """Say why and until when `origin` is not to be asked, if it is not."""
        reason, until, _ = await self._state(origin)
        return Blocked(reason, until) if until and until > self._clock.now() else None

    async def trip(self, origin: str, wall: Walled) -> Blocked:
        """Keep away from `origin`, at least as long as it asked for within reason."""
        times = (await self._state(origin))[2]
        pause = min(max(self._first * 2 ** min(times, 20), wall.wait), self._longest)
        until = self._clock.now() + pause
        state = {"reason": wall.reason, "until": until.isoformat(), "times": times + 1}
        await self._cache.keep(_name(origin), state, until + _REMEMBERED)
        return Blocked(wall.reason, until)

    async def close(self, origin: str) -> None:
        """Forget the walls: the site answers."""
        if await self._cache.recall(_name(origin)) is not None:
            await self._cache.keep(_name(origin), None, self._clock.now())

    async def _state(self, origin: str) -> tuple[str, datetime | None, int]:
        match await self._cache.recall(_name(origin)):
            case {"reason": str(reason), "until": until, "times": int(times)}:
                return reason, moment(until), times
        return "", None, 0


def _name(origin: str) -> str:
    return f"asset-store/blocked/{origin}"
