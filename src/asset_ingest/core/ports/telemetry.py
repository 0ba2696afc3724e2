"""The core never logs; it tells an observer, and logs, metrics and traces observe."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol


class Observer(Protocol):
    """Hears what happened. Never raises, never blocks, never keeps a secret: callers pass ids and counts only."""

    @abstractmethod
    def noted(self, what: str, *, correlation_id: str = "", **facts: object) -> None:
        """Hear that something went as it should."""

    @abstractmethod
    def failed(self, what: str, error: BaseException, *, correlation_id: str = "", **facts: object) -> None:
        """Hear that something did not, with the error and its traceback."""
