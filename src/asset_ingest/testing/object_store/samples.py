"""Bytes to store, and keys."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from asset_ingest.core.ports.object_store import ObjectStore

MIB = 1 << 20

BAD_KEYS = [
    *("", "/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/../b", ".incoming/a", "a/.hidden"),
    *("a b", "a\\b", "a\0b", "ä", "a\n", "a:b", "a?b", "~", "%2e%2e", "a" * 129, "/".join("a" * 300)),
]


async def chunks_of(*chunks: bytes) -> AsyncGenerator[bytes, None]:
    for chunk in chunks:
        yield chunk


async def content(store: ObjectStore, key: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in store.read(key, start, end)])


async def keys(store: ObjectStore, prefix: str) -> set[str]:
    return {stored.key async for stored in store.list(prefix)}


def pattern(size: int) -> bytes:
    """Bytes in which every misplaced block shows."""
    return b"".join(number.to_bytes(8, "big") for number in range(size // 8 + 1))[:size]
