"""Where the store is, and how we behave there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from asset_ingest.core.errors import Misconfigured

PICTURE_HOSTS: Final = frozenset(
    {
        "assetstorev1-prd-cdn.unity3d.com",
        "assetstore-keyimage.unity.com",
        "connect-prd-cdn.unity.com",
    }
)
_SHOWABLE: Final = re.compile(r"[!-'*-~]{3,200}")  # one word that ends no comment in a header


@dataclass(frozen=True, slots=True)
class StorePlace:
    """The store's address, and how its operators can reach ours.

    `loopback` lets at a stand-in on this machine, for pages and pictures alike.
    """

    contact: str
    version: str = "0"
    url: str = "https://assetstore.unity.com"
    loopback: bool = False

    def __post_init__(self) -> None:
        if not _SHOWABLE.fullmatch(self.contact):
            raise Misconfigured("the contact for the store's operators should be one mail or web address in ASCII")

    @property
    def origin(self) -> str:
        return origin_of(self.url)

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset({urlsplit(self.url).netloc.lower()})

    @property
    def picture_hosts(self) -> frozenset[str]:
        return PICTURE_HOSTS | self.hosts if self.loopback else PICTURE_HOSTS

    @property
    def user_agent(self) -> str:
        return f"asset-ingest/{self.version} (+{self.contact})"


@dataclass(frozen=True, slots=True)
class Manners:
    """How often we ask, how long we remember, how long we keep away."""

    spacing: timedelta = timedelta(seconds=4)
    found: timedelta = timedelta(hours=24)
    not_listed: timedelta = timedelta(hours=6)
    robots: timedelta = timedelta(hours=24)
    first_pause: timedelta = timedelta(minutes=15)
    longest_pause: timedelta = timedelta(hours=24)
    seconds: float = 20.0
    """For one request to be answered whole."""


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"
