"""Workers as child processes: started again when they die, gone when we are."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import anyio

from asset_ingest.core.errors import Family, IngestError
from asset_ingest.core.ports.telemetry import Observer

STOP_SECONDS = 15.0
FIRST_REST, LONGEST_REST = 0.2, 30.0
STEADY_SECONDS = 60.0
"""A worker that lived this long has earned a quick restart."""


class WorkerStopped(IngestError):
    """The worker is not running; jobs wait until it is back."""

    family = Family.INFRA
    remedy = "It is started again by itself; what it wrote before it ended says why."


@dataclass(frozen=True, slots=True)
class WorkerChild:
    """Runs `asset-ingest work`, with more `arguments`, in a process of its own.

    The child holds the reading end of a pipe whose writing end is ours alone; when we die, however we die, it reads the
    end of the file and stops. It inherits `inherited` so that the next server waits for it.
    """

    environment: Mapping[str, str]
    inherited: Sequence[int]
    observer: Observer
    arguments: Sequence[str] = ()

    async def run(self) -> None:
        """Keep one worker alive until cancelled, then stop it."""
        rest = FIRST_REST
        while True:
            started = anyio.current_time()
            try:
                code = await self._live()
                self.observer.failed("worker.died", WorkerStopped(f"the worker ended with code {code}"))
            except OSError as error:  # no process to be had just now
                self.observer.failed("worker.not_started", error)
            rest = FIRST_REST if anyio.current_time() - started > STEADY_SECONDS else min(rest * 2, LONGEST_REST)
            await anyio.sleep(rest)

    async def _live(self) -> int:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "asset_ingest.entrypoints.cli", "work", "--until-stdin-closes", *self.arguments),
            stdin=asyncio.subprocess.PIPE,
            env={**os.environ, **self.environment},
            pass_fds=self.inherited,
            start_new_session=True,  # Ctrl-C in the terminal is for the server, which stops its worker itself
        )
        self.observer.noted("worker.started", pid=child.pid)
        try:
            return await child.wait()
        finally:
            with anyio.CancelScope(shield=True):
                await self._stop(child)

    async def _stop(self, child: asyncio.subprocess.Process) -> None:
        if child.stdin:
            child.stdin.close()
        with anyio.move_on_after(STOP_SECONDS):
            await child.wait()
        if child.returncode is None:
            child.kill()
            await child.wait()
