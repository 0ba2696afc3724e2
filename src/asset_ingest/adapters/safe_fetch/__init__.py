"""Fetching from addresses that others chose, without being led where only we can go (server-side request forgery).

A name is resolved once, every address it has must be public, and the connection goes to just that address: a second
look-up could be answered with another one (DNS rebinding). TLS and the Host header keep the name. No redirects, cookies
or proxies; sizes are counted as bodies come in. It is no port's adapter: adapters stand on it, and it on the core.
"""

from asset_ingest.adapters.safe_fetch.fetch import Answer, Fetched, Reach, SafeFetch
from asset_ingest.adapters.safe_fetch.refusals import NotPublic, Refused, TooMuch

__all__ = ["Answer", "Fetched", "NotPublic", "Reach", "Refused", "SafeFetch", "TooMuch"]
