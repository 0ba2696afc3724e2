"""One at a time, across processes."""

from __future__ import annotations

from abc import abstractmethod
from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Locks(Protocol):
    """Serialises calls outside that cannot be made safe otherwise."""

    @abstractmethod
    def hold(self, name: str) -> AbstractAsyncContextManager[None]:
        """Wait until nobody else holds `name`, and hold it inside the context; a holder that dies lets go."""
