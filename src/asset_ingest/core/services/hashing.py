"""Hashing bytes as they pass, without holding up everything else."""

from __future__ import annotations

from typing import Final, Protocol

import anyio

IN_THREAD: Final = 64 << 10
"""Bytes from which a hop into a thread, some 0.1 ms, costs less than the wait of all others."""


class Digest(Protocol):
    """What `hashlib` makes, and what feeds like it."""

    def update(self, chunk: bytes, /) -> object: ...


async def hashed(digest: Digest, chunk: bytes) -> None:
    """Feed the digest with the next bytes."""
    if len(chunk) > IN_THREAD:
        await anyio.to_thread.run_sync(digest.update, chunk)
    else:
        digest.update(chunk)
