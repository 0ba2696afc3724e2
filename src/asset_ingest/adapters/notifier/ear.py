"""Follows notices over a connection that may break."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import chain, repeat
from typing import Final, Protocol

import anyio

from asset_ingest.adapters.notifier.inbox import Inbox
from asset_ingest.core.errors import IngestError
from asset_ingest.core.ports.notifier import Notice

_BACKOFF: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)  # seconds between attempts to connect again; the last repeats


class Ear(Protocol):
    """A connection that puts what it hears into an inbox."""

    @abstractmethod
    async def open(self) -> None:
        """Connect and listen. Raises an IngestError, and then holds nothing open."""

    @abstractmethod
    async def until_lost(self) -> None:
        """Return when the connection is of no more use, also when its other end vanished without a word."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of the connection, whatever its state. Never raises."""


@asynccontextmanager
async def following(ear: Ear, inbox: Inbox) -> AsyncIterator[AsyncIterator[Notice]]:
    """Open the ear and yield its inbox; a connection that is lost is opened again until that succeeds.

    Notices of the meantime are missed, as the port allows.
    """
    await ear.open()
    keeper = asyncio.create_task(_keep_open(ear))
    keeper.add_done_callback(lambda _keeper: inbox.end())
    try:
        yield inbox
    finally:
        keeper.cancel()
        with anyio.CancelScope(shield=True):
            await asyncio.wait([keeper])
            await ear.close()
        if not keeper.cancelled():
            keeper.result()  # it ends by itself only when something is broken here: say so


async def _keep_open(ear: Ear) -> None:
    while True:
        await ear.until_lost()
        await ear.close()
        await _open_again(ear)


async def _open_again(ear: Ear) -> None:
    for seconds in chain(_BACKOFF, repeat(_BACKOFF[-1])):
        try:
            await ear.open()
        except IngestError:
            await asyncio.sleep(seconds)
        else:
            return
