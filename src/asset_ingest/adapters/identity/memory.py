"""Secrets that a test can foretell, and so can everybody else; passwords by what Python brings."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from itertools import count

from asset_ingest.core.errors import Unauthenticated
from asset_ingest.core.ports.clock import Clock
from asset_ingest.core.ports.identity import AccessClaims, AccessTokens, Passwords, Tokens


class CountingTokens(Tokens):
    """Tokens of the real shape that count. Never for a server that somebody can reach."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def new(self) -> str:
        return f"token-{next(self._numbers):037d}"


class QuickPasswords(Passwords):
    """Salted hashes that cost nothing. Never for a server that somebody can reach."""

    async def hash(self, password: str) -> str:
        salt = secrets.token_hex(8)
        return f"{salt}:{_quick(salt, password)}"

    async def verify(self, held: str | None, password: str) -> bool:
        salt, _, digest = (held or "nobody:").partition(":")
        return hmac.compare_digest(digest, _quick(salt, password))

    def is_stale(self, held: str) -> bool:
        return ":" not in held


class RememberedTokens(AccessTokens):
    """Access tokens that this process alone knows; as many as it ever issued."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._issued: dict[str, AccessClaims] = {}

    def issue(self, claims: AccessClaims) -> str:
        token = f"memory.{len(self._issued)}.{secrets.token_urlsafe(32)}"
        self._issued[token] = claims
        return token

    def read(self, token: str) -> AccessClaims:
        claims = self._issued.get(token)
        if claims is None or claims.expires_at <= self._clock.now():
            raise Unauthenticated("the access token does not hold")
        return claims


def _quick(salt: str, password: str) -> str:
    return hashlib.sha256(f"{salt}:{password}".encode()).hexdigest()
