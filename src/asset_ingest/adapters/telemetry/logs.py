"""One JSON object per line, for whatever collects the process's standard error."""

from __future__ import annotations

import logging
import sys
import traceback
from contextlib import suppress
from typing import Final, Literal, TextIO

import structlog

from asset_ingest.adapters.telemetry.redaction import redacted_facts, redacted_text
from asset_ingest.core.errors import IngestError
from asset_ingest.core.ports.telemetry import Observer

_OURS: Final = frozenset({"at", "correlation_id", "error", "event", "level"})
_LONGEST_TRACEBACK: Final = 16_384

Level = Literal["debug", "info", "warning", "error"]
_LEVELS: Final[dict[Level, int]] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


class LogObserver(Observer):
    """An Observer that writes each thing it hears at once: `at, level, event, correlation_id`, the facts, the `error`.

    What is below `level` is left out; what went well is `info`. A fact whose name is one of these gets an underscore
    behind it. Whoever starts us has to read the stream, or a full pipe holds us up.
    """

    def __init__(self, level: Level = "info", stream: TextIO | None = None) -> None:
        self._log: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
            structlog.WriteLogger(stream or sys.stderr),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
                structlog.processors.JSONRenderer(),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        ).bind()

    def noted(self, what: str, *, correlation_id: str = "", **facts: object) -> None:
        with suppress(OSError, ValueError):  # the stream is gone or closed: nobody is left to tell
            self._log.info(what, correlation_id=correlation_id, **_named(facts))

    def failed(self, what: str, error: BaseException, *, correlation_id: str = "", **facts: object) -> None:
        with suppress(OSError, ValueError):
            self._log.error(what, correlation_id=correlation_id, error=_told(error), **_named(facts))


def _named(facts: dict[str, object]) -> dict[str, object]:
    return {f"{name}_" if name in _OURS else name: fact for name, fact in redacted_facts(facts).items()}


def _told(error: BaseException) -> dict[str, str]:
    text = "".join(traceback.TracebackException.from_exception(error).format())
    told = {"type": type(error).__name__, "traceback": redacted_text(text)[-_LONGEST_TRACEBACK:]}
    return told | {"code": error.code.value} if isinstance(error, IngestError) else told
