"""Checking the bytes of one request against what their client says of them, before them or behind them."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from anyio import to_thread

from asset_ingest.core.services.transfers import Checksum
from asset_ingest.core.services.transfers.checksums import DIGESTS, Digest
from asset_ingest.entrypoints.web import tus_headers

CARRIER: Final = "crc32"
"""The cheapest checksum; by it the use case learns what became of one that was said behind the bytes."""
IN_THREAD: Final = 64 << 10


class Checking(Protocol):
    """What an append is told of its bytes."""

    @property
    def checksum(self) -> Checksum | None: ...

    def passing(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Return the chunks, seen as they pass."""


class Unchecked:
    """Nothing was promised."""

    checksum = None

    def passing(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        return chunks


@dataclass(frozen=True, slots=True)
class PromisedBefore:
    """The checksum is known before the bytes come, so the use case compares it."""

    promised: tus_headers.PromisedChecksum

    @property
    def checksum(self) -> Checksum:
        return Checksum(self.promised.algorithm, lambda: self.promised.digest)

    def passing(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        return chunks


@dataclass(frozen=True, slots=True)
class PromisedBehind:
    """A trailer says the checksum, and only there which one it is: all are kept until then.

    `said` is asked once the last byte has passed; a trailer that was announced and never came is a mismatch.
    """

    said: Callable[[], str | None]
    digests: dict[str, Digest] = field(default_factory=lambda: {name: made() for name, made in DIGESTS.items()})

    @property
    def checksum(self) -> Checksum:
        return Checksum(CARRIER, self._found)

    async def passing(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for chunk in chunks:
            if len(chunk) > IN_THREAD:
                await to_thread.run_sync(self._update, chunk)
            else:
                self._update(chunk)
            yield chunk

    def _update(self, chunk: bytes) -> None:
        for digest in self.digests.values():
            digest.update(chunk)

    def _found(self) -> bytes | None:
        said = self.said()
        if said is None:
            return None
        promised = tus_headers.checksum(said)
        if not hmac.compare_digest(self.digests[promised.algorithm].digest(), promised.digest):
            return None
        return self.digests[CARRIER].digest()
