"""Who asks: an API key or token in a header, or a browser's session cookie that another page cannot abuse."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from aiohttp import web

from asset_ingest.core.errors import Forbidden, Unauthenticated
from asset_ingest.core.model.access import Principal
from asset_ingest.core.services.access import csrf_token
from asset_ingest.entrypoints.web.headers import correlation_of
from asset_ingest.entrypoints.web.options import APP, OPTIONS

COOKIE = "asset_ingest_session"
LONGEST_AGENT = 200
"""Characters that are remembered of what a client calls itself."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_SECRET = re.compile(r"[A-Za-z0-9._~+/=-]{16,2048}", re.ASCII)


class CrossSite(Forbidden):
    """A page that is not ours used the browser's cookie."""

    remedy = "Reload the page. Behind a proxy, the operator has to set public_url to the address that browsers use."


@dataclass(frozen=True, slots=True)
class Credential:
    """The secret that came with a request, and how: in a header, which no other page can send, or in a cookie."""

    secret: str
    is_key: bool

    async def principal(self, request: web.Request) -> Principal:
        """Tell whose it is, now; raises Unauthenticated once it is revoked."""
        access, correlation_id = request.app[APP].access, correlation_of(request)
        ask = access.by_bearer if self.is_key else access.by_session
        return await ask(self.secret, correlation_id)


def credential_of(request: web.Request) -> Credential:
    """Return the secret the request came with; a key wins over a cookie."""
    header = request.headers.get("Authorization")
    if header is not None:
        scheme, _, key = header.partition(" ")
        if scheme.lower() != "bearer" or not _SECRET.fullmatch(key.strip()):
            raise Unauthenticated("the Authorization header is not 'Bearer <API key or access token>'")
        return Credential(key.strip(), is_key=True)
    secret = session_secret(request)
    if secret is None:
        raise Unauthenticated("you are not signed in")
    return Credential(secret, is_key=False)


def session_secret(request: web.Request) -> str | None:
    """Return the secret of the browser's session cookie, if there is one that could be ours."""
    cookie = request.cookies.get(COOKIE)
    return cookie if cookie and _SECRET.fullmatch(cookie) else None


async def identify(request: web.Request) -> Principal:
    """Tell who asks. A change that a cookie vouches for must prove that our own page asks for it."""
    credential = credential_of(request)
    if not credential.is_key and request.method not in SAFE:
        refuse_forgery(request, credential.secret)
    return replace(await credential.principal(request), remote=request.remote, agent=agent_of(request))


def agent_of(request: web.Request) -> str | None:
    """Return which program asks, as it says itself and as far as it can be kept."""
    said = request.headers.get("User-Agent", "")[:LONGEST_AGENT]
    return said.encode("utf-8", "replace").decode().replace("\0", "") or None


def refuse_forgery(request: web.Request, secret: str) -> None:
    """Raise unless the request carries the token that only a page of ours can read, and comes from our origin."""
    refuse_other_origins(request)
    sent = request.headers.get("X-CSRF-Token", "")
    if not hmac.compare_digest(sent.encode("utf-8", "replace"), csrf_token(secret).encode()):
        raise CrossSite("the header X-CSRF-Token does not belong to this session")


def refuse_other_origins(request: web.Request) -> None:
    """Raise when a browser says that a page of another origin is asking; programs send no Origin."""
    origin = request.headers.get("Origin")
    if origin is not None and origin not in own_origins(request):
        raise CrossSite("a page of another origin may not use this browser's session")


def refuse_other_pages(request: web.Request) -> None:
    """Raise unless a page of ours asks: for what needs no token, such as a WebSocket, a cookie alone proves nothing."""
    if request.headers.get("Origin") not in own_origins(request):
        raise CrossSite("a page of another origin may not use this browser's session")


def own_origins(request: web.Request) -> frozenset[str]:
    """Return the origins whose pages may use the session: ours, and those that an operator listed."""
    options = request.app[OPTIONS]
    own = {f"{request.scheme}://{request.host}", *options.cors_origins}
    if options.public_url:
        public = urlsplit(options.public_url)
        own.add(f"{public.scheme}://{public.netloc}")
    return frozenset(own)


def address_of(request: web.Request) -> str:
    """Return where the request is from, as far as our own proxies vouch for it; a network where that is one person's.

    A client may write what it likes into X-Forwarded-For, but each proxy adds whom it heard itself.
    """
    proxies = request.app[OPTIONS].proxies
    hops = []
    if proxies:
        hops = [hop.strip() for line in request.headers.getall("X-Forwarded-For", []) for hop in line.split(",")]
    said = hops[-proxies] if 0 < proxies <= len(hops) else request.remote or ""
    return _whose(said)


@lru_cache(maxsize=4096)
def _whose(said: str) -> str:
    try:
        address = ip_address(said)
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(ip_network((address, 64), strict=False))  # who has one has all of these
    return str(address)
