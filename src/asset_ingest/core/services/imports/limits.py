"""How many imports there may be, and how long one is tried."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImportLimits:
    """`at_once` are fetched by one process, `in_line` may a studio have under way or waiting.

    After `tries` failures in a row that brought less than `worthwhile` bytes an import ends; between them are pauses in
    seconds. A process that vanishes keeps its imports for `lease` seconds.
    """

    at_once: int = 4
    in_line: int = 1_000
    tries: int = 10
    worthwhile: int = 1 << 20
    first_pause: float = 1.0
    longest_pause: float = 300.0
    lease: float = 30.0

    def pause(self, failures: int) -> float:
        """Return the wait after so many failures: exponential, with jitter so that many do not come back at once."""
        most: float = min(self.first_pause * 2 ** (failures - 1), self.longest_pause)
        return most * random.uniform(0.5, 1.0)  # noqa: S311  jitter is no secret
