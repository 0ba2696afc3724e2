from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asset_ingest.entrypoints.cli import main
from asset_ingest.testing.http_server import KEY

COMPLETE = {"status": "COMPLETE", "asset_id": "a"}
BOMB = {"status": "ERROR", "error_message": "it inflates without end", "code": "package_bomb", "remedy": "Beware."}


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Program:
    """`asset-ingest` in `folder`: in a thread of this process, or as a process of its own where that is the point."""

    folder: Path
    url: str
    environment: dict[str, str]

    async def __call__(self, *arguments: str) -> Ended:
        out, err, code = io.StringIO(), io.StringIO(), 0
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                await asyncio.to_thread(main, arguments)
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 1
        return checked(Ended(code, out.getvalue(), err.getvalue()))

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        """Start it as a process; `arguments` are Python's."""
        return await asyncio.create_subprocess_exec(
            *(sys.executable, *arguments),
            cwd=self.folder,
            env={**os.environ, **self.environment, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )


async def ended(process: asyncio.subprocess.Process) -> Ended:
    try:
        out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return checked(Ended(process.returncode, out.decode(), err.decode()))


def checked(end: Ended) -> Ended:
    assert KEY not in end.out + end.err, "the key is never shown"
    assert "Traceback" not in end.err, end.err
    return end
