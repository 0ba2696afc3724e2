"""Secrets: making them and telling them apart. Only hashes are ever stored."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol


class Tokens(Protocol):
    """Random bearer secrets: API keys, sign-in links, browser sessions."""

    @abstractmethod
    def new(self) -> str:
        """Return a URL-safe secret of at least 256 bits that nobody can guess."""
