"""The command line. Commands load what they need when they run, so each needs only its own extra."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

from asset_ingest.core.errors import IngestError


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `asset-ingest` with `arguments`, or those of the process, and exit.

    0 is well, 1 is that something failed, 2 that the command makes no sense, 130 that a person interrupted.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a name that this terminal cannot show is no reason to stop
    try:
        from asset_ingest.entrypoints.cli.app import app
    except ModuleNotFoundError as error:
        if error.name != "typer":
            raise
        sys.exit("The command line is not installed: install asset-ingest[client], or asset-ingest[server] to serve.")
    try:
        app(args=arguments, prog_name="asset-ingest")
    except* IngestError as errors:  # bare, or out of a task group
        _say(errors)
        sys.exit(1)


def _say(errors: BaseExceptionGroup[IngestError]) -> None:
    for error in errors.exceptions:
        if isinstance(error, BaseExceptionGroup):
            _say(error)
        else:
            print(f"{error.message.rstrip('.')}. {error.remedy}", file=sys.stderr)
