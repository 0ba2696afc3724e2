"""Processes that cannot outlive us: told by the kernel when we die, and stopped with patience when we leave."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import subprocess
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import IO

import anyio

from asset_ingest.adapters.postgres_server.demote import RunAs
from asset_ingest.core.errors import Misconfigured

_PR_SET_PDEATHSIG = 1
# For postgres: fast shutdown, then immediate shutdown, then the kernel's.
_STOPPING = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
# Nothing of ours leaks in: PostgreSQL reads PG*, LC_* and TZ, and its log may be shown to people.
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@asynccontextmanager
async def running_child(
    command: Sequence[str], *, run_as: RunAs, output: IO[bytes], pass_fds: Sequence[int]
) -> AsyncIterator[Process]:
    """Run `command` for as long as the context lasts, and stop it by SIGINT, SIGQUIT, SIGKILL in turn.

    Enter from the main thread, or from one that lives as long: the kernel takes the death of the starting thread for
    the death of the parent.
    """
    process = await _start(command, run_as, output, pass_fds)
    try:
        yield process
    finally:
        await _stop(process)


async def _start(command: Sequence[str], run_as: RunAs, output: IO[bytes], pass_fds: Sequence[int]) -> Process:
    try:
        return await asyncio.create_subprocess_exec(
            *run_as.prefix,
            *command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=_ENVIRONMENT,
            start_new_session=True,  # Ctrl-C in the terminal is ours to pass on
            pass_fds=pass_fds,
            user=run_as.uid,
            group=run_as.uid,
            extra_groups=None if run_as.uid is None else [],
            preexec_fn=_die_with_us(),  # two system calls: no lock taken, nothing imported
        )
    except OSError as error:
        raise Misconfigured(f"cannot start {command[0]}: {error.strerror}") from error


def _die_with_us() -> Callable[[], None]:
    prctl = ctypes.CDLL(None).prctl  # looked up before the fork: only the call is left for the child
    us = os.getpid()

    def before_exec() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != us:  # we died before the kernel was asked to tell
            os._exit(1)

    return before_exec


async def _stop(process: Process) -> None:
    for number, seconds in _STOPPING:
        if process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.send_signal(number)
        with anyio.move_on_after(seconds, shield=True):
            await process.wait()
