"""Secrets: making them and telling them apart. Only hashes are ever stored."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol


class Tokens(Protocol):
    """Random bearer secrets: API keys, sign-in links, browser sessions."""

    @abstractmethod
    def new(self) -> str:
        """Return a URL-safe secret of at least 256 bits that nobody can guess."""


class Passwords(Protocol):
    """Passwords that people choose, which are few enough to be guessed: so a hash has to be dear."""

    @abstractmethod
    async def hash(self, password: str) -> str:
        """Return what may be kept of the password; never the same twice."""

    @abstractmethod
    async def verify(self, held: str, password: str) -> bool:
        """Say whether `held` is a hash of this password."""
