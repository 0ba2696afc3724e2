"""An observer that remembers, for tests."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from asset_ingest.adapters.telemetry.redaction import redacted_facts
from asset_ingest.core.ports.telemetry import Observer

_MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing that was said."""

    what: str
    correlation_id: str
    facts: dict[str, object]
    error: BaseException | None = None


class MemoryObserver(Observer):
    """Keeps the latest things said in `heard`, the oldest first."""

    def __init__(self) -> None:
        self.heard: deque[Heard] = deque(maxlen=_MOST)

    def noted(self, what: str, *, correlation_id: str = "", **facts: object) -> None:
        self.heard.append(Heard(what, correlation_id, redacted_facts(facts)))

    def failed(self, what: str, error: BaseException, *, correlation_id: str = "", **facts: object) -> None:
        self.heard.append(Heard(what, correlation_id, redacted_facts(facts), error))
