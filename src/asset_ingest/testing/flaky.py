"""Things that break on purpose, at a place the test names."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import anyio


async def breaking_off(*chunks: bytes, error: Exception) -> AsyncGenerator[bytes, None]:
    """Yield `chunks`, then raise: a client that goes away in the middle."""
    for chunk in chunks:
        yield chunk
    raise error


async def stalling(*chunks: bytes, stalled: anyio.Event) -> AsyncGenerator[bytes, None]:
    """Yield `chunks`, then set `stalled` and never yield again: a client that sends nothing more."""
    for chunk in chunks:
        yield chunk
    stalled.set()
    await anyio.sleep_forever()
