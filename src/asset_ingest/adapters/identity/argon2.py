"""Passwords as Argon2id hashes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar, TypeVarTuple

import anyio
from anyio import to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from asset_ingest.core.errors import TooManyRequests
from asset_ingest.core.ports.identity import Passwords

Given = TypeVarTuple("Given")
Found = TypeVar("Found")

LONGEST_LINE: Final = 64
"""Hashes at work or waiting for their turn. At 50 ms each that is a few seconds; whoever comes then comes back."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one hash takes. The default is RFC 9106's second choice, for machines that have other things to do, too."""

    passes: int = 3
    memory_kib: int = 64 * 1024
    lanes: int = 4


class Argon2Passwords(Passwords):
    """Argon2id in threads, so few at once that memory and processor stay free for others."""

    def __init__(self, cost: Cost = Cost(), *, at_once: int = 2) -> None:
        self._hasher = PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=cost.lanes)
        self._at_once = at_once
        self._threads: anyio.CapacityLimiter | None = None
        self._nobodys: str | None = None
        self._in_line = 0

    async def hash(self, password: str) -> str:
        return await self._turn(self._hasher.hash, password)

    async def verify(self, held: str | None, password: str) -> bool:
        if held is None:
            self._nobodys = self._nobodys or await self.hash("a password that nobody has")
            await self._turn(self._agrees, self._nobodys, password)
            return False
        return await self._turn(self._agrees, held, password)

    def is_stale(self, held: str) -> bool:
        return self._hasher.check_needs_rehash(held)

    def _agrees(self, held: str, password: str) -> bool:
        try:
            return self._hasher.verify(held, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _turn(self, work: Callable[[*Given], Found], *given: *Given) -> Found:
        if self._threads is None:  # belongs to the loop that runs us
            self._threads = anyio.CapacityLimiter(self._at_once)
        if self._in_line >= LONGEST_LINE:
            raise TooManyRequests("too many people sign in at this moment", LONGEST_LINE, retry_after=5)
        self._in_line += 1
        try:
            return await to_thread.run_sync(work, *given, limiter=self._threads)
        finally:
            self._in_line -= 1
