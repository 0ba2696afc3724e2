"""Facts as a person reads them in a terminal, and as a program reads them in a line."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

import anyio

from asset_ingest.client import ClientError, Job, Misused

INTERRUPTED = 130
"""128 and the number of SIGINT, as shells have it."""


def shown(text: object) -> str:
    """Make hostile text harmless: what could move the cursor or turn the reading direction becomes a mark."""
    return "".join("\ufffd" if unicodedata.category(char) in {"Cc", "Cf", "Cs"} else char for char in str(text))


def sentence(message: str | None, remedy: str | None) -> str:
    """Say what is wrong, then what to do."""
    return shown(" ".join(f"{part.rstrip('.')}." for part in (message, remedy) if part))


def complaint(job: Job) -> str:
    """Say why a job did not complete."""
    return sentence(job.error_message or f"the job ended as {job.status}", job.remedy)


def error_of(error: ClientError) -> dict[str, Any]:
    """Return an error as JSON says it."""
    names = ("code", "message", "remedy", "status", "correlation_id")
    return {name: getattr(error, name) for name in names}


def print_json(event: str, **facts: Any) -> None:
    """Print one line for a program, now."""
    facts = {name: asdict(fact) if isinstance(fact, Job) else fact for name, fact in facts.items()}
    print(json.dumps({"event": event, **facts}, default=_plain), flush=True)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def print_error(text: str) -> None:
    """Print for a person, also where the output goes to a program."""
    print(text, file=sys.stderr, flush=True)


def errors_share_the_screen() -> bool:
    """Tell whether what goes to stderr must be drawn above what is redrawn, and not into it."""
    return sys.stderr.isatty()


def finished(work: Callable[[], Awaitable[int]], farewell: str, interrupted: int = INTERRUPTED) -> int:
    """Run `work` to its exit code, say what went wrong as a whole, and `farewell` when a person interrupts."""
    try:
        return _run(work)
    except KeyboardInterrupt:
        print_error(farewell)
        return interrupted
    except ClientError as error:
        print_error(sentence(error.message, error.remedy))
        return 2 if isinstance(error, Misused) else 1


def _run(work: Callable[[], Awaitable[int]]) -> int:
    """Run it; of errors that came together raise the first, with the others as its cause."""
    try:
        return anyio.run(work)
    except BaseExceptionGroup as errors:
        first: BaseException = errors
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from errors
