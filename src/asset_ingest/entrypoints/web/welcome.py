"""Whether those who listen are welcome still: asked once for all connections of a credential, not by each of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

from aiohttp import web

from asset_ingest.core.errors import IngestError, Unauthenticated
from asset_ingest.core.ports.telemetry import Observer
from asset_ingest.core.services.listening import Listener
from asset_ingest.entrypoints.web.auth import Credential

SIGNED_OUT = 4401
"""Our close code for a session or key that ended while it listened."""


@dataclass(slots=True)
class _Group:
    """The connections of one credential, and the task that asks for them."""

    listeners: set[Listener] = field(default_factory=set)
    asking: asyncio.Task[None] | None = None


@dataclass(slots=True)
class Welcome:
    """Asks who a credential belongs to, as often as `every` so many seconds, while anybody listens with it."""

    observer: Observer
    every: float
    _groups: dict[Credential, _Group] = field(default_factory=dict)

    async def ends(self, credential: Credential, listener: Listener) -> int:
        """Return the close code once the credential holds no more; until then the listener is who it says."""
        group = self._groups.setdefault(credential, _Group())
        group.listeners.add(listener)
        if group.asking is None:
            group.asking = asyncio.create_task(self._ask(group))
        try:
            await asyncio.wait([group.asking])  # who stops waiting does not stop the task
            group.asking.result()
        finally:
            group.listeners.discard(listener)
            if not group.listeners:
                self._groups.pop(credential, None)
                group.asking.cancel()
        return SIGNED_OUT

    async def _ask(self, group: _Group) -> None:
        """Ask until nobody is welcome; records that do not answer send nobody away."""
        while True:
            await asyncio.sleep(self.every)
            one = next(iter(group.listeners))
            try:
                await _ask_for_all(one, group.listeners)
            except Unauthenticated:
                return
            except IngestError as error:
                self.observer.failed("live.recheck", error, correlation_id=one.who.correlation_id)


async def _ask_for_all(one: Listener, listeners: set[Listener]) -> None:
    """Pass one answer on; who has asked by themselves meanwhile, because of a fact, has the later answer."""
    before = {listener: listener.who for listener in listeners}
    now = await one.ask()
    for listener in listeners:
        known = replace(now, correlation_id=listener.who.correlation_id)
        if listener.who is before.get(listener) and known != listener.who:
            listener.be(known)


WELCOME: web.AppKey[Welcome] = web.AppKey("welcome", Welcome)
