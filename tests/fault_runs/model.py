"""What a client was told of its upload: the promises that the server is held to."""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum


class Violation(AssertionError):
    """The server broke a promise."""


class Fate(StrEnum):
    """How an upload is to end."""

    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


@dataclass(slots=True)
class Told:
    """One upload as its client knows it. `acknowledged` is the largest offset that it was ever told."""

    name: str
    content: bytes = field(repr=False)
    upload_id: str = ""
    job_id: str = ""
    acknowledged: int = 0
    done: bool = False
    cancelling: bool = False
    fate: Fate = Fate.COMPLETED
    moves: deque[str] = field(default_factory=lambda: deque(maxlen=40), repr=False)

    @property
    def size(self) -> int:
        return len(self.content)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def offset(self, offset: int, floor: int) -> None:
        """Hear an offset; `floor` is what had been acknowledged when its request was sent."""
        if not floor <= offset <= self.size:
            raise Violation(f"{self.name}: offset {offset} of {self.size} after {floor} had been acknowledged")
        self.acknowledged = max(self.acknowledged, offset)
