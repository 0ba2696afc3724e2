"""Secrets: making them and telling them apart. Only hashes are ever stored."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from asset_ingest.core.model.ids import MemberId, StudioId


class Tokens(Protocol):
    """Random bearer secrets: API keys, links, browser sessions, refresh tokens."""

    @abstractmethod
    def new(self) -> str:
        """Return a URL-safe secret of at least 256 bits that nobody can guess; it holds no dot."""


class Passwords(Protocol):
    """Hashes that are slow on purpose. Few at once: others wait, and too many raise TooManyRequests."""

    @abstractmethod
    async def hash(self, password: str) -> str:
        """Return a salted hash that names its own parameters."""

    @abstractmethod
    async def verify(self, held: str | None, password: str) -> bool:
        """Say whether `held` is a hash of the password; None is nobody's and takes as long to find out."""

    @abstractmethod
    def is_stale(self, held: str) -> bool:
        """Say whether we would hash with other parameters today."""


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What an access token says: who, in which studio, by which sign-in, and until when."""

    studio_id: StudioId
    member_id: MemberId
    family_id: UUID
    expires_at: datetime


class AccessTokens(Protocol):
    """Signed tokens of minutes, which hold two dots and so are told from every other secret."""

    @abstractmethod
    def issue(self, claims: AccessClaims) -> str: ...

    @abstractmethod
    def read(self, token: str) -> AccessClaims:
        """Return what a token says that we signed and that has not expired; otherwise raise Unauthenticated.

        Which of the many reasons it was is nobody's business.
        """
