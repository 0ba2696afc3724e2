"""What each site's robots.txt asks of us, fetched once a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from asset_ingest.adapters.listings.asset_store.visits import Visits, led_to, moment
from asset_ingest.adapters.listings.asset_store.walls import Walled, challenges, refuse_walls
from asset_ingest.adapters.safe_fetch import Fetched, Refused
from asset_ingest.core.formats.robots import LARGEST_ROBOTS, Robots, read_robots
from asset_ingest.core.ports.cache import Cache
from asset_ingest.core.ports.clock import Clock

PROGRAM: Final = "asset-ingest"
_REDIRECTS: Final = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """The rules, and until when they hold for us."""

    robots: Robots
    until: datetime


class RobotsGate:
    """The rules of the sites we ask. Raises Walled where a site keeps even its rules from us."""

    def __init__(self, visits: Visits, cache: Cache, clock: Clock, lasting: timedelta) -> None:
        self._visits = visits
        self._cache = cache
        self._clock = clock
        self._lasting = lasting

    async def of(self, origin: str) -> Asked:
        """Return the rules, fetched if we have none of today; inside a turn."""
        return _recalled(await self._cache.recall(_name(origin))) or await self.fetched(origin)

    async def fetched(self, origin: str) -> Asked:
        """Fetch the rules anew and remember those for us; inside a turn."""
        asked = Asked(self._read(await self._file(origin)), self._clock.now() + self._lasting)
        kept = {"rules": asked.robots.rules, "pause": asked.robots.pause, "until": asked.until.isoformat()}
        await self._cache.keep(_name(origin), kept, asked.until)
        return asked

    async def _file(self, origin: str) -> Fetched:
        hosts, path = {urlsplit(origin).netloc}, "/robots.txt"
        for _ in range(_REDIRECTS + 1):
            try:
                fetched = await self._visits.get(
                    origin + path, hosts=hosts, largest=LARGEST_ROBOTS, accept="text/plain"
                )
            except Refused as refusal:
                raise Walled(f"its robots.txt cannot be read: {refusal}") from refusal
            if not 300 <= fetched.status < 400:
                return fetched
            path = led_to(origin + path, fetched, hosts) or ""
            if not path:
                break
        raise Walled("its robots.txt sends us to another place")

    def _read(self, fetched: Fetched) -> Robots:
        """Read the rules; a site that has none for all to see (4xx) has none, by RFC 9309, section 2.3.1.3."""
        refuse_walls(fetched, self._clock.now())
        if fetched.status != 200:
            return Robots()
        if fetched.body.lstrip()[:1] == b"<" and challenges(fetched.body):
            raise Walled("it wants to see a person before it shows its robots.txt")
        return read_robots(fetched.body, PROGRAM)


def _recalled(value: object) -> Asked | None:
    match value:
        case {"rules": [*rules], "pause": int() | float() as pause, "until": text} if until := moment(text):
            return Asked(Robots(tuple((str(pattern), bool(allowed)) for pattern, allowed in rules), pause), until)
    return None


def _name(origin: str) -> str:
    return f"asset-store/robots/{origin}"
