"""One JSON object per line, for whatever collects the process's standard error."""

from __future__ import annotations

import json
import sys
import threading
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, TextIO

from asset_ingest.adapters.telemetry.redaction import redacted_facts, redacted_text
from asset_ingest.core.errors import IngestError
from asset_ingest.core.ports.telemetry import Observer

_OURS: Final = frozenset({"at", "correlation_id", "error", "event", "level", "repeated"})
_LONGEST_TRACEBACK: Final = 16_384
_ECHO_SECONDS: Final = 10.0
_MOST_ECHOES: Final = 200

Level = Literal["debug", "info", "warning", "error"]
_LEVELS: Final[tuple[Level, ...]] = ("debug", "info", "warning", "error")


class LogObserver(Observer):
    """An Observer that writes each thing it hears at once: `at, level, event, correlation_id`, the facts, the `error`.

    What is below `level` is left out; what went well is `info`. A fact whose name is one of these gets an underscore
    behind it. Whoever starts us has to read the stream, or a full pipe holds us up.

    An error that says the same as one of the last seconds is only counted; the next line about it says how many there
    were (`repeated`): an outage is one thing, not one for each who meets it.
    """

    def __init__(self, level: Level = "info", stream: TextIO | None = None) -> None:
        self._left_out = frozenset(_LEVELS[: _LEVELS.index(level)])
        self._stream = stream or sys.stderr
        self._lock = threading.RLock()  # whoever works in a thread tells of it there
        self._echoes: dict[str, _Echo] = {}

    def noted(self, what: str, *, correlation_id: str = "", **facts: object) -> None:
        if "info" not in self._left_out:
            self._write("info", what, correlation_id, _named(facts))

    def failed(self, what: str, error: BaseException, *, correlation_id: str = "", **facts: object) -> None:
        named = _named(facts)
        repeated = self._repeated(f"{what} {type(error).__name__} {correlation_id} {named}")
        if repeated is None:
            return
        told = {"repeated": repeated} if repeated else {}
        self._write("error", what, correlation_id, {"error": _told(error), **told, **named})

    def _write(self, level: Level, what: str, correlation_id: str, facts: dict[str, object]) -> None:
        at = datetime.now(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
        head = {"at": at, "level": level, "event": what, "correlation_id": correlation_id}
        line = json.dumps({**head, **facts}) + "\n"
        with suppress(OSError, ValueError), self._lock:  # the stream is gone or closed: nobody is left to tell
            self._stream.write(line)
            self._stream.flush()

    def _repeated(self, said: str) -> int | None:
        """Say how often this was kept back since its last line; None if it is to be kept back now."""
        with self._lock:
            now, echo = time.monotonic(), self._echoes.pop(said, None)
            if echo and now - echo.told_at < _ECHO_SECONDS:
                self._echoes[said] = _Echo(echo.told_at, echo.kept_back + 1)
                return None
            self._echoes[said] = _Echo(now, 0)
            if len(self._echoes) > _MOST_ECHOES:
                del self._echoes[next(iter(self._echoes))]
            return echo.kept_back if echo else 0


@dataclass(frozen=True, slots=True)
class _Echo:
    """When something was last told, and how often it was kept back since."""

    told_at: float
    kept_back: int


def _named(facts: dict[str, object]) -> dict[str, object]:
    told = redacted_facts(facts)
    if _OURS.isdisjoint(told):  # nearly always
        return told
    return {f"{name}_" if name in _OURS else name: fact for name, fact in told.items()}


def _told(error: BaseException) -> dict[str, str]:
    text = "".join(traceback.TracebackException.from_exception(error).format())
    told = {"type": type(error).__name__, "traceback": redacted_text(text)[-_LONGEST_TRACEBACK:]}
    return told | {"code": error.code.value} if isinstance(error, IngestError) else told
