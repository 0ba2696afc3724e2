"""The picture of a listing, from the store's own hosts and nowhere else."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from asset_ingest.adapters.listings.asset_store.place import StorePlace
from asset_ingest.adapters.listings.asset_store.visits import Visits
from asset_ingest.adapters.listings.asset_store.walls import refuse_walls
from asset_ingest.adapters.safe_fetch import Fetched, NotPublic, Refused
from asset_ingest.core.errors import ServiceUnavailable
from asset_ingest.core.formats.sniff import sniff
from asset_ingest.core.ports.clock import Clock

LARGEST_PICTURE: Final = 10 << 20
_OLD_HOST: Final = "d2ujflorbtfzji.cloudfront.net"  # gone; the same paths are at
_NEW_HOST: Final = "assetstorev1-prd-cdn.unity3d.com"
_PICTURES: Final = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})


def picture_address(url: str | None, place: StorePlace) -> str | None:
    """Return where the picture is to be fetched; None where that is no host of the store."""
    if url is None:
        return None
    moved = url.replace(f"//{_OLD_HOST}/", f"//{_NEW_HOST}/", 1)
    try:
        parts = urlsplit(moved)
    except ValueError:
        return None
    scheme = urlsplit(place.url).scheme if parts.netloc.lower() in place.hosts else "https"
    secure = parts._replace(scheme=scheme).geturl()
    return secure if parts.netloc.lower() in place.picture_hosts else None


async def fetch_picture(url: str, place: StorePlace, visits: Visits, clock: Clock, spacing: float) -> bytes | None:
    """Return the picture, or None if what is there is none; inside a turn. Raises Walled and ServiceUnavailable."""
    try:
        fetched = await visits.get(
            url, hosts=place.picture_hosts, largest=LARGEST_PICTURE, accept="image/*", spacing=spacing
        )
    except NotPublic as refusal:
        raise ServiceUnavailable(f"the picture cannot be fetched: {refusal}") from refusal
    except Refused:  # too large, or packed beyond our reading
        return None
    refuse_walls(fetched, clock.now())
    return fetched.body if _is_picture(fetched) else None


def _is_picture(fetched: Fetched) -> bool:
    """Both the label and the bytes have to say so; which of our formats it is, the bytes know better."""
    labelled = fetched.headers.get("content-type", "").lower().startswith("image/")
    return fetched.status == 200 and labelled and sniff(fetched.body, "").content_type in _PICTURES
