"""Access tokens as JSON Web Tokens, after RFC 9068 and the advice of RFC 8725."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import jwt

from asset_ingest.core.errors import Misconfigured, Unauthenticated
from asset_ingest.core.model.ids import MemberId, StudioId
from asset_ingest.core.ports.clock import Clock
from asset_ingest.core.ports.identity import AccessClaims, AccessTokens

ALGORITHM: Final = "HS256"
"""The only one, whatever a token's header says."""
ISSUER: Final = "asset-ingest"
AUDIENCE: Final = "asset-ingest/api"
KIND: Final = "at+jwt"
LEEWAY: Final = timedelta(seconds=5)
"""By which the clocks of two nodes may differ."""
_NEEDED: Final = ("iss", "aud", "sub", "exp", "nbf", "sid", "studio")


class JwtAccessTokens(AccessTokens):
    """Signed by the first key; tokens of the others hold until they expire, so that keys can be changed in peace."""

    def __init__(self, keys: Sequence[bytes], clock: Clock) -> None:
        if not keys or any(len(key) < 32 for key in keys):
            raise Misconfigured("a key for access tokens has at least 32 bytes")
        self._keys = {key_id(key): key for key in keys}
        self._signing = key_id(keys[0])
        self._clock = clock

    def issue(self, claims: AccessClaims) -> str:
        now = self._clock.now()
        said = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(claims.member_id),
            "studio": str(claims.studio_id),
            "sid": str(claims.family_id),
            "iat": int(now.timestamp()),
            "nbf": int(now.timestamp()),
            "exp": int(claims.expires_at.timestamp()),
        }
        headers = {"kid": self._signing, "typ": KIND}
        return jwt.encode(said, self._keys[self._signing], ALGORITHM, headers)

    def read(self, token: str) -> AccessClaims:
        try:
            return self._claims(token)
        except (jwt.PyJWTError, ValueError, TypeError, KeyError, OverflowError):
            raise Unauthenticated("the access token does not hold") from None

    def _claims(self, token: str) -> AccessClaims:
        header = jwt.get_unverified_header(token)
        if header.get("typ") != KIND or header.get("alg") != ALGORITHM:
            raise ValueError("another kind of token")
        # Times are checked below, by our own clock.
        options: Any = {"require": list(_NEEDED), "verify_exp": False, "verify_nbf": False, "verify_iat": False}
        said = jwt.decode(
            token,
            self._keys[header["kid"]],
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            options=options,
        )
        now, expires_at = self._clock.now(), _moment(said["exp"])
        if expires_at + LEEWAY <= now or _moment(said["nbf"]) - LEEWAY > now:
            raise ValueError("not now")
        return AccessClaims(
            StudioId(UUID(str(said["studio"]))), MemberId(UUID(str(said["sub"]))), UUID(str(said["sid"])), expires_at
        )


def key_id(key: bytes) -> str:
    """Return the name of a key, which says nothing of it."""
    return hashlib.sha256(b"asset-ingest key id:" + key).hexdigest()[:16]


def _moment(said: object) -> datetime:
    if not isinstance(said, int) or isinstance(said, bool):
        raise TypeError("no moment")
    return datetime.fromtimestamp(said, UTC)
