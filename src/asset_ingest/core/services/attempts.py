"""Patience with those who try: counted in the records, so that all processes agree."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from asset_ingest.core.errors import TooManyRequests
from asset_ingest.core.ports.clock import Clock
from asset_ingest.core.ports.system_records import AttemptRecords


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many tries in how long; the window begins with the first."""

    tries: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Patience:
    """What is allowed to whom before a right answer."""

    account: Allowance = Allowance(10, timedelta(minutes=15))
    address: Allowance = Allowance(100, timedelta(minutes=15))
    letters: Allowance = Allowance(3, timedelta(hours=1))  # to one e-mail address
    visitor: Allowance = Allowance(5, timedelta(minutes=15))  # of a share link with a password
    link: Allowance = Allowance(50, timedelta(minutes=15))  # by all of its visitors together


@dataclass(frozen=True, slots=True)
class Attempts:
    """Lets people try, whether or not whom they name exists.

    A try is counted before it is made: of a thousand guesses at once no more get through than of a thousand in a row.
    """

    records: AttemptRecords
    clock: Clock
    patience: Patience = Patience()

    async def sign_in(self, email: str, address: str) -> None:
        """Count a try at an account from an address; raises TooManyRequests once there were too many of either."""
        await self.count("address", address, self.patience.address)  # first: who is shut out locks no account
        await self.count("account", email, self.patience.account)

    async def signed_in(self, email: str, address: str) -> None:
        """Forget the tries at an account that was opened, and the one of its address."""
        await self.records.forget(_key("account", email))
        await self.records.uncount(_key("address", address))

    async def reopen(self, email: str) -> None:
        """Unlock an account whose owner has proved themselves in another way."""
        await self.records.forget(_key("account", email))

    async def open_link(self, link: str, visitor: str) -> None:
        """Count a try at a share link's password; raises TooManyRequests once there were too many of either."""
        await self.count("visitor", f"{link} {visitor}", self.patience.visitor)
        await self.count("link", link, self.patience.link)

    async def opened_link(self, link: str, visitor: str) -> None:
        """Forget the tries of a visitor who knew the password; the wrong ones stay with the link."""
        await self.records.forget(_key("visitor", f"{link} {visitor}"))
        await self.records.uncount(_key("link", link))

    async def count(self, kind: str, name: str, allowed: Allowance) -> None:
        """Count a try of a kind; raises TooManyRequests beyond the allowance until its window is over."""
        now = self.clock.now()
        found = await self.records.count(_key(kind, name), allowed.window, now)
        if found.count > allowed.tries:
            left = found.since + allowed.window - now
            raise TooManyRequests("there were too many tries lately", allowed.tries, left.total_seconds())


def _key(kind: str, name: str) -> str:
    return hashlib.sha256(f"{kind}:{name}".encode()).hexdigest()
