"""The program as a person starts it: `asset-ingest serve` in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import httpx
from anyio.abc import Process
from anyio.streams.text import TextReceiveStream

START_SECONDS = 60
STOP_SECONDS = 20

QUICK = {
    "ASSET_INGEST_LEASE_SECONDS": "2",
    "ASSET_INGEST_ABANDONED_SECONDS": "3",
    "ASSET_INGEST_SWEEP_SECONDS": "0.5",
    "ASSET_INGEST_LOST_LEASES": "1000",
    "ASSET_INGEST_CMS": "memory",
}
"""A vanished worker or uploader is noticed within seconds, and a file that meets many kills is not blamed for them."""


def environment(data: Path, **more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ASSET_INGEST_")}
    return {**clean, "ASSET_INGEST_DATA": str(data), "ASSET_INGEST_PORT": "0", **more}


@dataclass(slots=True)
class Running:
    """A process of the program, with those that it started."""

    process: Process
    stopped: bool = field(default=False, kw_only=True)

    def children(self) -> dict[int, str]:
        """Return the processes that it started, with their command lines."""
        pid = self.process.pid
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return {int(child): Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ") for child in found}

    def worker_pids(self) -> list[int]:
        return [pid for pid, command in self.children().items() if " work " in command]

    async def kill(self) -> None:
        """Send SIGKILL: nothing is said goodbye to."""
        self.process.send_signal(signal.SIGKILL)
        await self._gone()

    async def stop(self) -> int:
        """Send SIGTERM and return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return await self._gone()

    async def _gone(self) -> int:
        self.stopped = True
        with anyio.fail_after(STOP_SECONDS):
            return await self.process.wait()


@dataclass(slots=True)
class Server(Running):
    """A running server. Its terminal output goes to `server.log` in the folder beside its data."""

    url: str
    link: str
    data: Path

    @property
    def key(self) -> str:
        return (self.data / "admin.key").read_text().strip()

    def client(self) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.AsyncClient(base_url=f"{self.url}/api/v1", headers=headers, timeout=30)


async def start(data: Path, **more: str) -> Server:
    """Start a server over `data` and return once it says READY."""
    with (data.parent / "server.log").open("ab") as log:
        process = await anyio.open_process(
            [sys.executable, "-m", "asset_ingest.entrypoints.cli", "serve"],
            env=environment(data, **more),
            stderr=log,
            stdin=subprocess.DEVNULL,
        )
    said = ""
    assert process.stdout
    try:
        with anyio.fail_after(START_SECONDS):
            async for text in TextReceiveStream(process.stdout):
                said += text
                if "#signin=" in said and said.endswith("\n"):
                    break
    except TimeoutError:
        process.kill()
    except BaseException:  # called off while it starts: nobody else knows of it
        process.kill()
        with anyio.CancelScope(shield=True):
            await process.wait()
        raise
    lines = said.splitlines()
    if len(lines) < 2 or not lines[0].startswith("READY "):
        await process.wait()
        raise AssertionError(f"the server did not start: {said!r}\n{(data.parent / 'server.log').read_text()[-2000:]}")
    return Server(process, lines[0].removeprefix("READY "), lines[1].rpartition(" ")[2], data)


async def start_workers(data: Path, processes: int, *queues: str, **more: str) -> Running:
    """Start `asset-ingest work` over `data`; it is at work once it has started its children."""
    chosen = [argument for queue in queues for argument in ("--queue", queue)]
    with (data.parent / "server.log").open("ab") as log:
        process = await anyio.open_process(
            [sys.executable, "-m", "asset_ingest.entrypoints.cli", "work", "--processes", str(processes), *chosen],
            env=environment(data, **more),
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
        )
    return Running(process)


@asynccontextmanager
async def working(data: Path, processes: int = 2, *queues: str, **more: str) -> AsyncIterator[Running]:
    """Run a set of workers for as long as the context lasts."""
    workers = await start_workers(data, processes, *queues, **more)
    try:
        yield workers
    finally:
        if not workers.stopped:
            await workers.stop()


@asynccontextmanager
async def serving(data: Path, **more: str) -> AsyncIterator[Server]:
    """Run a server for as long as the context lasts."""
    server = await start(data, **more)
    try:
        yield server
    finally:
        if not server.stopped:
            await server.stop()


def run_cli(data: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run another command of the program over the same data."""
    return subprocess.run(  # noqa: S603  our own program
        [sys.executable, "-m", "asset_ingest.entrypoints.cli", *arguments],
        env=environment(data, **more),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def ended(client: httpx.AsyncClient, job_id: str, *, seconds: float = 60) -> dict[str, Any]:
    """Ask until the job has ended and return it."""
    with anyio.fail_after(seconds):
        while True:
            job: dict[str, Any] = (await client.get(f"/jobs/{job_id}")).json()
            if job["status"] in {"COMPLETE", "ERROR", "CANCELLED"}:
                return job
            await anyio.sleep(0.05)  # a poll, as clients do
