"""Processes that a bench starts, looks into and stops: our server as it is deployed, with a PostgreSQL of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from anyio.from_thread import start_blocking_portal

from asset_ingest.adapters.postgres_server.embedded import embedded_postgres
from asset_ingest.adapters.postgres_server.lock import DataFolderLock

PROGRAM = [sys.executable, "-m", "asset_ingest.entrypoints.cli"]
PATIENCE = 120
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs: where it is, and what its clients must send with each request."""

    url: str
    pid: int
    headers: dict[str, str] = field(default_factory=dict)

    def memory(self, line: str) -> float:
        """Return a line of the process's memory, as VmRSS or VmHWM, in MiB."""
        return int(Path(f"/proc/{self.pid}/status").read_text().split(f"{line}:")[1].split()[0]) / 1024

    def forget_peak(self) -> None:
        """Have VmHWM count from here."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def processor(self) -> float:
        return sum(_stat(self.pid)[:2])


@dataclass(frozen=True, slots=True)
class Postgres:
    dsn: str
    pid: int

    def processor(self) -> float:
        """Return what the server took with all its children, those that are gone too."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return sum(_stat(self.pid)) + sum(sum(_stat(int(child))[:2]) for child in children)


def _stat(pid: int) -> list[float]:
    """Return the seconds of a process and of its children that are gone, user and system each."""
    try:
        line = Path(f"/proc/{pid}/stat").read_text()
    except OSError:  # a child that has just ended: its parent has its seconds
        return [0.0] * 4
    return [int(ticks) / _TICKS for ticks in line.rpartition(")")[2].split()[11:15]]


@contextmanager
def started(command: list[str], log: Path, **settings: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a program until the end of the context, and wait until it says READY and where."""
    with running(command, log, **settings) as process:
        assert process.stdout
        line = process.stdout.readline()
        if not line.startswith("READY "):
            sys.exit(f"a server did not start:\n{log.read_text()[-2000:]}")
        yield process, line.split()[1]


@contextmanager
def running(command: list[str], log: Path, **settings: str) -> Iterator[subprocess.Popen[str]]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ASSET_INGEST_")}
    with log.open("a") as errors:
        process = subprocess.Popen(
            command, env=environment | settings, stdout=subprocess.PIPE, stderr=errors, text=True
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE)


@contextmanager
def postgres(folder: Path) -> Iterator[Postgres]:
    """Run the PostgreSQL that `asset-ingest serve` brings, with its own settings, where the bench can look into it."""
    folder.mkdir(mode=0o700, parents=True)

    @asynccontextmanager
    async def opened() -> AsyncIterator[Postgres]:
        async with DataFolderLock(folder) as lock, embedded_postgres(folder, lock) as server:
            yield Postgres(server.dsn, server.pid)

    with start_blocking_portal() as portal, portal.wrap_async_context_manager(opened()) as server:
        yield server


@contextmanager
def ours(folder: Path, dsn: str, **more: str) -> Iterator[Server]:
    """Run `asset-ingest serve` over a database that is there; it has no worker then."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings = {"ASSET_INGEST_DATA": str(folder), "ASSET_INGEST_PORT": "0", "ASSET_INGEST_DATABASE_URL": dsn, **more}
    with started([*PROGRAM, "serve"], folder.parent / "server.log", **settings) as (process, url):
        key = (folder / "admin.key").read_text().strip()
        yield Server(url, process.pid, {"Authorization": f"Bearer {key}"})


@contextmanager
def worker(folder: Path, dsn: str, **more: str) -> Iterator[Server]:
    """Run a worker beside `ours`."""
    settings = {"ASSET_INGEST_DATA": str(folder), "ASSET_INGEST_DATABASE_URL": dsn, **more}
    with running([*PROGRAM, "work"], folder.parent / "worker.log", **settings) as process:
        yield Server("", process.pid)


@contextmanager
def emptied(folder: Path) -> Iterator[Path]:
    """Have a new folder, and give its room back."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def told(what: str, found: float, wanted: str, is_enough: Callable[[float], bool]) -> None:
    print(f"{what}: {found:.3g}, wanted {wanted}  {'ok' if is_enough(found) else 'MISSED'}", flush=True)
