"""A PostgreSQL in a program of its own, which a test may stop, kill and start again."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HOLDER = Path(__file__).with_name("hold_postgres.py")


@contextmanager
def holder(
    data: Path, bin_dir: Path | None = None, uid: int | None = None
) -> Iterator[tuple[subprocess.Popen[bytes], Any]]:
    """Run the program that holds a server; give it and what it said when it was ready."""
    arguments = [str(data), str(bin_dir or "-"), "-" if uid is None else str(uid)]
    command = [sys.executable, str(HOLDER), *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603  our own file
        assert process.stdin
        assert process.stdout
        try:
            said = process.stdout.readline()
            assert said, f"the holder ended early: {process.wait()}"
            yield process, json.loads(said)
            process.stdin.close()
            process.wait(timeout=30)
        finally:
            process.kill()
