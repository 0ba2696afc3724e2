"""A sender so slow that it only holds us up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Pace:
    """Watches that at least `slowest` bytes a second come, over each `window` seconds spent waiting for them.

    Time in which nobody waited, because we were busy storing, is not the sender's.
    """

    slowest: int = 4 << 10
    window: float = 60.0
    waited: float = 0.0
    came: int = 0

    def keeps_up(self, size: int, waited: float) -> bool:
        """Tell whether the sender is fast enough, once `size` more bytes came after `waited` more seconds."""
        self.came += size
        self.waited += waited
        if self.waited < self.window:
            return True
        fast = self.came >= self.slowest * self.waited
        self.came, self.waited = 0, 0.0
        return fast
