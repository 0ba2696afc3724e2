"""Argon2id, by argon2-cffi."""

from __future__ import annotations

from typing import Final

import argon2
from anyio import CapacityLimiter, to_thread
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from asset_ingest.core.errors import IngestError
from asset_ingest.core.ports.identity import Passwords

AT_ONCE: Final = 2
"""Each takes 64 MiB for as long as it lasts (RFC 9106, its second recommendation), so others wait."""


class Argon2Passwords(Passwords):
    """Hashes in threads, few at once: neither the event loop nor the memory is a stranger's to take."""

    def __init__(self) -> None:
        self._argon2 = argon2.PasswordHasher()
        self._places = CapacityLimiter(AT_ONCE)

    async def hash(self, password: str) -> str:
        return await to_thread.run_sync(self._argon2.hash, password, limiter=self._places)

    async def verify(self, held: str, password: str) -> bool:
        return await to_thread.run_sync(self._agrees, held, password, limiter=self._places)

    def _agrees(self, held: str, password: str) -> bool:
        try:
            return self._argon2.verify(held, password)
        except VerifyMismatchError:
            return False
        except (InvalidHashError, VerificationError) as error:
            raise IngestError("what is kept of a password cannot be read") from error
