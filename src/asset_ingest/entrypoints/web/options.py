"""What the web door needs to know besides the use cases."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from asset_ingest.bootstrap import App

BASE = "/api/v1"
NDJSON = "application/x-ndjson"
BUILT_PAGE = Path(__file__).with_name("static")
"""Where the build puts the page; absent in a checkout whose page was not built."""


@dataclass(frozen=True, slots=True)
class LiveTiming:
    """Seconds between the signs of life of an open WebSocket or event stream."""

    first_message: float = 5.0  # how long a client may take to say where it wants to resume
    heartbeat: float = 20.0
    comment: float = 15.0  # proxies close what is silent
    recheck: float = 60.0  # how long a revoked session may go on listening
    send: float = 30.0  # a client that takes longer for one message is gone


@dataclass(frozen=True, slots=True)
class WebOptions:
    """How this server is reached and how patient it is; seconds and origins such as `https://assets.example`."""

    public_url: str | None = None
    cors_origins: tuple[str, ...] = ()
    proxies: int = 0  # in front of us, each of which writes down in X-Forwarded-For whom it heard
    receive_timeout: float = 60.0  # seconds without a byte that end an upload or a download
    finishing: float = 8.0  # seconds that a request waits for an upload that is being finished
    interim_responses: bool = False  # 104 to clients that ask for it; some proxies break the answer behind it
    interim_pace: float = 1.0  # seconds between two of them that say how much has arrived
    secure_cookies: bool = False
    static: Path = BUILT_PAGE
    hooks: Mapping[str, str] = field(default_factory=dict, repr=False)  # by provider, what its notifications must prove
    live: LiveTiming = field(default_factory=LiveTiming)


APP: web.AppKey[App] = web.AppKey("app", App)
OPTIONS: web.AppKey[WebOptions] = web.AppKey("options", WebOptions)
CLOSING: web.AppKey[asyncio.Event] = web.AppKey("closing", asyncio.Event)
"""Set when the server stops: whatever stays open by nature ends itself then."""
