"""Where a server sends us instead."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from asset_ingest.core.errors import AddressRefused


def led_on(url: str, location: str) -> str:
    """Return the address that `location` means at `url`; it is still to be judged. What is secure stays so."""
    try:
        to = urljoin(url, location)
        secure = urlsplit(to).scheme == "https"
    except ValueError:
        raise AddressRefused("the address leads to what is no web address") from None
    if urlsplit(url).scheme == "https" and not secure:
        raise AddressRefused("the address leads from https to something less safe")
    return to
