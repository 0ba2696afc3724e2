"""What a store's public page says of a product."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Listing:
    """One product as its page shows it; empty where the page is silent."""

    product_id: str
    url: str
    title: str
    publisher_id: str
    publisher_name: str
    publisher_url: str | None = None
    version: str | None = None
    category: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    unity_versions: tuple[str, ...] = ()
    published_on: str | None = None  # ISO 8601
    image_url: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    listing: Listing


@dataclass(frozen=True, slots=True)
class NotListed:
    """The store has no such product, or has withdrawn it."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """The store does not answer us now; this says nothing about the product."""

    reason: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Malformed:
    """The page came and made no sense to us."""

    reason: str


Answer = Found | NotListed | Blocked | Malformed


class StoreListings(Protocol):
    """Looks one product up, politely. Every outcome is an answer; only a broken network raises ServiceUnavailable."""

    @abstractmethod
    async def look_up(self, product_id: str) -> Answer:
        """Say what the store's page tells about `product_id` (digits)."""

    @abstractmethod
    async def picture(self, listing: Listing) -> bytes | None:
        """Return the listing's main picture; None where it has none, or what came is too large or no picture.

        Asks only the store's own hosts. Raises ServiceUnavailable when they do not answer.
        """
