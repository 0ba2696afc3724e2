"""What `asset-ingest doctor` asks of everything outside."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing learnt. With a `remedy` something is wrong; without, it is as it should be."""

    subject: str
    text: str
    remedy: str | None = None


class Examinable(Protocol):
    """An adapter that can say how its other side is set up."""

    @abstractmethod
    async def examine(self) -> Sequence[Finding]:
        """Try what we need over there, leaving nothing behind; never raises for what is wrong over there."""
