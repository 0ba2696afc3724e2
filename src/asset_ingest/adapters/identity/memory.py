"""Secrets that a test can foretell, and so can everybody else; passwords by what Python brings."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from itertools import count

from asset_ingest.core.ports.identity import Passwords, Tokens


class CountingTokens(Tokens):
    """Tokens of the real shape that count. Never for a server that somebody can reach."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def new(self) -> str:
        return f"token-{next(self._numbers):037d}"


class QuickPasswords(Passwords):
    """Salted and cheap to hash, so cheap to guess. For what lives in memory anyway."""

    async def hash(self, password: str) -> str:
        return _hashed(secrets.token_hex(16), password)

    async def verify(self, held: str, password: str) -> bool:
        return hmac.compare_digest(_hashed(held.partition("$")[0], password), held)


def _hashed(salt: str, password: str) -> str:
    made = hashlib.pbkdf2_hmac("sha256", password.encode("utf-8", "surrogatepass"), salt.encode(), 1)
    return f"{salt}${made.hex()}"
